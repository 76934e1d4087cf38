"""Tries what a name is bound to with cases that come in as data, and sends back what comes out.

Nothing here is trusted by the end outside: a notebook may change all of it, and gains nothing,
because only right numbers for new inputs count.
"""

import base64
import importlib
import json
import linecache
import os
import sys
import traceback
import types
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from typing import Any

import numpy as np

from course.checks import uses
from course.checks.case import Case
from course.checks.outcome import Outcome, run
from course.checks.own_code import codes_in, functions_of
from course.checks.watching import watched

from . import wire

MIME = "application/vnd.course.trial+json"
MOST_SOURCE = 20_000
TOLERANCE = 1e-6
"""Whether a result has changed when what another function returned was."""
_NOTHING = object()
_seen: dict[str, tuple[Any, dict[str, Any]]] = {}
"""What the exercises' names were bound to when that was asked for last."""
_FOLDER = os.getcwd()
"""Where the files lie that were handed in with the notebook, or that it has written."""
_own: dict[str, Any] = {}
"""What of the notebook's own they were bound to last."""


def try_cases(name: str, token: str) -> None:
    """Try what is called `name` in the notebook with every case; publish the outcomes.

    The cases have come in beside the code that is running.
    """
    answer, request = _answer(name), json.loads(_shell().get_parent()["content"]["sent"])
    found = "nothing" if answer is None else "answer" if callable(answer) else "no function"
    reply: dict[str, Any] = {"found": found, "outcomes": [], "sources": []}
    if found == "answer":
        with _broken(request["mends"]):
            cases = [_case(sent) for sent in request["cases"]]
            outcomes = [run(answer, case) for case in cases]
            reply |= _borrowed(answer, request, cases, outcomes)
        reply["outcomes"] = [_sent(outcome) for outcome in outcomes]
        for error in (outcome.error for outcome in outcomes if outcome.error):
            traceback.clear_frames(error.__traceback__)  # they hold memory, and open files
        reply["sources"] = _sources(answer)
    _publish(reply, token)


def _answer(name: str) -> Any:
    """What the name is bound to; where that stands for the course's version, what it was before."""
    value = _shell().user_ns.get(name)
    is_stand_in = str(getattr(value, "__module__", "")).startswith("course_inside.")
    return _own.get(name) if is_stand_in else value


def bindings(names: list[str], token: str) -> None:
    """Publish which of the names are bound to something else than when this was last asked."""
    space = _shell().user_ns
    changed = []
    for name in names:
        value = space.get(name, _NOTHING)
        before, attributes = _seen.get(name, (_NOTHING, {}))
        now = dict(vars(value)) if isinstance(value, type) else {}
        same = [*now] == [*attributes] and all(now[k] is attributes[k] for k in now)
        if value is not before or not same:
            changed.append(name)
        _seen[name] = value, now  # held on to: a new object might get the place of a freed one
    own = {n: space[n] for n in changed if n in space and not _is_of_the_course(space[n])}
    _own.update(own)
    _publish({"changed": [*own]}, token)


def pack(name: str, token: str) -> None:
    """Publish what a name is bound to, with all that it needs, for the student's other notebooks.

    The grader does not ask for it: what is packed is trusted by whoever unpacks it.
    """
    import cloudpickle

    packed = cloudpickle.dumps(_shell().user_ns[name])
    _publish({"packed": base64.b64encode(packed).decode()}, token)


def _is_of_the_course(value: Any) -> bool:
    return str(getattr(value, "__module__", "")).startswith(("course.", "course_inside."))


def _publish(reply: dict[str, Any], token: str) -> None:
    _shell().display_pub.publish({MIME: reply | {"token": token}})
    sys.stdout.flush()


def _shell() -> Any:
    from IPython.core.getipython import get_ipython

    return get_ipython()


def _case(sent: dict[str, Any]) -> Case:
    arguments = {key: _argument(value) for key, value in sent["arguments"].items()}
    return Case("", arguments, getattr(uses, sent["use"]), layout=sent["layout"])


