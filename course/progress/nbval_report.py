"""A pytest plugin: one line of JSON for every cell that nbval has run.

Loaded into a pytest of its own by `course.progress.notebook_run`.
"""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that says where to write."""
    parser.addoption("--cell-report", type=Path, help="file to write a line per cell to")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Write down what became of a cell as soon as it is known."""
    report = yield
    file = item.config.getoption("--cell-report")
    if file is not None and hasattr(item, "cell") and (report.when == "call" or report.failed):
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(_describe(item, report, call.excinfo)) + "\n")
    return report


def _describe(item: Any, report: pytest.TestReport, excinfo: Any) -> dict[str, Any]:
    outputs = getattr(item, "test_outputs", None) or []
    errors = [output for output in outputs if output.output_type == "error"]
    message = "\n".join(errors[0].traceback) if errors else str(excinfo.value if excinfo else "")
    return {
        "id": item.cell.get("id", ""),
        "check": item.cell.metadata.get("check"),
        "passed": report.passed,
        "error": errors[0].ename if errors else type(excinfo.value).__name__ if excinfo else "",
        "message": message,
    }
