"""What the project says of itself is true: its commands, versions, layers and style."""

import ast
import re
import runpy
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import click
import pytest
import yaml

from course import cli
from course.checks import EXERCISES
from course.project import find_project

PROJECT = find_project(Path(__file__).parent)
ROOT = PROJECT.root
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONDA_NAMES = {"matplotlib": "matplotlib-base", "jupyter-client": "jupyter_client"}
DOCUMENTS = (
    *("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "SECURITY.md", "CHANGELOG.md"),
    ".github/PULL_REQUEST_TEMPLATE.md",
)
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*-*.yml"))


def committed_files():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def requirement(text):
    name, versions = re.fullmatch(r"([\w.-]+)(.*)", text).groups()
    return name, versions


def test_conda_users_get_what_pip_users_get():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    listed = [line for line in environment["dependencies"] if isinstance(line, str)]
    conda = dict(requirement(line) for line in listed)
    assert conda.pop("python") == PYPROJECT["project"]["requires-python"]
    assert conda.pop("pip") == ""
    pip = dict(requirement(line) for line in PYPROJECT["project"]["dependencies"])
    assert conda == {CONDA_NAMES.get(name, name): versions for name, versions in pip.items()}
    assert {"pip": ["-e ."]} in environment["dependencies"]


def test_every_requirement_is_a_range_with_two_ends():
    extras = PYPROJECT["project"]["optional-dependencies"]
    assert {"test", "instructor", "site"} <= set(extras)
    for text in chain(PYPROJECT["project"]["dependencies"], *extras.values()):
        assert re.fullmatch(r"[\w.-]+>=[\d.]+,<[\d.]+", text), text


EXTRAS = PYPROJECT["project"]["optional-dependencies"]
CALLED = {"PIL": "pillow", "jupyter_client": "jupyter-client", "markdown_it": "markdown-it-py"}
CALLED |= {"mdit_py_plugins": "mdit-py-plugins", "py_mini_racer": "mini-racer"}
BROUGHT_ALONG = {"pytest", "zmq", "IPython"}
"""By nbval, jupyter-client and ipykernel: pytest and what a kernel is made of."""
STARTED = {"jupyterlab"}


def imported_packages(*parts):
    """The distributions that these parts of the package import."""
    found = set()
    for path in chain.from_iterable((ROOT / "course").glob(part) for part in parts):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            found |= {name.split(".")[0] for name in names}
    own = {"course", "course_inside", *sys.stdlib_module_names}
    return {CALLED.get(name, name) for name in found - own - BROUGHT_ALONG}


def names(requirements):
    return {requirement(text)[0] for text in requirements}


def test_students_install_what_their_part_imports_and_nothing_else():
    needed = names(PYPROJECT["project"]["dependencies"])
    own = {p.name for p in (ROOT / "course").iterdir() if p.is_dir()} - {"authoring", "grading"}
    imported = imported_packages("*.py", *(f"{name}/**/*.py" for name in own))
    imported -= {"sklearn", "torch"}  # make_digits.py and make_pnet.py, which have made the data
    assert imported == needed - STARTED


@pytest.mark.parametrize(
    ("extra", "parts"), [("instructor", "grading/**/*.py"), ("authoring", "authoring/*.py")]
)
def test_an_extra_adds_what_its_part_imports_and_nothing_else(extra, parts):
    added = names(EXTRAS[extra])
    assert added <= imported_packages(parts)
    assert imported_packages(parts) <= added | names(PYPROJECT["project"]["dependencies"])


GROUPED = """
import os, pathlib, pytest

@pytest.mark.xdist_group("one")
@pytest.mark.parametrize("number", range(8))
def test_where(number):
    pathlib.Path(f"worker-{os.environ['PYTEST_XDIST_WORKER']}").touch()
"""


@pytest.mark.slow
def test_tests_of_one_group_run_in_one_worker(tmp_path):
    (tmp_path / "test_grouped.py").write_text(GROUPED, encoding="utf-8")
    pytest_here = [
        sys.executable,
        "-m",
        "pytest",
        "-n2",
        "--dist=loadgroup",
        f"--rootdir={tmp_path}",
    ]
    subprocess.run([*pytest_here, "test_grouped.py"], cwd=tmp_path, check=True, capture_output=True)
    assert len(list(tmp_path.glob("worker-*"))) == 1


def make_commands():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    lines = re.findall(r"^([a-z][a-z -]*):(?!=)", makefile, re.MULTILINE)
    return {name for line in lines for name in line.split()}


def test_every_make_command_that_is_documented_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets, found = make_commands(), set()
    for document in (*DOCUMENTS, ".ci/run", ".github/workflows/release.yml"):
        text = (ROOT / document).read_text(encoding="utf-8")
        used = set(re.findall(r"(?:^|`|run: )(?:\w+=\S+ )*make ([\w-]+)", text, re.MULTILINE))
        assert used <= targets, document
        found |= used
    assert len(found) > len(targets) / 2
    helped = set(re.findall(r'@echo "make ([\w-]+)', makefile))
    assert helped == targets - {"help"}


def documented_course_commands():
    """(where, words) of every `course ...` in the documents, on the site and in the lessons."""
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in DOCUMENTS}
    pages = [*PROJECT.lessons.glob("*.md"), *(ROOT / "site" / "pages").rglob("*.md")]
    texts |= {path.name: path.read_text(encoding="utf-8") for path in pages}
    for where, text in texts.items():
        for words in re.findall(r"(?:`|^(?:\$ )?)course ([a-z][^`#\n]*)", text, re.MULTILINE):
            yield where, words.split()


