"""The probe of the clinic in the grader: points for what it finds, and nothing for reading code."""

import pytest

from course.checks import EXERCISES
from course.grading.marking.suspicions import instead_of_trying

from .notebooks import by_exercise, notebook

LESSON = "10_bug_clinic"
SOLUTION = EXERCISES["probe"].solutions[0]
GIVEN = {"from course.nn import Conv2d\nexamine(Conv2d)"}
SAVED = "def probe(make_layer):\n    return True"


@pytest.mark.parametrize(
    ("answer", "other", "found"),
    [
        (SOLUTION.text, "x = 1", set()),
        (SAVED, GIVEN.copy().pop(), set()),
        ("def probe(m):\n    return type(m(1, 1, (1, 1))) is t", "", {"type"}),
        ("def probe(m):\n    return m.__code__ is None", "", {"__code__"}),
        ("def probe(m):\n    return isinstance(m(1, 1, (1, 1)), Conv2d)", "", {"Conv2d"}),
        (SAVED, "import course.checks.uses as u\nu.verdict = None", {"course.checks"}),
        (SAVED, "%time\nfrom course.checks import uses\nuses.verdict = 1", {"course.checks"}),
        (SAVED, "%time 1\nimport sys\nsys.modules", {"sys"}),
        (SAVED, "print(type(3), vars())", set()),
    ],
)
def test_ways_around_a_trial_are_found_in_the_whole_notebook(answer, other, found):
    assert instead_of_trying(answer, [answer, other], GIVEN) == found


READS = """def probe(make_layer):
    return 'reshape' in str(make_layer.__closure__)"""
ONLY_STRIDE_1 = SOLUTION.text.replace("((1, 0), (2, 0), (2, 1))", "((1, 0), (1, 1))")
ANSWERS = [
    (SOLUTION.text, "right", 6, "12 of 12 broken layers told from the right one, which took 12"),
    (ONLY_STRIDE_1, "wrong", 5, "10 of 12 broken layers told from the right one, which took 8"),
    (SAVED, "wrong", 0, "0 of 12"),
    (SAVED.replace("True", "False"), "wrong", 0, "the right layer is turned away"),
    (SAVED.replace("True", "1"), "wrong", 0, "the right layer is turned away"),
    (READS, "held", None, ""),
    ("class probe:\n    def __init__(self, make_layer): pass", "wrong", 0, ""),
]


@pytest.mark.slow
@pytest.mark.parametrize(("answer", "state", "points", "note"), ANSWERS)
def test_points_follow_what_is_found_and_reading_is_held(marker, answer, state, points, note):
    data = notebook(("", SOLUTION.context), ("probe", answer))
    found = by_exercise(marker.mark("ann", LESSON, data))["probe"]
    assert (found.state, found.points) == (state, points), found
    assert note in "".join(found.notes)
    if state == "wrong" and points:
        assert found.mistake == "stride 1 and padding alone"
        assert found.hint.startswith("Your probe lets layer ")
