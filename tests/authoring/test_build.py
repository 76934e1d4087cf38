"""Building gives the same bytes every time, and notices what does not match."""

import json
import shutil
from pathlib import Path

import pytest

from course.authoring.build import build, differences, strangers
from course.authoring.lesson import LessonError
from course.project import Project, find_project

ROOT = find_project(Path(__file__).parent).root
LESSON = """\
---
kernelspec: {name: python3, display_name: Python 3}
course: {minutes: 25, builds_on: []}
---

# A throw-away lesson

```{code-cell} ipython3
import numpy as np
from course.show import draw_step, show

x = np.arange(4).reshape(2, 2)
show(x, "x", window=(0, 0, 1, 2))
draw_step(x, x)
```

```{code-cell} ipython3
---
predict: sum
foreseen:
  "4": "One entry is left out."
  "0": "The products are not asked for."
---
guess = ...
### BEGIN SOLUTION
guess = 6
### END SOLUTION
```

```{code-cell} ipython3
from course.checks import check

check.predicted("sum", guess, x.sum())
```

```{code-cell} ipython3
:tags: [nbval-ignore-output]
import time
print(time.time())
```
"""


@pytest.fixture
def project(tmp_path):
    """A checkout with one short lesson that has no exercise."""
    shutil.copytree(ROOT / "course", tmp_path / "course")
    for name in ("lessons", "site"):
        (tmp_path / name).mkdir()
    shutil.copy(ROOT / "site" / "address.toml", tmp_path / "site")
    (tmp_path / "lessons" / "90_throw_away.md").write_text(LESSON, encoding="utf-8")
    return Project(tmp_path)


def built_bytes(project):
    files = sorted([*project.notebooks.glob("*"), *project.solutions.glob("*")])
    return {file: file.read_bytes() for file in files}


@pytest.mark.slow
def test_building_twice_gives_the_same_bytes(project):
    assert build(project, "90_throw_away")
    first = built_bytes(project)
    assert len(first) == 2
    assert build(project, "90_throw_away", force=True)
    assert built_bytes(project) == first


@pytest.mark.slow
def test_a_lesson_is_run_again_only_when_something_has_changed(project):
    build(project, "90_throw_away")
    assert not build(project, "90_throw_away")
    code = project.root / "course" / "convolution" / "geometry.py"
    code.write_text(code.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    assert build(project, "90_throw_away")
    source = project.lessons / "90_throw_away.md"
    source.write_text(LESSON.replace("throw-away", "thrown away"), encoding="utf-8")
    assert build(project, "90_throw_away")
    notebook = project.notebooks / "90_throw_away.ipynb"
    notebook.write_text(notebook.read_text(encoding="utf-8").replace("guess", "gu3ss"), "utf-8")
    assert build(project, "90_throw_away")
    assert list(differences(project, "90_throw_away")) == []


@pytest.mark.slow
def test_what_is_stored_says_nothing_of_this_machine(project):
    build(project, "90_throw_away")
    solved = json.loads((project.solutions / "90_throw_away.ipynb").read_text(encoding="utf-8"))
    assert solved["metadata"]["language_info"] == {"file_extension": ".py", "name": "python"}
    _, first, predicted, _, timed = (c for c in solved["cells"] if c["cell_type"] == "code")
    assert "\x1b[43m" in first["outputs"][0]["text"][1]
    assert first["outputs"][1]["data"]["text/plain"][0].startswith("Step for the output [0, 0]")
    assert "guess = 6" in "".join(predicted["source"])
    assert timed["outputs"] == []
    assert str(project.root) not in json.dumps(solved)


@pytest.mark.slow
def test_a_lesson_whose_solved_cell_fails_does_not_build(project):
    source = project.lessons / "90_throw_away.md"
    source.write_text(LESSON.replace("import time", "assert 1 == 2"), encoding="utf-8")
    with pytest.raises(LessonError, match=r"(?s)90_throw_away: a solved cell fails.*1 == 2"):
        build(project, "90_throw_away")
    assert built_bytes(project) == {}


@pytest.fixture
def committed(tmp_path):
    """A copy of everything that is committed, with nothing built."""
    for folder in ("course", "lessons", "notebooks", "site", "solutions"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return Project(tmp_path)


@pytest.mark.slow
def test_the_committed_notebooks_are_what_the_lessons_give():
    project = find_project(Path(__file__).parent)
    found = [line for name in project.lesson_names() for line in differences(project, name)]
    assert found == []


def change_source(notebook):
    notebook["cells"][2]["source"][0] = notebook["cells"][2]["source"][0].replace("p", "q", 1)


def change_prose(notebook):
    notebook["cells"][0]["source"][0] += "."


def change_cell_metadata(notebook):
    next(c for c in notebook["cells"] if "check" in c["metadata"])["metadata"]["editable"] = True


def change_points(notebook):
    check = next(c for c in notebook["cells"] if "check" in c["metadata"])
    check["metadata"]["nbgrader"]["points"] += 1


def change_notebook_metadata(notebook):
    notebook["metadata"]["course"]["minutes"] += 1


def change_id(notebook):
    notebook["cells"][2]["id"] += "x"


def add_cell(notebook):
    notebook["cells"].append(dict(notebook["cells"][0], id="another"))


def remove_cell(notebook):
    del notebook["cells"][-1]


def change_format(notebook):
    notebook["nbformat_minor"] = 4


@pytest.mark.parametrize("folder", ["notebooks", "solutions"])
@pytest.mark.parametrize(
    "change",
    [
        change_source,
        change_prose,
        change_cell_metadata,
        change_points,
        change_notebook_metadata,
        change_id,
        add_cell,
        remove_cell,
        change_format,
    ],
)
@pytest.mark.slow
def test_a_change_by_hand_is_noticed(committed, folder, change):
    path = committed.root / folder / "02_stride_padding_size.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    change(notebook)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    found = list(differences(committed, "02_stride_padding_size"))
    assert found
    assert all(line.startswith(f"{folder}/02_stride_padding_size.ipynb: ") for line in found)


def test_outputs_and_counts_of_solved_notebooks_are_left_to_nbval(committed):
    path = committed.solutions / "00_start_here.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"][1]["outputs"] = []
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert list(differences(committed, "00_start_here")) == []


def test_outputs_in_a_student_notebook_are_noticed(committed):
    path = committed.notebooks / "00_start_here.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    next(c for c in notebook["cells"] if c["cell_type"] == "code")["execution_count"] = 1
    path.write_text(json.dumps(notebook), encoding="utf-8")
    [line] = differences(committed, "00_start_here")
    assert "execution_count" in line


def test_a_missing_and_a_strange_notebook_are_noticed(committed):
    (committed.notebooks / "01_convolution_by_hand.ipynb").rename(
        committed.notebooks / "77_unknown.ipynb"
    )
    [line] = differences(committed, "01_convolution_by_hand")
    assert "cannot be read" in line
    assert list(strangers(committed)) == ["notebooks/77_unknown.ipynb: belongs to no lesson"]
