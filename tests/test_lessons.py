"""Every lesson is built as the model lesson says, and holds the numbers it is built on."""

import ast
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

from course.authoring.colab import CELL
from course.checks import EXERCISES
from course.project import find_project

PROJECT = find_project(Path(__file__).parent)
ROOT = PROJECT.root
NAMES = PROJECT.lesson_names()
LESSON_IMPORTS = {
    "course.checks",
    "course.convolution",
    "course.data",
    "course.gradcheck",
    "course.mine",
    "course.nn",
    "course.show",
}
TEACHING_CODE = {"course.convolution", "course.gradcheck", "course.nn"}
TAUGHT_WITHOUT_EXERCISE = {
    "depthwise_separable_backward": "15_dilated_grouped_transposed",
    "dilated_conv_backward": "15_dilated_grouped_transposed",
    "dilated_cost": "15_dilated_grouped_transposed",
    "grouped_conv_backward": "15_dilated_grouped_transposed",
    "grouped_cost": "15_dilated_grouped_transposed",
    "plain_cost": "15_dilated_grouped_transposed",
    "separable_cost": "15_dilated_grouped_transposed",
    "transposed_conv_backward": "15_dilated_grouped_transposed",
    "transposed_cost": "15_dilated_grouped_transposed",
    "Flatten": "11_relu_pooling_softmax",
    "SGD": "12_train_on_digits",
    "Sequential": "12_train_on_digits",
    "accuracy": "12_train_on_digits",
    "confusion_matrix": "12_train_on_digits",
    "owner": "12_train_on_digits",
    "predict": "12_train_on_digits",
    "predict_scores": "12_train_on_digits",
    "small_cnn": "12_train_on_digits",
    "train": "12_train_on_digits",
    "check_gradients": "09_the_convolution_layer",
    "convolve2d": "01_convolution_by_hand",
    "conv_backward_fast": "14_making_it_fast",
    "conv_backward_input_einsum": "08_backward_input",
    "conv_backward_input_matrix": "08_backward_input",
    "conv_backward_input_transposed": "08_backward_input",
}


def cells(name, folder="solutions"):
    return nbformat.read(ROOT / folder / f"{name}.ipynb", as_version=4).cells


def code(name):
    """The code of a lesson; what installs the course is not its own."""
    return [cell for cell in cells(name) if cell.cell_type == "code" and cell.id != CELL]


def prose(name):
    return "\n\n".join(cell.source for cell in cells(name) if cell.cell_type == "markdown")


def exercises(name):
    return [exercise for exercise in EXERCISES.values() if exercise.lesson == name]


def metadata(name):
    path = ROOT / "solutions" / f"{name}.ipynb"
    return nbformat.read(path, as_version=4).metadata["course"]


@pytest.mark.parametrize("name", NAMES)
def test_cells_are_few_and_short(name):
    assert len(code(name)) <= 25
    for cell in code(name):
        lines = [line for line in cell.source.splitlines() if "### " not in line]
        assert max(map(len, lines)) <= 88, max(lines, key=len)
        docstrings = re.findall(r'\n *""".*?"""', cell.source, re.DOTALL)
        assert len(lines) - sum(text.count("\n") for text in docstrings) <= 25, cell.source


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_opens_with_title_question_minutes_goals_and_shapes(name):
    title, question, minutes, *rest = prose(name).split("\n\n")
    assert re.fullmatch(r"# \w.*", title)
    assert question.endswith("?")
    assert "\n" not in question
    assert minutes.startswith(f"{metadata(name)['minutes']} minutes. Builds on:")
    assert 25 <= metadata(name)["minutes"] <= 75
    goals = next(paragraph for paragraph in rest if paragraph.startswith("- "))
    assert len(re.findall(r"^- you can |^- you know ", goals, re.MULTILINE)) == 3
    assert any(paragraph.startswith("| name | shape |") for paragraph in rest[:4])


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_builds_on_lessons_before_it(name):
    for earlier in metadata(name)["builds_on"]:
        assert earlier in NAMES
        assert earlier < name
        assert earlier[:2] in prose(name).split("\n\n")[2]


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_an_exercise_has_three_hints_and_a_check_and_then_the_lesson_goes_on(exercise):
    lesson = cells(exercise.lesson)
    ids = [cell.id for cell in lesson]
    dashed = exercise.name.replace("_", "-")
    start, end = ids.index(f"exercise-{dashed}"), ids.index(f"check-{dashed}")
    hints = re.findall(
        r"<details><summary>Hint (\d): [^<]+</summary>\n\n(.+?)\n\n</details>",
        "\n\n".join(cell.source for cell in lesson[start + 1 : end]),
        re.DOTALL,
    )
    assert [number for number, _ in hints] == ["1", "2", "3"]
    assert lesson[end].source == f"check.{exercise.name}({exercise.answer_name})"


