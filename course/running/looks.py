"""Runs one notebook with nbval's collector and cells, and judges its exercises on the way.

The first look is the notebook as it is: after a cell that checks an exercise, what the exercise's
name is bound to is tried. A second look at one exercise is a run in a fresh kernel into which no
answer of the course to it comes: the name is tried after each cell that binds it, and at the end.
"""

import json
import re
import secrets
import time
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from nbval.plugin import IPyNbCell, IPyNbFile, NbCellError

from course.checks import EXERCISES
from course.running import judging
from course.running.inside.trial import MIME
from course.running.inside.wire import WireError
from course.running.kernel_client import GRACE_SECONDS, GuardedKernel, KernelStopped
from course.running.lesson import Lesson
from course.running.reading import Cell
from course.running.results import (
    CRASHED,
    FLOODED,
    NOT_ATTEMPTED,
    RIGHT,
    TIMED_OUT,
    ExerciseResult,
)
from course.running.room import Room

LOST = {CRASHED, TIMED_OUT, FLOODED}
_TRIAL = "__import__('course_inside.trial', fromlist=['_'])."
_BINDS = re.compile(r"^(?:def |class |(?=\w+ *=(?!=)))(\w+)", re.MULTILINE)
"""A name that a line at the top of a cell binds."""
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Attempt:
    """What came of an exercise at one place of the notebook."""

    result: ExerciseResult
    cell: int
    again: bool
    """Whether it was tried in a second look."""
    complete: bool
    """Whether the exercises before it had been judged, so that the course's versions were there."""


@dataclass
class Seen:
    """What was observed of one notebook."""

    attempts: dict[str, list[Attempt]] = field(default_factory=dict)
    """By exercise: in the order in which it was tried, the first look first."""
    bound: dict[str, list[int]] = field(default_factory=dict)
    """By exercise: the cells that have bound its name, or changed the class that it names."""
    lost: dict[int, str] = field(default_factory=dict)
    """The cells that were interrupted, have cost the kernel, or were not reached, and why."""
    slow: set[str] = field(default_factory=set)
    """The sources of those that were interrupted."""
    errors: dict[int, str] = field(default_factory=dict)
    """The last words of the cells that failed."""

    def best(self, exercise: str) -> Attempt | None:
        """The attempt with the most points; of equals the first at an answer, not a blank."""
        return max(self.attempts.get(exercise, []), key=_worth, default=None)

    def is_lost(self, exercise: str) -> bool:
        """Whether the kernel was lost, or its trials, when it was tried."""
        best = self.best(exercise)
        return best is not None and best.result.state in LOST


def _worth(attempt: Attempt) -> tuple[float, bool, bool]:
    result = attempt.result
    return result.points or 0, result.state != NOT_ATTEMPTED, bool(result.groups)


