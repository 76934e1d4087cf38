"""The workflows and Binder's files cannot run here; what can be known of them is tested."""

import os
import re
import subprocess
import sys
import tomllib

import pytest
import yaml
from browsing import ROOT

from course.project import find_project

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def workflow(name):
    return yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8"))


@pytest.mark.slow
def test_the_workflows_are_what_github_understands():
    pytest.importorskip("check_jsonschema")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]
    command += ["vendor.github-workflows", *map(str, WORKFLOWS)]
    checked = subprocess.run(command, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=[path.stem for path in WORKFLOWS])
def test_a_workflow_asks_for_no_more_rights_than_it_needs(path):
    content = workflow(path.name)
    assert content["permissions"] == {"contents": "read"}
    publishes = path.stem == "release"
    for job in content["jobs"].values():
        assert job["timeout-minutes"] <= 90
        rights = {"pages", "id-token"} | ({"contents"} if publishes else set())
        assert set(job.get("permissions", {})) <= rights
        for step in job["steps"]:
            to_pypi = publishes and step.get("uses", "").startswith("pypa/gh-action-pypi-publish@")
            assert to_pypi or step.get("uses", "actions/").startswith("actions/")


def steps(name):
    return [step for job in workflow(name)["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("path", WORKFLOWS, ids=[path.stem for path in WORKFLOWS])
def test_every_step_is_a_command_of_the_makefile_so_that_it_can_be_run_anywhere(path):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for step in steps(path.name):
        if "run" in step and not step["run"].startswith("gh release create"):
            command = re.fullmatch(r"make ([\w-]+)(\$\{\{ matrix\.versions \}\})?.*", step["run"])
            assert command, step["run"]
            ends = ("lowest", "highest") if command[2] else ("",)
            for end in ends:
                assert re.search(rf"^(.* )?{command[1]}{end}[ :]", makefile, re.MULTILINE)


def test_one_workflow_runs_all_tests_and_one_publishes_the_site():
    jobs = workflow("tests.yml")["jobs"]
    assert jobs["everything"]["steps"][-1]["run"] == "make ci"
    assert re.search(r"^ci:\n\tbash .ci/run$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    build = next(s for s in workflow("site.yml")["jobs"]["build"]["steps"] if "run" in s)
    assert build["run"] == "make site"
    assert build["env"] == {"COURSE_REPOSITORY": "${{ github.repository }}"}
    assert steps("site.yml")[-1]["id"] == "deployment"
    assert workflow("site.yml")["jobs"]["publish"]["needs"] == "build"


def test_what_is_meant_to_run_the_sandboxs_tests_does_not_skip_them():
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    required = re.search(r"^export (.*)$", text, re.MULTILINE)[1].split()
    assert set(required) >= {"COURSE_REQUIRE_SANDBOX=1", "COURSE_REQUIRE_BROWSER=1"}
    assert text.index("export ") < text.index("make test\n")


LOWEST = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
    "requires-python"
].removeprefix(">=")


def test_students_work_on_every_system_and_python():
    matrix = workflow("tests.yml")["jobs"]["student"]["strategy"]["matrix"]
    assert {system.split("-")[0] for system in matrix["os"]} == {"ubuntu", "macos", "windows"}
    assert matrix["python"][0] == LOWEST
    assert matrix["python"] == [f"3.{minor}" for minor in range(11, 15)]


def test_what_runs_once_runs_on_the_lowest_python():
    versions = {
        setup["with"]["python-version"]
        for path in WORKFLOWS
        for setup in steps(path.name)
        if "setup-python" in setup.get("uses", "")
    }
    assert versions == {LOWEST, "${{ matrix.python }}"}
    tried = workflow("tests.yml")["jobs"]["versions"]["strategy"]["matrix"]["include"]
    assert {"python": LOWEST, "versions": "lowest"} in tried


def test_binder_installs_the_course_and_opens_the_first_lesson():
    folder = ROOT / "binder"
    assert (folder / "requirements.txt").read_text(encoding="utf-8") == ".\n"
    name, _, version = (folder / "runtime.txt").read_text(encoding="utf-8").strip().partition("-")
    assert (name, version >= "3.11") == ("python", True)
    assert os.access(folder / "start", os.X_OK)
    command = ["bash", str(folder / "start"), "echo", "jupyter", "lab"]
    started = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    first = find_project(ROOT).lesson_names()[0]
    opened = f"--ServerApp.default_url=/lab/tree/notebooks/{first}.ipynb"
    assert started == ["jupyter", "lab", opened]