def imported_from_the_course(tree):
    return {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module.startswith("course")
        for alias in node.names
    }


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_after_its_check_a_lesson_goes_on_with_the_courses_version(exercise):
    taken_over = False
    cells_of_exercise = ("exercise", "check", "gradient")
    for cell in code(exercise.lesson):
        tree = ast.parse(cell.source)
        if any(exercise.name in cell.metadata.get(k, "").split() for k in cells_of_exercise):
            assert not taken_over, "the student's own answer is judged, not the course's"
            continue
        taken_over |= exercise.answer_name in imported_from_the_course(tree)
        if not taken_over:
            used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            assert exercise.answer_name not in used, cell.source


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_the_signature_and_docstring_are_left_to_the_student(exercise):
    dashed = exercise.name.replace("_", "-")
    blank = next(c for c in cells(exercise.lesson, "notebooks") if c.id == f"exercise-{dashed}")
    [definition] = ast.parse(blank.source).body
    assert definition.name == exercise.answer_name
    assert isinstance(definition, ast.ClassDef) == exercise.is_a_class
    is_a_class = isinstance(definition, ast.ClassDef)
    assert is_a_class or re.search(
        r"\n\nArgs:\n.*\n\nReturns:\n    ", ast.get_docstring(definition), re.S
    )
    assert len(ast.get_docstring(definition)) > 30


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_has_predictions_and_ends_with_recap_questions_and_reading(name):
    predictions = [c for c in code(name) if "predict" in c.metadata]
    assert len(predictions) >= 2
    assert prose(name).count("> **Predict.**") == len(predictions)
    heading = "## When a check fails" if name == "00_start_here" else "## Break it"
    assert heading in prose(name)
    recap = prose(name).partition("## Recap")[2]
    assert len(re.findall(r"^- ", recap, re.MULTILINE)) == 3
    assert re.findall(r"<summary>(\d)\. ", recap) == ["1", "2"]
    assert "Further reading:" in recap
    reading = recap.partition("Further reading:")[2].split("\n\n")[0]
    for work in reading.split(";"):
        assert re.search(r"\[[^\]]+\]\(https://[^\s)]+\)", work), work


@pytest.mark.parametrize("name", NAMES)
def test_every_exercise_says_how_difficult_it_is_and_how_long_it_takes(name):
    said = re.findall(
        r"^\*\*Exercise\*\* \(difficulty [123] of 3, about (\d+) minutes", prose(name), re.M
    )
    blanks = [cell for cell in code(name) if {"exercise", "blank"} & set(cell.metadata)]
    assert len(said) == len(blanks) == prose(name).count("**Exercise")
    assert sum(map(int, said)) < metadata(name)["minutes"]


@pytest.mark.parametrize("name", NAMES)
def test_prose_is_plain_enough_for_every_viewer(name):
    assert not re.search(r"^(:::|```\{)|\{\w+\}`", prose(name), re.MULTILINE)
    assert not re.search("[\u2500-\u259f\u2700-\u27bf\U0001f300-\U0001faff]", prose(name))
    assert prose(name).count("<details>") == prose(name).count("</details>")


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_used_before_it_is_taught(name):
    taught = {e.answer_name for e in EXERCISES.values() if e.lesson < name}
    taught |= {word for word, lesson in TAUGHT_WITHOUT_EXERCISE.items() if lesson <= name}
    for cell in code(name):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.ImportFrom) and node.module in TEACHING_CODE:
                assert {alias.name for alias in node.names} <= taught, cell.source
            if isinstance(node, ast.ImportFrom):
                assert node.module in LESSON_IMPORTS
        if "check" in cell.metadata:
            taught.add(EXERCISES[cell.metadata["check"]].answer_name)