def _borrowed(
    answer: Any, request: dict[str, Any], cases: list[Case], outcomes: list[Outcome]
) -> dict[str, Any]:
    """Who does the answer's work, if another does, and how often it calls the course."""
    called, lenders = request["called"], request["lenders"]
    written_as = getattr(getattr(answer, "__code__", None), "co_name", "")
    for name in (getattr(answer, "__name__", ""), written_as):
        if name != called and name in lenders:
            return {"lent": name}
    calls: Counter[str] = Counter()
    for k in request["watched"]:
        if request["mends"] and outcomes[k].error is not None:
            continue  # the layer that is mended calls the lender itself, for another result
        seen = watched(answer, called, set(lenders), cases[k], outcomes[k], TOLERANCE)
        if seen.lender:
            return {"lent": seen.lender}
        calls |= seen.calls  # the most of any case
    return {"calls": dict(calls)}


def _sent(outcome: Outcome) -> dict[str, Any]:
    if outcome.error is not None:
        error, blank = wire.encode_error(outcome.error), outcome.is_left_blank()
        return {"error": error, "blank": blank, "line": outcome.line[:200]}
    sent = {"value": wire.encode(outcome.value), "changed": list(outcome.changed)}
    return sent | {"forward_calls": outcome.forward_calls}


def _argument(sent: dict[str, Any]) -> Any:
    if sent["kind"] == "function":
        return _function(sent["name"], sent["source"])
    return wire.decode(sent)


def _function(name: str, source: str) -> Callable[..., Any]:
    """A function that an answer is handed, such as one to differentiate."""
    place: dict[str, Any] = {"np": np}
    # The names in its annotations stand for nothing here, and need not.
    exec("from __future__ import annotations\n" + source, place)
    return place[name]


@contextmanager
def _broken(sent: dict[str, str] | None) -> Iterator[None]:
    """While a mended layer is tried, the class it comes from is as broken as it was handed out.

    Its functions themselves are: so they are wherever a notebook keeps them.
    """
    if sent is None:
        yield
        return
    module = importlib.import_module(sent["module"])
    methods = {name: vars(getattr(module, sent["class"]))[name] for name in sent["methods"]}
    codes = {name: method.__code__ for name, method in methods.items()}
    right = {name: types.FunctionType(codes[name], vars(module)) for name in methods}
    place: dict[str, Any] = {}
    exec(sent["source"], place)
    vars(module)["_broken"] = place["broken"](right)
    for name, method in methods.items():
        exec(f"def method(*given, **named): return _broken[{name!r}](*given, **named)", place)
        method.__code__ = place["method"].__code__
    try:
        yield
    finally:
        for name, method in methods.items():
            method.__code__ = codes[name]
        del vars(module)["_broken"]


def _sources(answer: Any) -> list[str]:
    """The cells and files in which the answer was written, and the functions that it calls."""
    waiting, files, known = functions_of(answer), dict[str, None](), set()
    while waiting:
        function = waiting.pop(0)
        if function in known:
            continue
        known.add(function)
        files[function.__code__.co_filename] = None
        names = {name for code in codes_in(function.__code__) for name in code.co_names}
        called = (function.__globals__.get(name) for name in sorted(names))
        waiting += [f for one in called if _is_of_the_notebook(one) for f in functions_of(one)]
    texts = ["".join(linecache.getlines(file)) for file in files if _is_a_cell_or_beside(file)]
    return [text[:MOST_SOURCE] for text in texts[:20] if text]


def _is_a_cell_or_beside(file: str) -> bool:
    is_cell = "ipykernel_" in file or file.startswith("<ipython-input")
    return is_cell or os.path.dirname(os.path.abspath(file)) == _FOLDER


def _is_of_the_notebook(value: Any) -> bool:
    return getattr(value, "__module__", None) == "__main__"


def put_beside(files: str) -> None:
    """Write the Python files that were handed in with the notebook."""
    for name, text in json.loads(files).items():
        Path(name).write_text(text, encoding="utf-8")
    sys.path.insert(0, os.getcwd())


class _Versions(MetaPathFinder, InspectLoader):
    """Finds modules of the course, none of them packages, in the versions that have come in."""

    def __init__(self, sources: dict[str, str]) -> None:
        self.sources = sources

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        return spec_from_loader(name, self) if name in self.sources else None

    def is_package(self, name: str) -> bool:
        return False

    def get_source(self, name: str) -> str:
        return self.sources[name]


def install(files: str) -> None:
    """Put the course's version of exercises that have been judged into the place of none."""
    sources = json.loads(files)
    sys.meta_path.insert(0, _Versions(sources))
    for name in sources:
        sys.modules.pop(name, None)
    for name in sources:
        importlib.import_module(name)
