"""A fresh `check`, what it says to an answer, and a notebook to write answers in."""

import re
from collections.abc import Callable, Iterator

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from course.checks.diagnosis import known, variations
from course.checks.message import WIDTH, CheckFailed
from course.checks.self_check import Check

from .trials import Message, plain


@pytest.fixture
def check() -> Check:
    return Check()


@pytest.fixture
def quick(monkeypatch) -> None:
    """The two long searches for a cause are left out: they have tests of their own."""
    monkeypatch.setattr(known, "SECONDS_FOR_PAIRS", -1)
    monkeypatch.setattr(variations, "SECONDS", -1)


@pytest.fixture
def message(check, quick) -> Callable[[str, object], Message]:
    """The message that an answer gets. Only CheckFailed may leave the check, and it must."""

    def message(name: str, answer: object) -> Message:
        with pytest.raises(CheckFailed) as failed:
            getattr(check, name)(answer)
        text = str(failed.value)
        assert len(text.splitlines()) <= 26, text
        assert max(map(len, text.splitlines())) <= WIDTH <= 78, text
        assert text.startswith(f"{name}: ")
        assert len(re.findall(r"(?<=\n)  got .*(?:\n {11}\S.*){2}", text)) == 0, "got is short"
        return Message(text)

    return message


@pytest.fixture
def printed(check, capsys) -> Callable[..., str]:
    """What a line of a cell prints, without colours."""

    def printed(line: str, **variables: object) -> str:
        capsys.readouterr()
        exec(line, {"check": check} | variables)
        return plain(capsys.readouterr().out)

    return printed


@pytest.fixture
def progress(printed) -> Callable[[str], list[str]]:
    """What is said of one's progress in a lesson, line by line."""

    def progress(lesson: str) -> list[str]:
        lines = printed("check.progress(lesson)", lesson=lesson).splitlines()
        return [" ".join(line.split()) for line in lines]

    return progress


@pytest.fixture
def shell(tmp_path, monkeypatch, quick) -> Iterator[InteractiveShell]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell(config=config)
    shell.run_cell("from course.checks.self_check import Check\ncheck = Check()")
    yield shell
    shell.restore_sys_module_state()