@pytest.mark.parametrize(("where", "words"), list(documented_course_commands()))
def test_every_course_command_that_is_documented_exists(where, words):
    command = cli.main.commands[words[0]]
    options = {opt for p in command.params if isinstance(p, click.Option) for opt in p.opts}
    takes_lessons = words[0] not in ("grade", "release", "report", "start")
    for word in words[1:]:
        if word.startswith("-"):
            assert word in options
        elif takes_lessons:
            assert PROJECT.choose([word])
        elif words[0] == "report":
            assert word in EXERCISES


def test_the_readme_lists_the_lessons_as_they_are():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d\d) \| (.+?) \| (.+?) \| (\d+) \| (\d+) \|$", readme, re.MULTILINE)
    expected = []
    for name in PROJECT.lesson_names():
        text = (PROJECT.lessons / f"{name}.md").read_text(encoding="utf-8")
        minutes = re.search(r"minutes: (\d+)", text).group(1)
        title, question = re.search(r"^# (.+)\n\n(.+)$", text, re.MULTILINE).groups()
        points = sum(e.points for e in EXERCISES.values() if e.lesson == name)
        expected.append((name[:2], title, question, minutes, str(points)))
    assert rows == expected


def test_every_path_in_the_documents_exists():
    found = 0
    for document in DOCUMENTS:
        text = (ROOT / document).read_text(encoding="utf-8")
        paths = re.findall(r"`((?:course|tests|lessons|notebooks|solutions)/[\w/.]*)`", text)
        paths += re.findall(r"\]\(([\w/.-]+)(?:#[\w-]+)?\)", text)  # links to files
        for path in paths:
            assert (ROOT / path.replace("NN_name", "03_im2col")).exists() or "NN" in path, path
        found += len(paths)
    assert found > 30