class NotebookPlugin:
    """Makes pytest collect a notebook as a look at it; `seen` then holds what came of it."""

    def __init__(
        self,
        cells: list[Cell],
        lesson: Lesson,
        room: Room,
        seed: str,
        beside: dict[str, str],
        packs: bool = False,
    ) -> None:
        self.cells, self.order = cells, {c.number: place for place, c in enumerate(cells)}
        self.own = [c for c in cells if c.source.strip() not in lesson.given]
        """Those that were not handed out."""
        self.lesson, self.room, self.seed, self.beside = lesson, room, seed, beside
        self.packs = packs
        """Whether right answers are taken out of the kernel, in a first look alone."""
        self.target = ""
        """The exercise of a second look; empty for the first."""
        self.seen = Seen()
        self.broken = ""
        self.deadlines: dict[bool, float] = {}
        """When the first look has to end, and when all second looks together."""

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> Any:
        """The notebook."""
        if file_path.suffix != ".ipynb":
            return None
        look = Look.from_parent(parent, path=file_path)
        look.plugin, look.target = self, self.target
        return look

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember why the notebook itself could not be read."""
        if report.failed:
            self.broken += str(report.longrepr)

    def calls_for_a_second_look(self, exercise: str) -> bool:
        """Whether another look may find more: it is not right, and there is another thing to try.

        What was bound once, by the cell right before it was tried, would be the same again.
        """
        seen, tried = self.seen, self.seen.best(exercise)
        if self.packs or (tried is not None and tried.result.state == RIGHT):
            return False
        bound = seen.bound.get(exercise, [])
        if seen.is_lost(exercise) and any(map(seen.is_lost, self._others(exercise))):
            return True
        if seen.lost or (tried is not None and not tried.complete):
            return True
        if tried is None:
            return bool(bound)
        if self._gets_a_helper_later(tried):
            return True
        tried_at, bound_at = self.order[tried.cell], [self.order[cell] for cell in bound]
        return len(bound) > 1 or any(not tried_at - 1 <= place <= tried_at for place in bound_at)

    def _gets_a_helper_later(self, tried: Attempt) -> bool:
        """Whether a cell of the student's own, further down, binds a name that the answer uses."""
        words = set(re.findall(r"\w+", tried.result.answer))
        later = (c for c in self.own if self.order[c.number] > self.order[tried.cell])
        return any(words & set(_BINDS.findall(c.source)) for c in later)

    def failed_at(self, exercise: str) -> list[int]:
        """The student's own cells that mention an exercise's name, and have failed."""
        mentions = re.compile(rf"\b{EXERCISES[exercise].answer_name}\b")
        failed = (c for c in self.own if c.number in self.seen.errors)
        return [c.number for c in failed if mentions.search(c.source)]

    def _others(self, exercise: str) -> list[str]:
        return [other.name for other in self.lesson.exercises if other.name != exercise]

    def spoils(self, source: str, exercise: str) -> bool:
        """Whether a cell may be why an exercise was lost: it defines another one that was."""
        if not exercise or not self.seen.is_lost(exercise) or defines(source, exercise):
            return False
        return any(defines(source, e) and self.seen.is_lost(e) for e in self._others(exercise))


def defines(source: str, exercise: str) -> bool:
    """Whether a cell says what an exercise's name is to be."""
    name = EXERCISES[exercise].answer_name
    return bool(re.search(rf"^\s*(?:(?:def|class)\s+{name}\b|{name}\s*=)", source, re.MULTILINE))


class Look(IPyNbFile):
    """One run through the notebook, with a kernel that is replaced when it is lost."""

    plugin: NotebookPlugin
    target: str
    kernel: GuardedKernel | None

    def collect(self) -> Iterable[pytest.Item]:
        """The cells that nbval collects, to be run and tried."""
        for item in super().collect():
            of_nbval = {"cell_num": item.cell_num, "cell": item.cell, "options": item.options}
            yield RunCell.from_parent(self, name=item.name, **of_nbval)

    def setup(self) -> None:
        """Start no kernel yet: the first cell does."""
        self.compare_outputs = False
        beside = self.plugin.beside
        self.ran = [_call("put_beside", json.dumps(beside))] if beside else []
        self.judged: list[str] = []
        self.installed = ""
        if self.target:  # all others have been judged in the first look
            self.note_judged(*(e.name for e in self.plugin.lesson.exercises))
        until = time.monotonic() + self.plugin.room.limits.notebook_seconds
        self.deadline = self.plugin.deadlines.setdefault(bool(self.target), until)
        self.is_over = False

    def teardown(self) -> None:
        """End the kernel."""
        self.lose_kernel()

    def lose_kernel(self) -> None:
        """End the kernel; the next cell gets a fresh one, in which those before it have run."""
        if self.kernel is not None:
            self.kernel.stop()
        self.kernel = None

    def need_kernel(self) -> GuardedKernel:
        """The kernel, or a fresh one in which the cells before have run, but for what ends it."""
        while self.kernel is None:
            self.kernel = GuardedKernel(self.plugin.room)
            for source in self.ran:
                try:
                    execute(self.kernel, source, self.seconds(source), go_on=True)
                except KernelStopped:
                    self.ran.remove(source)
                    self.lose_kernel()
                    break
        return self.kernel

    def seconds(self, source: str = "") -> float:
        """How long something may take: less where the notebook's time ends, or it was too long."""
        limits = self.plugin.room.limits
        if source in self.plugin.seen.slow:
            return limits.again_seconds
        return min(limits.cell_seconds, max(self.seconds_left(), limits.again_seconds))

    def seconds_left(self) -> float:
        """Of the notebook's time."""
        return self.deadline - time.monotonic()

    def is_wanted(self, exercise: str) -> bool:
        """Whether this look tries the exercise."""
        return not self.target or self.target == exercise

    def note_what_is_bound(self, cell: Any) -> list[str]:
        """The exercises whose names the cell has bound. Only where it mentions them is it asked."""
        names = {
            e.answer_name: e.name
            for e in self.plugin.lesson.exercises
            if self.is_wanted(e.name) and re.search(rf"\b{e.answer_name}\b", cell.source)
        }
        if not names:
            return []
        changed = _kept(self.ask("bindings", list(names)), "changed", list)
        bound = [names[n] for n in names if n in changed]
        if not self.target:
            for exercise in bound:
                self.plugin.seen.bound.setdefault(exercise, []).append(cell.metadata["number"])
        return bound

    def ask(self, function: str, *arguments: Any, sent: str = "") -> dict:
        """Call a function of the trials, and return what it publishes."""
        token = secrets.token_hex(8)
        call = _call(function, *arguments, token)
        return _reply(execute(self.need_kernel(), call, self.seconds(), sent=sent), token)

    def try_exercise(self, name: str, cell: int) -> None:
        """Try what an exercise's name is bound to, and judge what comes out."""
        request = judging.cases_of(name, self.plugin.seed)[2]
        try:
            reply = self.ask("try_cases", EXERCISES[name].answer_name, sent=request)
            result = _judged(name, self.plugin.seed, reply)
            if self.plugin.packs and result.state == RIGHT:
                result.packed = _kept(self.ask("pack", EXERCISES[name].answer_name), "packed", str)
        except KernelStopped as stopped:
            result = judging.untried(name, stopped.state, stopped.why)
            self.lose_kernel()
        self.note(result, cell)
        self.is_over |= bool(self.target) and result.state == RIGHT

    def note(self, result: ExerciseResult, cell: int) -> None:
        """Remember what came of an exercise in this look."""
        names = [exercise.name for exercise in self.plugin.lesson.exercises]
        complete = set(names[: names.index(result.exercise)]) <= set(self.judged)
        attempt = Attempt(result, cell, bool(self.target), complete)
        self.plugin.seen.attempts.setdefault(result.exercise, []).append(attempt)

    def note_judged(self, *names: str) -> str:
        """From here on, the course's versions of exercises are there, if they give nothing away.

        Returns what brings them in; empty where there is nothing new.
        """
        self.judged += names
        versions = self.plugin.lesson.versions(tuple(self.judged), self.target)
        source = _call("install", json.dumps(versions))
        if source == self.installed:
            return ""
        self.ran.append(source)
        self.installed = source
        return source