def from_mine(name):
    """The student's answers that a lesson works with, and its last cell that asks for some."""
    asking = [
        (node, cell)
        for cell in code(name)
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.ImportFrom) and node.module == "course.mine"
    ]
    names = {alias.name for node, _ in asking for alias in node.names}
    return names, asking[-1][1] if asking else None


SHOW_NOTHING = {
    *("00_start_here", "10_bug_clinic", "13_what_the_network_sees"),
    "15_dilated_grouped_transposed",
}
"""They have nothing to show yet, or as many cells as a lesson may have."""


@pytest.mark.parametrize("name", [n for n in NAMES if exercises(n) and n not in SHOW_NOTHING])
def test_a_lesson_works_with_what_the_student_has_written_in_it(name):
    own, last = from_mine(name)
    earlier = {e.answer_name for e in EXERCISES.values() if e.lesson <= name}
    assert own
    assert own <= earlier
    if name[:2] not in ("12", "17"):  # they work with the layers of the lessons before them
        assert own <= {exercise.answer_name for exercise in exercises(name)}
        assert last.id == code(name)[-1].id
        assert "shows" in last.metadata


@pytest.mark.parametrize(("name", "following"), list(pairwise(NAMES)))
def test_a_lesson_ends_with_a_link_to_the_next(name, following):
    *_, last = prose(name).split("\n\n")
    title = prose(following).split("\n\n")[0].removeprefix("# ")
    assert last == f"Next: [{title}]({following}.ipynb)"
    assert (ROOT / "notebooks" / f"{following}.ipynb").is_file()


FACTS = {
    "01_convolution_by_hand": [
        "[0, 1, 2, 4, 5, 6, 8, 9, 10]",
        "[1, 2, 3, 5, 6, 7, 9, 10, 11]",
        "[4, 5, 6, 8, 9, 10, 12, 13, 14]",
        "[5, 6, 7, 9, 10, 11, 13, 14, 15]",
        "[[6, 3], [-6, -9]]",
    ],
    "03_im2col": [
        "[6, 3, -6, -9]",
        "[[0, 2, 4, 3], [8, 20, 24, 14]]",
        "[[16, 36, 40, 22], [12, 26, 28, 15]]",
        "(4, 27)",
    ],
    "04_channels_filters_batches": [
        "[[10197, 10548], [11601, 11952]]",
        "[[25506, 26586], [29826, 30906]]",
        "(2, 4, 5, 5)",
    ],
    "05_one_big_sparse_matrix": ["[6, 3, -6, -9]"],
    "17_a_network_from_the_outside": ["0.999997", "0.0758", "[198, 145, 356, 303]"],
}


@pytest.mark.parametrize("name", FACTS)
def test_the_running_examples_are_asserted(name):
    asserted = "\n".join(
        ast.unparse(node)
        for cell in code(name)
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Assert)
    )
    for number in FACTS[name]:
        assert number in asserted


def test_the_code_of_the_lessons_is_tidy():
    notebooks = [str(ROOT / "solutions" / f"{name}.ipynb") for name in NAMES]
    ruff = [sys.executable, "-m", "ruff"]
    rules = ["--select=E,F,W,I,B,UP", "--line-length=88", "--no-force-exclude", "--isolated"]
    rules += ["--ignore=E402,B018,F811,E741,F704"]  # notebooks show values and import again
    checked = subprocess.run([*ruff, "check", *rules, *notebooks], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout
    formatted = subprocess.run(
        [*ruff, "format", "--check", "--diff", "--isolated", "--line-length=88", *notebooks],
        capture_output=True,
        text=True,
    )
    assert formatted.returncode == 0, formatted.stdout
