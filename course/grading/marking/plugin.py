"""A pytest plugin that marks one notebook with nbval's collector and cells.

nbval runs the lesson's and the student's cells in a sandboxed kernel. A graded check is a cell of
ours: it sends fresh cases into the kernel and judges out here what comes back.
"""

import re
import secrets
from collections.abc import Iterable
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from nbval.plugin import IPyNbCell, IPyNbFile, NbCellError

from course.checks import EXERCISES
from course.grading.marking import judging
from course.grading.marking.marking_notebook import ANSWER, CHECK, GIVEN
from course.grading.results import CRASHED, FLOODED, TIMED_OUT, ExerciseResult
from course.grading.sandbox.inside.trial import MIME
from course.grading.sandbox.inside.wire import WireError
from course.grading.sandbox.kernel_client import KernelStopped, SandboxedKernel
from course.grading.sandbox.launching import Launcher

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
STATES = {"crashed": CRASHED, "timed out": TIMED_OUT, "too much output": FLOODED}


class MarkingPlugin:
    """Marks the notebook that pytest is given; `results` then holds what came of each exercise."""

    def __init__(self, launcher: Launcher, seed: str) -> None:
        self.launcher, self.seed = launcher, seed
        self.results: dict[str, ExerciseResult] = {}
        self.cell_errors: dict[str, str] = {}
        self.broken = ""

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> Any:
        """Collect the marking notebook."""
        if file_path.suffix != ".ipynb":
            return None
        file = MarkingFile.from_parent(parent, path=file_path)
        file.plugin = self
        return file

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember why the marking notebook itself could not be read."""
        if report.failed:
            self.broken += str(report.longrepr)


class MarkingFile(IPyNbFile):
    """nbval's notebook, with a kernel in the sandbox that is replaced when it is lost."""

    plugin: MarkingPlugin
    kernel: SandboxedKernel | None

    def collect(self) -> Iterable[pytest.Item]:
        """The cells that nbval collects; graded checks become ours."""
        for item in super().collect():
            kind = GradedCheck if item.cell.metadata["role"] == CHECK else MarkedCell
            yield kind.from_parent(
                self,
                name=f"{item.cell.metadata['role']} of {item.cell.metadata['exercise']}",
                cell_num=item.cell_num,
                cell=item.cell,
                options=item.options,
            )

    def setup(self) -> None:
        """Start no kernel yet: the first cell does."""
        self.compare_outputs = False
        self.ran: list[Any] = []

    def teardown(self) -> None:
        """End the kernel."""
        self.lose_kernel()

    def lose_kernel(self) -> None:
        """End the kernel; the next cell gets a fresh one."""
        if self.kernel is not None:
            self.kernel.stop()
        self.kernel = None

    def need_kernel(self) -> SandboxedKernel:
        """The kernel, or a fresh one in which the cells before have run."""
        if self.kernel is None:
            self.kernel = SandboxedKernel(self.plugin.launcher)
            for cell in self.ran:
                execute(self.kernel, cell.source)
        return self.kernel

    def settle(self, exercise: str, result: ExerciseResult) -> None:
        """Write down what came of an exercise; the first result stands."""
        self.plugin.results.setdefault(exercise, result)

    def forget(self, exercise: str) -> None:
        """Go on in a kernel that an exercise's answer has never been in."""
        self.ran = [
            c for c in self.ran if c.metadata["exercise"] != exercise or c.metadata["role"] == GIVEN
        ]
        self.lose_kernel()

    def lost(self, exercise: str, stopped: KernelStopped) -> None:
        """An exercise has cost the kernel."""
        state = STATES[stopped.state]
        self.settle(exercise, judging.untried(exercise, state, stopped.why))
        self.forget(exercise)


def execute(kernel: SandboxedKernel, source: str) -> list[dict]:
    """Run code; return what it publishes. Raises KernelStopped, also when it takes too long."""
    seconds = kernel.limits.exercise_seconds
    kernel.begin_cell(seconds)
    asked = kernel.execute_cell_input(source, allow_stdin=False)
    try:
        kernel.await_reply(asked, timeout=seconds)
        published: list[dict] = []
        while True:
            message = kernel.get_message("iopub", timeout=seconds)
            if message["parent_header"].get("msg_id") != asked:
                continue
            if message["content"].get("execution_state") == "idle":
                return published
            published.append(message)
    except Empty:
        raise KernelStopped(f"it took more than {seconds:g} seconds", "timed out") from None