def _call(function: str, *arguments: Any) -> str:
    return f"{_TRIAL}{function}({', '.join(map(repr, arguments))})"


def execute(
    kernel: GuardedKernel, source: str, seconds: float, go_on: bool = False, sent: str = ""
) -> list[dict]:
    """Run code; return what it publishes. Raises KernelStopped, also when it takes too long.

    With go_on, what takes too long is interrupted. The trials find in their kernel what is sent.
    """
    kernel.begin_cell(seconds)
    asked = kernel.execute_with(source, sent)
    try:
        try:
            kernel.await_reply(asked, timeout=seconds)
        except Empty:
            if not go_on:
                raise
            kernel.interrupt()
        published: list[dict] = []
        while True:
            message = kernel.get_message("iopub", timeout=seconds)
            if message["parent_header"].get("msg_id") != asked:
                continue
            if message["content"].get("execution_state") == "idle":
                return published
            published.append(message)
    except Empty:
        raise KernelStopped(f"it took more than {seconds:g} seconds", TIMED_OUT) from None


class RunCell(IPyNbCell):
    """nbval's cell. One that fails does not fail an exercise: to try that will tell."""

    parent: Look

    @property
    def number(self) -> int:
        """Which cell of the notebook it is, as a person counts."""
        return self.cell.metadata["number"]

    def setup(self) -> None:
        """Nothing of nbval's: a timeout before concerns the cell before."""
        self.output_timeout = 2 * GRACE_SECONDS  # so that it is the kernel's deadline that counts
        self.parent.timed_out = False

    def runtest(self) -> None:
        """Run the cell as nbval does, then try what it binds or checks."""
        look, seen, source = self.parent, self.parent.plugin.seen, self.cell.source
        if look.is_over:
            pytest.skip("nothing to see")
        if look.seconds_left() <= 0:
            if not look.target:
                seen.lost[self.number] = "not reached"
            pytest.skip("the notebook's time is over")
        is_shown = source.strip() in look.plugin.lesson.shown
        if not is_shown and not look.plugin.spoils(source, look.target):
            try:
                self._run()
            except KernelStopped as stopped:
                self._note_lost(stopped)
            self._try()
        is_last = self.cell_num == len(look.plugin.cells) - 1
        if look.target and is_last and not look.is_over:
            look.try_exercise(look.target, self.number)  # what it calls may have come later

    def _note_lost(self, stopped: KernelStopped) -> None:
        look, seen = self.parent, self.parent.plugin.seen
        seen.lost[self.number] = stopped.why
        for name in (e.name for e in look.plugin.lesson.exercises if look.is_wanted(e.name)):
            if defines(self.cell.source, name):
                look.note(judging.untried(name, stopped.state, stopped.why), self.number)
        look.lose_kernel()

    def _run(self) -> None:
        look = self.parent
        kernel = look.need_kernel()
        seconds = look.seconds(self.cell.source)
        self.config.option.nbval_cell_timeout = seconds
        kernel.begin_cell(seconds)
        try:
            super().runtest()
        except NbCellError as error:
            look.plugin.seen.errors[self.number] = _last_words(error)
            if look.timed_out:
                look.plugin.seen.lost[self.number] = f"it took more than {seconds:g} seconds"
                if seconds == kernel.limits.cell_seconds:
                    look.plugin.seen.slow.add(self.cell.source)
            kernel.require_health()  # nbval has ended it, if it fell silent
        look.ran.append(self.cell.source)

    def _try(self) -> None:
        look = self.parent
        checked = [name for name in self.cell.metadata["checks"] if name not in look.judged]
        try:
            bound = look.note_what_is_bound(self.cell)
        except KernelStopped as stopped:  # no answer any more: the cell is to blame
            self._note_lost(stopped)
            look.ran = [source for source in look.ran if source != self.cell.source]
            bound = []
        for name in bound if look.target else checked:
            look.try_exercise(name, self.number)
        new = look.note_judged(*checked)
        if new and look.kernel is not None:
            try:
                execute(look.kernel, new, look.seconds())
            except KernelStopped:
                look.lose_kernel()

    def repr_failure(self, excinfo: pytest.ExceptionInfo) -> str:
        """What fails here is not the notebook's: that is noted and passed over."""
        self.parent.plugin.broken += "".join(traceback.format_exception(excinfo.value))
        return f"{type(excinfo.value).__name__}: {str(excinfo.value)[:200]}"


