"""A student's own answers, in the notebook that they were written in and in later ones.

`from course.mine import Conv2d` gives the student's own Conv2d where it is right, and the course's
where it is not; a line says which, and why. In a build, under nbval and in the grader it is always
the course's, and nothing is said.
"""

import base64
import io
import json
import pickle
import subprocess
import sys
from contextlib import redirect_stdout, suppress
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from course.checks import EXERCISES, check
from course.log import is_students

if TYPE_CHECKING:
    from course.checks.case import Case
    from course.checks.exercise import Exercise

MOST_SECONDS = 90
"""For a notebook: ten for the start, and what its cells may take at the most."""
SLOW = 0.1
"""Seconds that a layer may take for eight images: a training has thousands of such steps."""
TIMES_SLOWER = 20
"""A layer is only slow if the course's is so many times as fast: the machine may be busy."""
OF_A_TRAINING = {"N": 8, "C": 16, "F": 16, "H": 12, "W": 12, "features": 2000, "in_features": 512}
"""The sizes with which that is measured."""
WORDS = {
    "not attempted": "is not written yet",
    "wrong": "is not right yet",
    "no answer": "is missing",
    "crashed": "ended its notebook",
    "timed out": "did not end",
    "too much output": "prints too much",
}
_given: list[Any] = []
"""What was given out: it is not a new answer of the notebook that has got it."""


class _NotUsed(Exception):  # noqa: N818 - it says why an answer is not used
    """Why a student's answer cannot be given; the message ends a sentence about it."""


def __getattr__(name: str) -> Any:
    exercise = _exercise(name)
    if not is_students():
        return exercise.reference
    try:
        answer, where = _own(exercise)
        _require_speed(exercise, answer)
    except _NotUsed as why:
        print(f"{name}: the course's, because {why}.")
        return exercise.reference
    print(f"{name}: yours, from {where}.")
    _given.append(answer)
    return answer


def __dir__() -> list[str]:
    return [exercise.answer_name for exercise in EXERCISES.values()]


def _exercise(name: str) -> "Exercise":
    """The exercise that defines this name. Raises AttributeError where none does."""
    for exercise in EXERCISES.values() if not name.startswith("__") else ():
        if exercise.answer_name == name:
            return exercise
    raise AttributeError(f"no exercise of the course defines {name}")


def _own(exercise: "Exercise") -> tuple[Any, str]:
    """The student's right answer, and where it was found. Raises _NotUsed."""
    state, answer = _checked_here(exercise)
    if state:
        if state != "right":
            raise _NotUsed(f"yours {WORDS[state]}")
        return answer, "this notebook"
    path = Path.cwd() / f"{exercise.lesson}.ipynb"
    return _answer_in(path, exercise.name), path.name


def _checked_here(exercise: "Exercise") -> tuple[str, Any]:
    """The verdict on this notebook's own answer, and that; empty where it has none."""
    answer = _defined_here(exercise.answer_name)
    if answer is not None and answer is not check.last(exercise.name)[1]:
        silent = type(check)()  # so that `check.case` stays what it was
        with suppress(AssertionError), redirect_stdout(io.StringIO()):
            getattr(silent, exercise.name)(answer)
        return silent.last(exercise.name)
    return check.last(exercise.name)


def _defined_here(name: str) -> Any:
    """What a cell of this notebook has defined under a name, if one has."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    value = shell.user_ns.get(name) if shell else None
    is_own = getattr(value, "__module__", "") == "__main__"
    return value if is_own and not any(value is given for given in _given) else None


def _answer_in(path: Path, name: str) -> Any:
    """A right answer out of a notebook that was saved. Raises _NotUsed."""
    if not path.is_file():
        raise _NotUsed(f"there is no {path.name} beside this notebook")
    if sys.platform == "emscripten":
        raise _NotUsed("a browser cannot run your other notebooks")
    changed = path.stat()
    found = _answers_in(path, changed.st_mtime_ns, changed.st_size)[name]
    if found["state"] != "right":
        words = WORDS.get(found["state"], found["state"])
        raise _NotUsed(f"yours in {path.name} {words}{_reason(found['what'])}")
    return _unpacked(found["packed"])


def _require_speed(exercise: "Exercise", answer: Any) -> None:
    """Raise _NotUsed for a layer that is right, and too slow to train a network with."""
    from course.checks import uses
    from course.checks.geometry import Numbers

    if not exercise.is_a_class:
        return
    threadpool_limits(1, user_api="blas")  # the small products of layers are fastest on one
    drawn = exercise.cases(rng := np.random.default_rng(0))
    for case in (c for c in drawn if c.remake and c.use is uses.dx and "N" in c.sizes):
        asked = case.sizes | {k: n for k, n in OF_A_TRAINING.items() if k in case.sizes}
        large = case.remake(asked, Numbers(rng)) if case.remake else case
        seconds = _seconds(large, answer)
        if seconds > max(SLOW, TIMES_SLOWER * _seconds(large, exercise.reference)):
            raise _NotUsed(f"yours is right, but takes {seconds:.1f} seconds for eight images")
        return


def _seconds(case: "Case", answer: Any) -> float:
    """The shortest of up to three rounds."""
    from course.checks.outcome import run

    best = float("inf")
    for _ in range(3):
        start = perf_counter()
        run(answer, case)
        best = min(best, perf_counter() - start)
        if best < SLOW:
            break
    return best


def _reason(what: str) -> str:
    return f" ({' '.join(what.split())})" if what else ""


@cache
def _answers_in(path: Path, changed: int, size: int) -> dict[str, dict[str, str]]:
    """What the answers of a notebook are worth: it runs once, and again when it was changed."""
    command = [sys.executable, "-m", "course.running.packing", str(path)]
    try:
        ended = subprocess.run(
            command, capture_output=True, encoding="utf-8", timeout=MOST_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise _NotUsed(f"{path.name} does not end") from None
    if ended.returncode:
        last = (ended.stderr.strip().splitlines() or ["it could not be run"])[-1]
        raise _NotUsed(f"{path.name} cannot be used: {last}")
    found: dict[str, dict[str, str]] = json.loads(ended.stdout)
    return found


@cache
def _unpacked(packed: str) -> Any:
    """The answer, which is the student's own code."""
    try:
        return pickle.loads(base64.b64decode(packed))
    except Exception as error:  # whatever the code that an answer needs may raise
        raise _NotUsed(f"yours could not be brought here ({type(error).__name__})") from error
