"""The `check` object of the notebooks: one method for each exercise, and a few helpers."""

import difflib
import sys
import textwrap
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from course.checks.exercises import EXERCISES, LESSONS
from course.checks.message import WIDTH, CheckFailed, NotAttempted, labelled, prose
from course.checks.predictions import Predictions, foreseen
from course.log import Log
from course.show.colour import label
from course.show.failing import FailingCase

# What judges is loaded by the first check, so that a notebook's first cell does not wait for it.
if TYPE_CHECKING:
    from course.checks.exercise import Exercise, Marks

NEEDED_PYTHON = (3, 11)
NEEDED_NUMPY = (2, 0)


class NoSuchExercise(AttributeError):  # noqa: N818 - as CheckFailed
    """A misspelt `check.im2col`; IPython shows its message alone, as it does CheckFailed's."""

    coloured = ""
    _render_traceback_ = CheckFailed._render_traceback_


class Check:
    """``check.im2col(im2col)`` says whether an answer is right and, if not, what is wrong with it.

    There is a method for each exercise. It prints one line for a right answer. For any other answer
    it raises CheckFailed, an AssertionError, and `case` then holds the arguments of the smallest
    case in which the answer is wrong.

    Example:
        >>> check.im2col(im2col)  # doctest: +SKIP
    """

    def __init__(self) -> None:
        self._failing = FailingCase()
        self._log = Log()
        self._judged: dict[str, tuple[Any, str]] = {}
        """The wrong answers that were judged last, and what was said of them."""
        self._predictions = Predictions()
        self._last: dict[str, tuple[str, Any]] = {}

    @property
    def case(self) -> FailingCase:
        """The arguments of the smallest wrong case, by name; new ones each time."""
        return FailingCase(self._failing.case, self._failing.exercise)

    def again(self, answer: Callable[..., Any]) -> Any:
        """Call an answer with the smallest wrong case once more.

        Args:
            answer: A function or a class.

        Returns:
            What the answer returns.
        """
        return self._failing.tried(answer)

    def last(self, name: str) -> tuple[str, Any]:
        """The last verdict on an exercise in this kernel.

        Args:
            name: The exercise.

        Returns:
            The verdict, such as "right", and the answer; "" and None before the first check.
        """
        return self._last.get(name, ("", None))

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *EXERCISES]

    def __getattr__(self, name: str) -> Callable[[Callable[..., Any]], None]:
        if name not in EXERCISES:
            close = difflib.get_close_matches(name, EXERCISES, n=1)
            meant = f"; did you mean check.{close[0]}?" if close else ""
            raise NoSuchExercise(f"no exercise is called {name}{meant}")
        return partial(self._check, EXERCISES[name])

    def _check(self, exercise: "Exercise", answer: Any = None) -> None:
        from course.checks.diagnosis import unwritten
        from course.checks.failure import failure, refusal

        refused = refusal(exercise, answer)
        if refused is not None:
            raise refused
        marks = exercise.mark(exercise.as_tried(answer))
        if not marks.wrong:
            self._praise(exercise, marks, answer)
            return
        failed = failure(marks, answer)
        self._failing = FailingCase(failed.case, exercise)
        blank = isinstance(failed, NotAttempted)
        before, words = self._judged.get(exercise.name, (None, ""))
        if str(failed) == words and not blank and unwritten.is_same(answer, before):
            failed.add_note("\n".join(labelled({"note": unwritten.SAME_AGAIN})))
        self._judged[exercise.name] = answer, str(failed)
        self._record(exercise, answer, "not attempted" if blank else "wrong")
        raise failed

    def _praise(self, exercise: "Exercise", marks: "Marks", answer: Any) -> None:
        """Say that an answer is right, unless another function does its work."""
        from course.checks import reading
        from course.checks.diagnosis import borrowed, unwritten
        from course.checks.praise import praise

        lent = borrowed.find(marks)
        if lent is not None:
            self._record(exercise, answer, "wrong")
            raise CheckFailed(prose(f"{exercise.name}: {lent.step}", lent.text))
        self._record(exercise, answer, "right")
        print(praise(marks))
        older = unwritten.find(marks)
        notes = [older.text] if older else []
        notes += [reading.note(answer)] if exercise.only_with else []
        for text in filter(None, notes):
            print("\n".join(textwrap.wrap(text, WIDTH)))

    def _record(self, exercise: "Exercise", answer: Any, state: str) -> None:
        """Log what was said of functions that have the name that the lesson gave them.

        The wrong answers that a lesson shows off have other names.
        """
        if getattr(answer, "__name__", None) == exercise.answer_name:
            self._last[exercise.name] = state, answer
            self._log.add(exercise.name, state, datetime.now())

    def predicted(self, name: str, guess: Any, answer: Any) -> None:
        """Say what there is to say about a guess. A wrong or missing guess never stops a lesson.

        Args:
            name: The name of the prediction.
            guess: The guess, or ``...`` for none.
            answer: What is right.
        """
        verdict, words = self._predictions.answer(name, guess, answer)
        if verdict:
            print(label(verdict, "cyan" if verdict == "right" else "yellow"), end=" ")
        print("\n".join(textwrap.wrap(words, WIDTH - 12)))

    def diagnosis(self, layer: str, choice: Any) -> None:
        """Say what is right or wrong about an explanation of a broken layer.

        Args:
            layer: The name of the layer.
            choice: The letter of an explanation, or ``...`` for none.

        Raises:
            ValueError: If there is no such layer.
        """
        replies = dict(foreseen(layer))
        right = replies.pop("right", None)
        if right is None:
            raise ValueError(f"layer must be one with explanations to choose from, got {layer!r}")
        if choice is ...:
            print(f"{layer}: no explanation chosen yet. Replace the ... by a letter in quotes.")
        elif not isinstance(choice, str) or choice not in replies:
            print(f"{layer}: choose one of {', '.join(map(repr, replies))}.")
        else:
            word = label("right", "cyan") if choice == right else label("not quite", "yellow")
            print(word, "\n".join(textwrap.wrap(f"{layer}: {replies[choice]}", WIDTH - 12)))

    def environment(self) -> None:
        """Fail with a clear message if Python or NumPy is too old for the course.

        Raises:
            CheckFailed: If one of them is too old.
        """
        numpy = tuple(map(int, np.__version__.split(".")[:2]))
        needs = [("Python", sys.version_info[:2], NEEDED_PYTHON), ("NumPy", numpy, NEEDED_NUMPY)]
        for name, found, needed in needs:
            if found < needed:
                old, new = (".".join(map(str, version)) for version in (found, needed))
                headline = f"{name} {old} is too old: the course needs {new} or newer."
                advice = "Start the course with `make lab`, which makes the right environment."
                raise CheckFailed(prose(headline, advice))
        print(label("right", "cyan"), "Python and NumPy are new enough. You can begin.")

    def progress(self, lesson: str) -> None:
        """Print what the last checks of one lesson's exercises said, in earlier kernels too.

        Args:
            lesson: The lesson's number, such as "03", or its name.
        """
        lessons = [name for name in LESSONS if name.startswith(str(lesson))]
        exercises = [exercise for name in lessons for exercise in EXERCISES.of(name)]
        if not exercises:
            print(f"There are no exercises in lesson {lesson}.")
            return
        width, total, log = max(len(e.name) for e in exercises), 0, self._log.reached()
        for exercise in exercises:
            found = log.get(exercise.name)
            points = exercise.points if found and found.is_right() else 0
            total += points
            state = found.in_words() if found else "not checked yet"
            print(f"{exercise.name:<{width}}  {points} of {exercise.points}  {state}")
        print(f"{'together':<{width}}  {total} of {sum(e.points for e in exercises)}")


check = Check()
