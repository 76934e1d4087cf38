"""Formulas typeset by KaTeX, without a browser."""

import atexit
import functools
import json
import os
from pathlib import Path

from py_mini_racer import JSEvalException, MiniRacer


class FormulaError(ValueError):
    """A formula that KaTeX cannot typeset; the message says why and where."""


@functools.cache
def _katex(script: Path, process: int) -> MiniRacer:
    """The JavaScript engine of a process, with KaTeX; it must be closed before Python ends."""
    engine = MiniRacer()
    engine.eval(script.read_text(encoding="utf-8"))
    atexit.register(engine.close)
    return engine


def typeset(formula: str, display: bool, script: Path, output: str = "htmlAndMathml") -> str:
    """The HTML of a TeX formula, with MathML beside it for screen readers; or one of both.

    script is the file katex.min.js. Raises FormulaError for TeX that KaTeX does not understand.
    """
    options = json.dumps(
        {"displayMode": display, "throwOnError": True, "strict": "ignore"} | {"output": output}
    )
    call = f"katex.renderToString({json.dumps(formula)}, {options})"
    try:
        return str(_katex(script, os.getpid()).eval(call))
    except JSEvalException as error:
        reason = str(error).partition("ParseError: ")[2].split("\n")[0] or str(error)
        raise FormulaError(reason) from error
