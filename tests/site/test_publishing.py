"""The workflows and Binder's files cannot run here; what can be known of them is tested."""

import os
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
    for job in content["jobs"].values():
        assert job["timeout-minutes"] <= 90
        assert set(job.get("permissions", {})) <= {"pages", "id-token"}
        for step in job["steps"]:
            assert step.get("uses", "actions/").startswith("actions/")


def test_one_workflow_runs_all_tests_and_one_publishes_the_site():
    tests = workflow("tests.yml")["jobs"]["tests"]["steps"]
    assert tests[-1]["run"] == "bash .ci/run"
    steps = workflow("site.yml")["jobs"]["build"]["steps"]
    build = next(step for step in steps if step.get("run") == "make site")
    assert build["env"] == {"COURSE_REPOSITORY": "${{ github.repository }}"}
    assert steps[-1]["with"]["path"] == "dist/site"
    assert workflow("site.yml")["jobs"]["publish"]["needs"] == "build"


def test_the_workflows_use_a_python_that_the_course_runs_on():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lowest = project["requires-python"].removeprefix(">=")
    for path in WORKFLOWS:
        for job in workflow(path.name)["jobs"].values():
            setups = [s for s in job["steps"] if "setup-python" in s.get("uses", "")]
            assert all(step["with"]["python-version"] == lowest for step in setups)


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
