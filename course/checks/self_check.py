"""The `check` object of the notebooks: one method for each exercise, and a few helpers."""

import difflib
import sys
import textwrap
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from course.checks.case import Case
from course.checks.diagnoses import DIAGNOSES
from course.checks.exercise import Exercise, Marks
from course.checks.exercises import EXERCISES
from course.checks.failure import WIDTH, CheckFailed, NotAttempted, failure, prose, refusal
from course.checks.outcome import text_of
from course.show.colour import label

NEEDED_PYTHON = (3, 11)
NEEDED_NUMPY = (2, 0)


class NoSuchExercise(AttributeError):  # noqa: N818 - as CheckFailed
    """A misspelt `check.im2col`; IPython shows its message alone, as it does CheckFailed's."""

    _render_traceback_ = CheckFailed._render_traceback_


class Check:
    """`check.im2col(im2col)` says whether an answer is right and, if not, what is wrong with it.

    It prints one line for a right answer, and raises `CheckFailed`, an AssertionError, for any
    other. `check.case` then holds the arguments of the first wrong case.
    """

    def __init__(self) -> None:
        self._case: Case | None = None
        self._exercise: Exercise | None = None
        self._states: dict[str, str] = {}

    @property
    def case(self) -> dict[str, Any]:
        """The arguments of the first wrong case, new ones each time: a call may change them."""
        return self._case.fresh_arguments() if self._case else {}

    def again(self, answer: Callable[..., Any]) -> Any:
        """Try an answer with the first wrong case once more, and return what comes out."""
        if self._case is None or self._exercise is None:
            return None
        return self._case.try_out(self._exercise.as_tried(answer))

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *EXERCISES]

    def __getattr__(self, name: str) -> Callable[[Callable[..., Any]], None]:
        if name not in EXERCISES:
            close = difflib.get_close_matches(name, EXERCISES, n=1)
            meant = f"; did you mean check.{close[0]}?" if close else ""
            raise NoSuchExercise(f"no exercise is called {name}{meant}")
        return partial(self._check, EXERCISES[name])

    def _check(self, exercise: Exercise, answer: Any = None) -> None:
        refused = refusal(exercise, answer)
        if refused is not None:
            raise refused
        marks = exercise.mark(exercise.as_tried(answer))
        first = marks.first_wrong()
        if first is None:
            self._record(exercise, answer, "right")
            print(_praise(marks))
            return
        self._case, self._exercise = marks.cases[first], exercise
        failed = failure(marks, answer)
        blank = isinstance(failed, NotAttempted)
        self._record(exercise, answer, "not attempted" if blank else "wrong")
        raise failed

    def _record(self, exercise: Exercise, answer: Any, state: str) -> None:
        """Remember the best that was reached, by functions of the name that the lesson gave them.

        The wrong answers that a lesson shows off have other names.
        """
        own = getattr(answer, "__name__", None) == exercise.answer_name
        if own and self._states.get(exercise.name) != "right":
            self._states[exercise.name] = state

    def predicted(self, guess: Any, answer: Any) -> None:
        """Say whether a prediction came true. A wrong or missing guess never stops a lesson."""
        if guess is ... or (isinstance(guess, tuple | list) and any(g is ... for g in guess)):
            print("No guess yet: replace the ... above by yours and run both cells again.")
        elif _equal(guess, answer):
            print(label("right", "cyan"), f"Your guess {_plain(guess)} came true.")
        else:
            guessed, right = _plain(guess), _plain(answer)
            if guessed == right:
                guessed += f" ({type(guess).__name__})"
                right += f" ({type(answer).__name__})"
            print(
                label("not quite", "yellow"),
                f"You guessed {guessed}, and it is {right}.",
                "What made the difference?",
            )

    def diagnosis(self, layer: str, choice: Any) -> None:
        """Say what speaks for or against an explanation of a broken layer, right or not.

        Raises ValueError when there is no such layer.
        """
        if layer not in DIAGNOSES:
            raise ValueError(f"layer must be one of {', '.join(DIAGNOSES)}, got {layer!r}")
        right, replies = DIAGNOSES[layer]
        if choice is ...:
            print(f"{layer}: no explanation chosen yet. Replace the ... by a letter in quotes.")
        elif not isinstance(choice, str) or choice not in replies:
            print(f"{layer}: choose one of {', '.join(map(repr, replies))}.")
        else:
            word = label("right", "cyan") if choice == right else label("not quite", "yellow")
            print(word, "\n".join(textwrap.wrap(f"{layer}: {replies[choice]}", WIDTH - 12)))

    def environment(self) -> None:
        """Fail with a clear message when Python or NumPy is too old for the course."""
        python, numpy = sys.version_info[:2], tuple(map(int, np.__version__.split(".")[:2]))
        for name, found, needed in (
            ("Python", python, NEEDED_PYTHON),
            ("NumPy", numpy, NEEDED_NUMPY),
        ):
            if found < needed:
                raise CheckFailed(
                    prose(
                        f"{name} {'.'.join(map(str, found))} is too old: the course needs "
                        f"{'.'.join(map(str, needed))} or newer.",
                        "Start the course with `make lab`, which makes the right environment.",
                    )
                )
        print(label("right", "cyan"), "Python and NumPy are new enough. You can begin.")

    def progress(self, lesson: str) -> None:
        """Print what has been reached in one lesson since its kernel was started."""
        exercises = [e for e in EXERCISES.values() if e.lesson.startswith(str(lesson))]
        if not exercises:
            print(f"There are no exercises in lesson {lesson}.")
            return
        width = max(len(e.name) for e in exercises)
        reached = 0
        for exercise in exercises:
            state = self._states.get(exercise.name, "not checked yet")
            points = exercise.points if state == "right" else 0
            reached += points
            print(f"{exercise.name:<{width}}  {points} of {exercise.points}  {state}")
        print(f"{'together':<{width}}  {reached} of {sum(e.points for e in exercises)}")


def _praise(marks: Marks) -> str:
    exercise = marks.exercise
    errors = ", ".join(
        f"{_bound(error, dtype, exercise.tolerance)} ({dtype})"
        for dtype, error in marks.largest_errors().items()
    )
    groups = ", ".join(marks.groups())
    return (
        f"{label('right', 'cyan')} {exercise.name}: {len(marks.cases)} cases ({groups}), "
        f"largest error {errors}. {exercise.points} of {exercise.points} points."
    )


def _bound(error: float, dtype: str, tolerance: float | None) -> str:
    """An error in words that are the same on every machine: rounding differs, its size does not."""
    usual, most = {"float64": (1e-12, 1e-9), "float32": (1e-5, 1e-4)}[dtype]
    if tolerance is not None:
        usual = most = tolerance
    return f"below {usual if error < usual else most:.0e}"


def _equal(guess: Any, answer: Any) -> bool:
    if isinstance(guess, str):
        return "".join(guess.split()) == "".join(_plain(answer).split())
    try:
        a, b = np.asarray(guess), np.asarray(answer)
        if a.dtype.kind in "biuf" and b.dtype.kind in "biuf":
            return a.shape == b.shape and bool(np.allclose(a, b, atol=1e-12, equal_nan=True))
        return bool(np.array_equal(a, b))
    except Exception:  # a guess may be anything, and a strange one is merely not right
        return False


def _plain(value: Any) -> str:
    return text_of(value.tolist() if isinstance(value, np.ndarray | np.generic) else value)


check = Check()
