"""A source becomes a notebook with ids and metadata, or a clear error."""

import pytest

from course.authoring.lesson import LessonError, read_lesson
from course.checks import EXERCISES
from course.project import CourseError

HEAD = """\
---
kernelspec: {name: python3, display_name: Python 3}
course:
  minutes: 25
  builds_on: []
---

# A lesson

Some text.
"""
CODE = "\n```{{code-cell}} ipython3\n{}\n```\n"
EXERCISE = CODE.format(
    ":exercise: dot_product\n:points: 1\n"
    "def dot_product(a, b):\n    ### BEGIN SOLUTION\n    return sum(a * b)\n    ### END SOLUTION"
)
CHECK = CODE.format(":check: dot_product\ncheck.dot_product(dot_product)")


@pytest.fixture
def lesson(tmp_path):
    """Read a lesson from its text; by its name it may have the exercise of lesson 00."""

    def read(text, name="00_start_here"):
        path = tmp_path / f"{name}.md"
        path.write_text(text, encoding="utf-8")
        return read_lesson(path)

    return read


def test_cells_keep_their_ids_when_others_come_and_go(lesson):
    one, other = CODE.format("a = 1"), CODE.format("b = 2")
    before = lesson(HEAD + one + "\nProse.\n" + other + EXERCISE + CHECK)
    after = lesson(HEAD + CODE.format("new = 0") + one + "\nProse.\n" + other + EXERCISE + CHECK)
    ids = [cell.id for cell in after.cells]
    assert [cell.id for cell in before.cells] == ids[:1] + ids[2:]
    assert ids[-2:] == ["exercise-dot-product", "check-dot-product"]


def test_equal_cells_have_ids_of_their_own(lesson):
    twice = lesson(HEAD + 3 * CODE.format("a = 1") + EXERCISE + CHECK)
    assert len({cell.id for cell in twice.cells}) == len(twice.cells)


def test_reading_twice_gives_the_same_notebook(lesson):
    assert lesson(HEAD + EXERCISE + CHECK) == lesson(HEAD + EXERCISE + CHECK)


def test_metadata_is_ours_and_nbgraders(lesson):
    answer, check = lesson(HEAD + EXERCISE + CHECK).cells[-2:]
    assert answer.metadata["exercise"] == "dot_product"
    assert answer.metadata["nbgrader"] == {
        "grade_id": "dot_product",
        "solution": True,
        "grade": False,
        "locked": False,
        "schema_version": 3,
        "task": False,
    }
    assert check.metadata["check"] == "dot_product"
    assert check.metadata["nbgrader"] == {
        "grade_id": "check_dot_product",
        "solution": False,
        "grade": True,
        "points": EXERCISES["dot_product"].points,
        "locked": True,
        "schema_version": 3,
        "task": False,
    }


GUESS = "guess = ...\n### BEGIN SOLUTION\nguess = 3\n### END SOLUTION"


def test_predictions_are_answers_to_nbgrader_each_with_an_id_of_its_own(lesson):
    guess = "---\npredict: the sum\nforeseen: {1: One., 2: Two.}\n---\n" + GUESS
    judged = CODE.format('check.predicted("the sum", guess, 3)')
    one, other = lesson(HEAD + 2 * CODE.format(guess) + judged + EXERCISE + CHECK).cells[1:3]
    assert "foreseen" not in one.metadata
    assert one.metadata["nbgrader"] == {
        "grade_id": "predict-the-sum",
        "solution": True,
        "grade": False,
        "locked": False,
        "schema_version": 3,
        "task": False,
    }
    assert other.metadata["nbgrader"]["grade_id"] == "predict-the-sum-2"


@pytest.mark.parametrize(
    ("foreseen", "judged", "said"),
    [
        ("{1: One., 2: Two.}", "", 'no cell says check.predicted("the sum", ...)'),
        ("{1: One.}", 'check.predicted("the sum", guess, 3)', "needs two foreseen guesses"),
    ],
)
def test_a_prediction_without_its_judgement_or_wrong_guesses_is_refused(
    lesson, foreseen, judged, said
):
    guess = f"---\npredict: the sum\nforeseen: {foreseen}\n---\n" + GUESS
    with pytest.raises(LessonError) as refused:
        lesson(HEAD + CODE.format(guess) + CODE.format(judged) + EXERCISE + CHECK)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + EXERCISE, "needs one check"),
        (HEAD + CHECK, "needs one check"),
        (HEAD, r"has \[\]"),
        (HEAD + EXERCISE.replace(":points: 1", ":points: 2") + CHECK, "1 points .* and 2"),
        (HEAD + EXERCISE.replace("    ### END SOLUTION", "") + CHECK, "do not pair up"),
        (HEAD + EXERCISE.replace("### BEGIN", "### END") + CHECK, "do not pair up"),
        (HEAD + EXERCISE.replace(":exercise: dot_product\n:points: 1\n", ""), "must have solution"),
        (HEAD + CODE.format(":predict: p\nguess = ..."), "must have solution markers"),
        (
            HEAD + CODE.format(":predict: p\n### BEGIN SOLUTION\nguess = 3\n### END SOLUTION"),
            r"must leave `name = ...`",
        ),
        (HEAD.replace("  minutes: 25\n", ""), "must say course: minutes"),
    ],
)
def test_a_source_that_cannot_be_right_says_why(lesson, text, said):
    with pytest.raises(CourseError, match=said):
        lesson(text)
