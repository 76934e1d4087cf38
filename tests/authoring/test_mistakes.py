"""Mistakes as edits of a lesson's solution: read, checked, and refused where they do not fit."""

import numpy as np
import pytest

from course.authoring.lesson import read_lesson
from course.authoring.mistakes import MistakeError, mistakes_of
from course.checks import mistakes as runtime
from course.project import Project, find_project

LESSON = """\
---
course: {minutes: 5, builds_on: []}
---

```{code-cell} ipython3
import numpy as np
from course.convolution import output_size, pad2d

TABLE = {"unused": 1}
offset = 0
```

```{code-cell} ipython3
:exercise: total
def total(x):
    \"\"\"The sum.\"\"\"
    ### BEGIN SOLUTION
    result = np.float64(offset)
    for i in range(len(x)):
        result += x[i]
    return result
    ### END SOLUTION
```
"""
ANOTHER = """\
# total

## another solution: NumPy's own

    def total(x):
        return np.sum(x)

"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "lessons").mkdir()
    (tmp_path / "lessons" / "90_short.md").write_text(LESSON, encoding="utf-8")
    return Project(tmp_path)


@pytest.fixture
def read(project, monkeypatch):
    """What is known of `total` when the file of mistakes says this."""
    monkeypatch.setattr("course.authoring.lesson._check_exercises", lambda *arguments: None)
    monkeypatch.setattr("course.authoring.lesson._cell_metadata", lambda cell: dict(cell.metadata))

    def read(text):
        (project.lessons / "90_short.mistakes.md").write_text(text, encoding="utf-8")
        notebook = read_lesson(project.lessons / "90_short.md")
        return runtime._known("total", mistakes_of(project, "90_short", notebook)["total"])

    return read


X = np.array([1.0, 2.0, 4.0])


def results(mistake):
    return [function(X) for function in mistake.functions]


def test_a_lesson_without_such_a_file_has_no_mistakes(project, monkeypatch):
    monkeypatch.setattr("course.authoring.lesson._check_exercises", lambda *arguments: None)
    monkeypatch.setattr("course.authoring.lesson._cell_metadata", lambda cell: dict(cell.metadata))
    assert mistakes_of(project, "90_short", read_lesson(project.lessons / "90_short.md")) == {}


def test_a_file_of_mistakes_is_not_taken_for_a_lesson(project, read):
    read(ANOTHER)
    assert project.lesson_names() == ["90_short"]


def test_the_solution_has_neither_markers_nor_docstring_and_finds_what_its_cells_define(read):
    [lessons_own, _] = read(ANOTHER).solutions
    assert "###" not in lessons_own.text
    assert '"""' not in lessons_own.text
    assert lessons_own.context == "import numpy as np\noffset = 0\n"
    assert lessons_own.answer(lessons_own.text, "total")(X) == 7


def test_an_edit_in_a_line(read):
    [mistake] = read("# total\n\n## last only\n\n    += -> =\n\nOnly\nthe last counts.\n").mistakes
    assert (mistake.name, mistake.explanation) == ("last only", "Only the last counts.")
    assert results(mistake) == [4]


def test_lines_may_be_replaced_and_keep_their_place_below_one_another(read):
    text = "# total\n\n## in the loop\n\n    return result\n    ->\n        return result\n\nWhy.\n"
    [mistake] = read(text).mistakes
    assert "        return result\n" in mistake.forms[0].text
    assert results(mistake) == [1]


def test_several_edits_are_made_together(read):
    text = "# total\n\n## both\n\n    range(len(x)) -> range(1, len(x))\n    += -> -=\n\nWhy.\n"
    [mistake] = read(text).mistakes
    assert results(mistake) == [-6]


def test_an_edit_is_made_in_every_solution_that_it_fits_and_alternatives_are_forms(read):
    text = ANOTHER + "## mean\n\n    np.sum(x) -> np.mean(x)\n\nor\n\n    return result ->"
    [mistake] = read(text + " return result / len(x)\n\nWhy.\n").mistakes
    assert results(mistake) == pytest.approx([7 / 3, 7 / 3])
    assert [form.solution.text[:20] for form in mistake.forms] == ["def total(x):\n    re"] * 2
    assert mistake.explanation == "Why."


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ("    product -> sum\n", "'product' occurs 0 times"),
        ("    result -> sum\n", "'result' occurs 3 times"),
        ("    return result -> return (\n", "is no Python"),
        ("    result += -> result =\n    += -> -=\n", "two of its edits change the same place"),
        ("    no arrow here\n", "no arrow in the edit"),
        ("    product\n    ->\n    sum\n    x\n", "'product' and what follows occurs 0 times"),
        ("    return result -> return totl\n", "it has nothing that is called totl"),
        ("", "a mistake is edits and a sentence"),
    ],
)
def test_an_edit_that_does_not_fit_fails_by_the_mistakes_name(read, edit, words):
    with pytest.raises(MistakeError) as refused:
        read(f"# total\n\n## does not fit\n\n{edit}\nWhy.\n")
    assert "90_short.mistakes.md: total: does not fit" in str(refused.value)
    assert words in str(refused.value)


def test_a_mistake_without_a_sentence_for_the_student_is_refused(read):
    with pytest.raises(MistakeError, match="a sentence for the student"):
        read("# total\n\n## last only\n\n    += -> =\n")


def test_an_unknown_exercise_and_what_is_no_edit_are_refused(read):
    with pytest.raises(MistakeError, match="the lesson has no exercise 'sum'"):
        read("# sum\n\n## last only\n\n    += -> =\n\nWhy.\n")
    with pytest.raises(MistakeError, match="does not belong here"):
        read("# total\n\n## last only\n\n```\n+= -> =\n```\n\nWhy.\n")


@pytest.mark.slow
def test_every_committed_file_of_mistakes_fits_its_lesson():
    project = find_project()
    for name in project.lesson_names():
        mistakes_of(project, name, read_lesson(project.lessons / f"{name}.md"))


def test_a_mistake_takes_six_lines_at_the_most_on_the_average():
    files = sorted(find_project().lessons.glob("*.mistakes.md"))
    texts = [path.read_text(encoding="utf-8") for path in files]
    lines = sum(bool(line.strip()) for text in texts for line in text.splitlines())
    solutions = sum(text.count("\n## another solution") for text in texts)
    headings = sum(text.count("\n## ") for text in texts)
    print(f"{lines} lines, {headings - solutions} mistakes, {solutions} other solutions")
    assert lines <= 6 * headings