def _reply(published: list[dict], token: str) -> dict:
    """What the trials have sent; where they have not, the error that was shown instead."""
    for message in published:
        sent = _kept(_kept(message["content"], "data", dict), MIME, dict)
        if sent.get("token") == token:
            return sent
    errors = [m["content"] for m in published if m["msg_type"] == "error"]
    return {"failed": f": {errors[0]['ename']}: {errors[0]['evalue']}" if errors else ""}


def _kept(sent: dict, key: str, kind: type) -> Any:
    """What was sent under a key, if it is of this kind; else an empty one."""
    value = sent.get(key)
    return value if type(value) is kind else kind()


def _judged(name: str, seed: str, reply: dict) -> ExerciseResult:
    if "failed" in reply:
        why = f"the trials sent no result{reply['failed']}"
        return judging.untried(name, CRASHED, why[:200])
    if reply.get("found") != "answer":
        return judging.nothing_there(name, str(reply.get("found")))
    try:
        outcomes = judging.decode_outcomes(name, seed, reply.get("outcomes"))
    except WireError as error:
        return judging.untried(name, CRASHED, f"the trials sent what is no result: {error}")
    lent, calls = _kept(reply, "lent", str), list(_kept(reply, "calls", dict).items())[:200]
    result = judging.borrowed(name, lent) if lent else judging.mark(name, seed, outcomes)
    counts = {str(called)[:80]: count for called, count in calls if type(count) is int}
    result.suspicions = judging.repeated_passes(name, counts)
    texts = [text[:20_000] for text in _kept(reply, "sources", list)[:20] if type(text) is str]
    result.answer = "\n\n".join(texts)
    return result


def _last_words(error: NbCellError) -> str:
    lines = [line for line in str(error.inner_traceback or error).splitlines() if line.strip()]
    return _ANSI.sub("", lines[-1]).strip()[:200] if lines else "an error"