def heading_ids(document):
    """What links may point to within a document, made as GitHub makes it."""
    headings = re.findall(r"^#+ (.+)$", (ROOT / document).read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_link_to_a_heading_finds_it():
    links = [
        (match[1] or document, match[2])
        for document in DOCUMENTS
        for match in re.finditer(
            r"\]\(([\w/.-]*)#([\w-]+)\)", (ROOT / document).read_text(encoding="utf-8")
        )
    ]
    assert len(links) >= 2
    for document, heading in links:
        assert heading in heading_ids(document), (document, heading)


def newest_version():
    """The newest heading of the list of changes: its version and its date."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    return re.findall(r"^## (\S+), (\S+)$", text, re.MULTILINE)[0]


def test_all_files_name_one_version():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert PYPROJECT["project"]["version"] == newest_version()[0] == cited["version"]
    assert set(cited["license"]) == set(PYPROJECT["project"]["license"].split(" AND "))
    required = {"cff-version", "message", "title", "authors"}
    assert required <= set(cited)


NOTES = runpy.run_path(str(ROOT / ".ci" / "release_notes.py"))["notes"]
CHANGES = "# Changes\n\n## 2.1.0, 2030-01-02\n\n- Newer.\n\n## 2.0.0, 2029-01-02\n\n- Older.\n"


def test_a_release_says_what_has_changed_since_the_last():
    assert NOTES("v2.1.0", "2.1.0", CHANGES) == "- Newer.\n"
    only = CHANGES.partition("\n## 2.0.0")[0]
    assert NOTES("v2.1.0", "2.1.0", only) == "- Newer.\n"


@pytest.mark.parametrize(
    ("tag", "version", "changes", "said"),
    [
        ("v2.0.0", "2.1.0", CHANGES, "one version"),
        ("2.1.0", "2.1.0", CHANGES, "one version"),
        ("v2.1.0", "2.0.0", CHANGES, "one version"),
        ("v2.2.0", "2.2.0", CHANGES, "begins with 2.1.0"),
        ("v2.1.0", "2.1.0", CHANGES.replace("2030-01-02", "unreleased"), "no date for 2.1.0"),
    ],
)
def test_a_tag_that_is_no_finished_version_is_not_released(tag, version, changes, said):
    with pytest.raises(ValueError, match=said):
        NOTES(tag, version, changes)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_asks_for_what_is_needed_and_is_one_that_github_reads(path):
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert {"name", "description", "body"} <= set(form)
    fields = [part for part in form["body"] if part["type"] in ("input", "textarea")]
    assert len(fields) + sum(part["type"] == "markdown" for part in form["body"]) == len(
        form["body"]
    )
    assert len({field["id"] for field in fields}) == len(fields) >= 2
    for field in fields:
        assert field["attributes"]["label"]
        assert field["validations"] == {"required": True}
    commands = re.findall(r"`course (\w+)", path.read_text(encoding="utf-8"))
    assert set(commands) <= set(cli.main.commands)


def test_three_kinds_of_report_have_a_form():
    assert [path.stem for path in FORMS] == ["refused-answer", "unnamed-mistake", "wrong-sentence"]


def test_before_a_commit_run_the_commands_that_the_tests_run():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    [local] = config["repos"]
    entries = [hook["entry"].removeprefix(".venv/bin/python -m ") for hook in local["hooks"]]
    assert {entry.split()[0] for entry in entries} == {"ruff", "mypy", "course"}
    tests = Path(__file__).read_text(encoding="utf-8")
    for words in ('"ruff", "check"', '"ruff", "format"', '"mypy"'):
        assert f"run({words}" in tests
    assert "course build --check" in entries


ALLOWED = {
    "gradcheck": set(),
    "nn": {"convolution", "gradcheck"},
    "convolution": set(),
    "data": {"convolution"},
    "examples": set(),
    "project": set(),
    "handed_out": {"project"},
    "terminal": {"project"},
    "show": {"convolution"},
    "log": {"project"},
    "checks": {"convolution", "examples", "gradcheck", "log", "nn", "project", "show"},
    "mine": {"checks", "log"},
    "running": {"checks", "handed_out", "project", "show"},
    "progress": {"checks", "handed_out", "project", "running"},
    "authoring": {
        *("checks", "convolution", "examples", "handed_out", "log", "progress", "project"),
        *("running", "show"),
    },
    "grading": {"checks", "handed_out", "project", "running"},
    "commands_for_authors": {"authoring", "project", "terminal"},
    "commands_for_instructors": {"grading", "terminal"},
    "jupyterlab": {"checks"},
    "lab": {"jupyterlab", "project"},
    "start": {"handed_out", "project"},
    "report": {"checks", "progress", "project", "running"},
    "cli": {
        *("authoring", "checks", "lab", "log", "progress", "project", "report", "start"),
        "terminal",
    },
    "__main__": {"cli"},
    "__init__": set(),
}


def imported_parts(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("course"):
            below = node.module.split(".")[1:2]
            yield from below or [alias.name for alias in node.names]


@pytest.mark.parametrize("part", ALLOWED)
def test_imports_run_one_way(part):
    folder = ROOT / "course" / part
    files = folder.rglob("*.py") if folder.is_dir() else [folder.with_suffix(".py")]
    for path in files:
        assert set(imported_parts(path)) <= ALLOWED[part] | {part}, path


def test_every_part_of_the_package_has_its_place():
    parts = {p.stem for p in (ROOT / "course").iterdir() if p.suffix == ".py" or p.is_dir()}
    assert parts - {"__pycache__"} == set(ALLOWED)


STANDARD = {*sys.stdlib_module_names, "numpy", "course"}


def test_the_convolution_package_needs_numpy_and_for_its_threads_one_library_more():
    for path in (ROOT / "course" / "convolution").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                allowed = STANDARD | ({"threadpoolctl"} if path.stem == "threads" else set())
                assert name.split(".")[0] in allowed, path


def test_no_committed_file_names_a_path_of_a_machine():
    pattern = re.compile(r"/(?:root|home(?!/student)|Users|work|tmp)/\w|[A-Z]:\\\\Users")
    harmful = ROOT / "tests/grading/hostile.py"  # reaches for places that every machine has
    for path in set(committed_files()) - {harmful}:
        text = path.read_bytes().decode("utf-8", errors="ignore")
        assert not pattern.search(text), path


def run(*words):
    return subprocess.run([sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True)


def test_ruff_finds_nothing():
    checked = run("ruff", "check", ".")
    assert checked.returncode == 0, checked.stdout
    formatted = run("ruff", "format", "--check", "--diff", ".")
    assert formatted.returncode == 0, formatted.stdout


@pytest.mark.slow
def test_mypy_finds_nothing():
    checked = run("mypy")
    assert checked.returncode == 0, checked.stdout


@pytest.mark.slow
def test_strict_mypy_finds_nothing_in_what_students_read_and_what_judges_them():
    packages = [f"--package=course.{name}" for name in ("convolution", "nn", "checks")]
    checked = run("mypy", "--strict", *packages, "--package=course.gradcheck")
    assert checked.returncode == 0, checked.stdout
