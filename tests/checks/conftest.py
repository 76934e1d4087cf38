"""A fresh `check`, what it says to an answer, and cells to write answers in."""

import linecache
import textwrap
from collections.abc import Callable, Iterator

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from course.checks.diagnosis import known, variations
from course.checks.message import WIDTH, CheckFailed
from course.checks.self_check import Check


@pytest.fixture
def check() -> Check:
    return Check()


@pytest.fixture
def message(check, monkeypatch) -> Callable[[str, object], str]:
    """The message that an answer gets. Only CheckFailed may leave the check, and it must.

    The two long searches for a cause are left out: they have tests of their own.
    """
    monkeypatch.setattr(known, "SECONDS_FOR_PAIRS", -1)
    monkeypatch.setattr(variations, "SECONDS", -1)

    def message(name: str, answer: object) -> str:
        with pytest.raises(CheckFailed) as failed:
            getattr(check, name)(answer)
        text = str(failed.value)
        assert len(text.splitlines()) <= 26, text
        assert max(map(len, text.splitlines())) <= WIDTH <= 78, text
        assert text.startswith(f"{name}: ")
        return text

    return message


@pytest.fixture
def cell() -> Iterator[Callable[[str], Callable]]:
    """Defines the function `answer` in a cell, as a notebook would: its lines can be looked up."""
    names = []

    def define(source: str) -> Callable:
        source = textwrap.dedent(source).lstrip("\n")
        names.append(f"<cell {len(names)}>")
        linecache.cache[names[-1]] = (len(source), None, source.splitlines(True), names[-1])
        variables: dict = {"__name__": "__main__"}
        exec(compile(source, names[-1], "exec"), variables)
        return variables["answer"]

    yield define
    for name in names:
        del linecache.cache[name]


@pytest.fixture
def shell(tmp_path, monkeypatch) -> Iterator[InteractiveShell]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell(config=config)
    shell.run_cell("from course.checks.self_check import Check\ncheck = Check()")
    yield shell
    shell.restore_sys_module_state()
