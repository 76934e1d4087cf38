"""Honest work is wholly right, in the sandbox and on the student's own machine alike."""

import pytest

from course.checks import EXERCISES
from course.grading.marking.marker import Marker, Settings
from course.running.reading import parse_notebook

from .fair import FAIR, handed_in

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("sandbox")]


@pytest.fixture(scope="module", params=["in the sandbox", "without walls"])
def marker(request, tmp_path_factory):
    if request.param == "in the sandbox":
        request.getfixturevalue("sandbox")
    confined = request.param == "in the sandbox"
    settings = Settings(seed="a seed", confined=confined)
    made = Marker(settings, tmp_path_factory.mktemp("fair"))
    yield made
    made.close()


@pytest.mark.parametrize("name", FAIR)
def test_an_honest_notebook_gets_full_marks(name, marker):
    lesson, change = FAIR[name]
    result = marker.mark("ann", lesson, handed_in(lesson, change))
    expected = [(e.name, "right", e.points) for e in EXERCISES.of(lesson)]
    found = [(e.exercise, e.state, e.points) for e in result.exercises]
    assert found == expected, [(e.exercise, e.state, e.what, e.notes) for e in result.exercises]


def test_there_are_enough_of_them_and_no_two_are_alike():
    assert len(FAIR) >= 60
    made = {handed_in(lesson, change) for lesson, change in FAIR.values()}
    assert len(made) == len(FAIR)
    assert all(parse_notebook(data).cells for data in made)