class MarkedCell(IPyNbCell):
    """nbval's cell. One that fails does not fail its exercise: the check will tell."""

    parent: MarkingFile

    @property
    def exercise(self) -> str:
        """The exercise that the cell belongs to."""
        return self.cell.metadata["exercise"]

    def setup(self) -> None:
        """Nothing of nbval's: a timeout before concerns another kernel."""
        self.output_timeout = 2
        self.parent.timed_out = False

    def runtest(self) -> None:
        """Run the cell as nbval does; a kernel that dies or hangs costs this exercise."""
        if self.exercise in self.parent.plugin.results:
            pytest.skip("the exercise is settled")
        try:
            self._run()
        except KernelStopped as stopped:
            if stopped.state == "crashed" and self._others_ran():
                self._once_more_alone()
                return
            self.parent.lost(self.exercise, stopped)
            raise

    def _others_ran(self) -> bool:
        """Whether the kernel may have been harmed by the answer to another exercise."""
        answers = [c for c in self.parent.ran if c.metadata["role"] == ANSWER]
        return any(c.metadata["exercise"] != self.exercise for c in answers)

    def _once_more_alone(self) -> None:
        """Begin the exercise again, in a kernel without the answers before it."""
        own = [c for c in self.parent.ran if c.metadata["exercise"] == self.exercise]
        given = [c for c in self.parent.ran if c.metadata["role"] == GIVEN and c not in own]
        self.parent.ran = [*given, *own]
        self.parent.lose_kernel()
        self.runtest()

    def _run(self) -> None:
        kernel = self.parent.need_kernel()
        kernel.begin_cell(kernel.limits.exercise_seconds)
        try:
            super().runtest()
        except NbCellError as error:
            if self.parent.timed_out:
                seconds = kernel.limits.exercise_seconds
                why = f"a cell took more than {seconds:g} seconds"
                raise KernelStopped(why, "timed out") from error
            if self.cell.metadata["role"] == ANSWER:
                self.parent.plugin.cell_errors[self.exercise] = _last_words(error)
            raise
        finally:
            if self.parent.kernel is kernel:
                self.parent.ran.append(self.cell)

    def repr_failure(self, excinfo: pytest.ExceptionInfo) -> str:
        """A line, for pytest's own report, which nobody reads."""
        return f"{type(excinfo.value).__name__}: {str(excinfo.value)[:200]}"


class GradedCheck(MarkedCell):
    """Sends fresh cases to an answer, and judges outside what comes back."""

    def _run(self) -> None:
        name, seed = self.exercise, self.parent.plugin.seed
        token = secrets.token_hex(8)
        cases = judging.cases_of(name, seed)[2]
        code = "__import__('course_inside.trial', fromlist=['_']).try_cases"
        source = f"{code}({EXERCISES[name].answer_name!r}, {cases!r}, {token!r})"
        published = execute(self.parent.need_kernel(), source)
        result = _judged(name, seed, _reply(published, token), published)
        if result.what.startswith("after its cell") and name in self.parent.plugin.cell_errors:
            result.what = f"its cell failed: {self.parent.plugin.cell_errors[name]}"
        self.parent.settle(name, result)
        if any(c.metadata["spoils"] and c.metadata["exercise"] == name for c in self.parent.ran):
            self.parent.forget(name)
        if result.points != result.most:
            raise AssertionError(f"{name}: {result.state}")


def _reply(published: list[dict], token: str) -> dict | None:
    for message in published:
        data = message["content"].get("data")
        sent = data.get(MIME) if isinstance(data, dict) else None
        if isinstance(sent, dict) and sent.get("token") == token:
            return sent
    return None


def _judged(name: str, seed: str, reply: dict | None, published: list[dict]) -> ExerciseResult:
    if reply is None:
        errors = [m["content"] for m in published if m["msg_type"] == "error"]
        why = f": {errors[0]['ename']}: {errors[0]['evalue']}"[:200] if errors else ""
        return judging.untried(name, CRASHED, f"the trials sent no result{why}")
    if reply.get("found") != "answer":
        return judging.nothing_there(name, str(reply.get("found")))
    try:
        return judging.mark(name, seed, judging.decode_outcomes(name, seed, reply["outcomes"]))
    except (WireError, KeyError) as error:
        return judging.untried(name, CRASHED, f"the trials sent what is no result: {error}")


def _last_words(error: NbCellError) -> str:
    lines = [line for line in str(error.inner_traceback or error).splitlines() if line.strip()]
    return _ANSI.sub("", lines[-1]).strip()[:200] if lines else "an error"
