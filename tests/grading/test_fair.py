"""Nobody loses marks for anything but a wrong answer."""

import dataclasses
import json
import re
from itertools import zip_longest

import pytest

from course.checks import EXERCISES
from course.running.lesson import telling_groups

from .conftest import PROJECT
from .hostile import RIGHT
from .notebooks import LESSON, by_exercise, notebook

pytestmark = pytest.mark.xdist_group("sandbox")
slow = pytest.mark.slow
LESSONS = [path.stem for path in sorted(PROJECT.solutions.glob("*.ipynb"))]
LESSONS = [name for name in LESSONS if any(e.lesson == name for e in EXERCISES.values())]


@slow
@pytest.mark.parametrize("lesson", LESSONS)
def test_the_solved_notebook_gets_exactly_the_total(lesson, make_marker):
    marker = make_marker(seconds=30)
    data = (PROJECT.solutions / f"{lesson}.ipynb").read_bytes()
    result = marker.mark("ann", lesson, data)
    assert [(e.exercise, e.state) for e in result.exercises if e.state != "right"] == []
    assert result.points == sum(e.points for e in EXERCISES.values() if e.lesson == lesson)
    marker.close()


@slow
def test_the_untouched_notebook_gets_nothing_and_is_called_so(marker):
    data = (PROJECT.notebooks / f"{LESSON}.ipynb").read_bytes()
    result = marker.mark("ann", LESSON, data)
    assert {e.state for e in result.exercises} == {"not attempted"}
    assert result.points == 0


@slow
def test_a_wrong_answer_below_the_untouched_blank_is_wrong_and_not_unattempted(marker):
    content = json.loads((PROJECT.notebooks / f"{LESSON}.ipynb").read_text(encoding="utf-8"))
    later = "def pad2d(x, padding):\n    return 0 * x"
    content["cells"].append({"cell_type": "code", "metadata": {}, "source": later, "outputs": []})
    found = by_exercise(marker.mark("ann", LESSON, json.dumps(content).encode()))
    assert (found["pad2d"].state, found["pad2d"].points) == ("wrong", 0)
    assert "in a second look" in found["pad2d"].notes[0]
    assert later in found["pad2d"].answer
    assert found["output_size"].state == "not attempted"


@slow
def test_right_answers_are_right_for_many_seeds(make_marker):
    fresh = make_marker()
    for seed in range(20):
        fresh.settings = dataclasses.replace(fresh.settings, seed=str(seed))
        result = fresh.mark("ann", LESSON, notebook(*RIGHT.items()))
        assert result.points == 7, (seed, result)
    fresh.close()


@slow
def test_what_only_a_newer_python_can_read_is_held_and_said(marker):
    newer = "def pad2d[T](x: T: padding):\n    return x"
    cells = [*RIGHT.items(), ("pad2d", newer)]
    blank = ("pad2d", "def pad2d(x, padding):\n    raise NotImplementedError('later')")
    for version, state in (("3.99.1", "held"), ("3.8.2", "no answer")):
        info = {"language_info": {"version": version}}
        sent = notebook(*(c for c in cells if c[1] != RIGHT["pad2d"]), **info)
        result = by_exercise(marker.mark("ann", LESSON, sent))
        assert result["pad2d"].state == state, version
        assert result["output_size"].state == "right"
    result = by_exercise(marker.mark("ann", LESSON, notebook(blank, language_info={"version": 3})))
    assert result["pad2d"].state == "not attempted"
    sent = notebook(("pad2d", newer), language_info={"version": "3.99.1"})
    held = by_exercise(marker.mark("ann", LESSON, sent))["pad2d"]
    assert held.points is None
    assert "newer Python" in held.suspicions[0]


def styles(exercise):
    """The right answers of others, each as the cells of one who keeps helpers elsewhere."""
    called, earlier = exercise.answer_name, f"earlier_{exercise.answer_name}"
    own = f"def {called}(*arguments):\n    return {earlier}(*arguments)"
    if exercise.is_a_class:
        own = f"class {called}({earlier}):\n    pass"
    for answer in exercise.solutions[1:]:
        if called not in _defined(answer.text):
            continue  # under the name of its twin: held for a person to look at
        imports = re.findall(r"^from course.* import (.*)$", answer.context, re.MULTILINE)
        names = {name for line in imports for name in line.split(", ")}
        if any(re.search(rf"\b{name}\b", answer.text) for name in names):
            yield ("", answer.context), (exercise.name, answer.text)
            continue
        helper = re.sub(rf"\b{called}\b", earlier, answer.text)
        yield ("", answer.context), ("", helper), (exercise.name, own)


def _defined(text):
    return re.findall(r"^(?:def|class) (\w+)", text, re.MULTILINE)


@slow
@pytest.mark.parametrize("lesson", LESSONS)
def test_right_answers_in_other_styles_get_full_marks(lesson, make_marker):
    """A notebook has one style of each exercise, as far as there are so many."""
    marker = make_marker(seconds=30)
    for answers in zip_longest(*map(styles, EXERCISES.of(lesson)), fillvalue=()):
        cells = [cell for answer in answers for cell in answer]
        found = by_exercise(marker.mark("ann", lesson, notebook(*cells)))
        for name in (name for name, _ in cells if name):
            points = EXERCISES[name].points
            assert (found[name].state, found[name].points) == ("right", points), (cells, found)
    marker.close()


def marked(marker, *cells):
    return by_exercise(marker.mark("ann", LESSON, notebook(*cells)))


@slow
def test_answers_are_found_without_marks_in_any_order_among_other_cells(marker):
    cells = [("", RIGHT[name]) for name in reversed(RIGHT)]
    found = marked(marker, ("", "this is no Python"), *cells, ("", "1 / 0"))
    assert {e.state for e in found.values()} == {"right"}
    assert "in a second look" in found["pad2d"].notes[0]


@slow
def test_the_best_of_several_answers_counts(marker):
    wrong = "def pad2d(x, padding):\n    return x"
    blank = "def pad2d(x, padding):\n    # YOUR CODE HERE\n    raise NotImplementedError('pad2d')"
    for first, second, third in ((wrong, RIGHT["pad2d"], blank), (RIGHT["pad2d"], wrong, wrong)):
        found = marked(marker, ("pad2d", first), ("pad2d", second), ("pad2d", third))
        assert found["pad2d"].state == "right"
    assert marked(marker, ("pad2d", wrong), ("pad2d", blank))["pad2d"].state == "wrong"


EARLIER = "from course.convolution import output_size, pad2d"


@slow
def test_a_missing_or_renamed_answer_costs_itself_alone(marker):
    alone = [("", EARLIER), ("correlate2d_strided", RIGHT["correlate2d_strided"])]
    found = marked(marker, *alone)
    assert found["output_size"].state == found["pad2d"].state == "no answer"
    assert found["correlate2d_strided"].points == 3
    renamed = RIGHT["pad2d"].replace("pad2d", "my_pad")
    found = marked(marker, ("pad2d", renamed), ("output_size", RIGHT["output_size"]))
    assert (found["pad2d"].state, found["pad2d"].points) == ("no answer", 0)
    assert found["output_size"].points == 2


SPLIT = (
    ("pad2d", "def framed(x, p):\n    return [(0, 0)] * (x.ndim - 2) + [(p, p)] * 2"),
    ("pad2d", "def pad2d(x, padding):\n    return np.pad(x, framed(x, padding))"),
)
IN_ANOTHER_ANSWER = (
    ("output_size", RIGHT["output_size"] + SPLIT[0][1] + "\nframed.k = 2"),
    SPLIT[1],
)
ALSO_A_LOCAL = (
    ("", "k = 2\ndef twice(n):\n    return [k for k in range(n)], (lambda k: k)(k) * n"),
    (
        "pad2d",
        SPLIT[0][1] + "\ndef pad2d(x, padding):\n    twice(1)\n    "
        "return np.pad(x, framed(x, padding * (lambda k: 1)(3)) if k == 2 else 0)",
    ),
)


@slow
@pytest.mark.parametrize("cells", [SPLIT, IN_ANOTHER_ANSWER, ALSO_A_LOCAL])
def test_helpers_are_found_wherever_their_author_keeps_them(marker, cells):
    assert marked(marker, *cells)["pad2d"].points == 2


def solved():
    return json.loads((PROJECT.solutions / f"{LESSON}.ipynb").read_text(encoding="utf-8"))


def source_of(cells):
    return "\n\n".join("".join(cell["source"]) for cell in cells)


@slow
@pytest.mark.parametrize("with_checks", [True, False])
def test_merged_cells_cost_nothing(marker, with_checks):
    """All cells in one; the course's version stands below each answer, in the same cell."""
    code = [cell for cell in solved()["cells"] if cell["cell_type"] == "code"]
    kept = [cell for cell in code if with_checks or not cell["metadata"].get("check")]
    assert marker.mark("ann", LESSON, notebook(("", source_of(kept)))).points == 7


@slow
def test_a_check_that_was_merged_with_the_cell_below_it_is_made_before_the_course_comes_in(marker):
    content = solved()
    cells = content["cells"]
    for check in [cell for cell in cells if cell["metadata"].get("check")]:
        below = cells.pop(cells.index(check) + 1)
        check["source"] = source_of([check, below])
    assert marker.mark("ann", LESSON, json.dumps(content).encode()).points == 7


@slow
@pytest.mark.parametrize("first", ["", "def framed(x, p):\n    return [(0, 0)]"])
def test_a_helper_that_is_written_or_mended_further_down_counts(marker, first):
    before = ("output_size", RIGHT["output_size"]), ("", first)
    after = ("", "from course.convolution import pad2d"), ("", SPLIT[0][1])
    found = marked(marker, *before, SPLIT[1], *after)["pad2d"]
    assert (found.state, found.points) == ("right", 2)
    assert "in a second look" in found.notes[0]


@slow
def test_of_an_answer_that_is_missing_it_is_said_which_cell_failed(marker):
    no_python = "def output_size(size) return size"
    found = marked(marker, ("output_size", no_python), ("pad2d", "from mine import pad2d"))
    assert found["output_size"].notes[0].startswith("cell 2 failed: SyntaxError"), found
    assert found["pad2d"].notes[0].startswith("cell 4 failed: ModuleNotFoundError"), found


@slow
@pytest.mark.parametrize("brings_in", ["from mine import *", "%run mine.py"])
def test_an_answer_in_a_file_beside_is_shown_and_looked_at_like_any_other(marker, brings_in):
    file = "import os\nimport numpy as np\n" + RIGHT["pad2d"]
    file = file.replace("    return", "    os.getcwd()\n    return")
    data = notebook(("pad2d", brings_in))
    found = by_exercise(marker.mark("ann", LESSON, data, {"mine.py": file}))["pad2d"]
    assert (found.state, found.would_be, found.suspicions) == ("held", 2, ["os"])
    assert "return np.pad(x, widths)" in found.answer


@slow
def test_checks_that_were_edited_deleted_or_doubled_change_nothing(marker):
    data = json.loads((PROJECT.solutions / f"{LESSON}.ipynb").read_text(encoding="utf-8"))
    cells = data["cells"]
    checks = [c for c in cells if c["metadata"].get("check")]
    checks[0]["source"] = "raise SystemExit"
    cells.remove(checks[1])
    cells.append(checks[2])
    for c in cells:
        c.pop("id", None)
        c.pop("execution_count", None)
        if c["cell_type"] == "code":
            c["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "right"}]
    data["metadata"] = {}
    assert marker.mark("ann", LESSON, json.dumps(data).encode()).points == 7


@slow
def test_a_notebook_of_which_only_the_sources_are_left_gets_all_its_points(marker):
    """No metadata at all, no cell ids, execution counts of null, outputs of another run."""
    data = json.loads((PROJECT.solutions / f"{LESSON}.ipynb").read_text(encoding="utf-8"))
    stale = {"output_type": "execute_result", "data": {"text/plain": "'wrong'"}, "metadata": {}}
    cells = [
        {"cell_type": cell["cell_type"], "source": cell["source"], "metadata": {}}
        | ({"outputs": [stale], "execution_count": None} if cell["cell_type"] == "code" else {})
        for cell in data["cells"]
    ]
    for version in ({"nbformat": 4, "nbformat_minor": 4}, {}):
        bare = json.dumps({"cells": cells, "metadata": {}} | version).encode()
        assert marker.mark("ann", LESSON, bare).points == 7
        without = [{k: c[k] for k in ("cell_type", "source")} for c in cells]
        assert marker.mark("ann", LESSON, json.dumps({"cells": without}).encode()).points == 7


@slow
def test_magics_that_do_no_harm_are_allowed(marker):
    timed, inline = "%%time\n" + RIGHT["pad2d"], "%matplotlib inline\n" + RIGHT["output_size"]
    found = marked(marker, ("pad2d", timed), ("output_size", inline))
    assert found["pad2d"].state == found["output_size"].state == "right", found


@slow
def test_a_wrong_answer_is_named_as_in_the_notebook_and_gets_a_part(marker):
    wrong = RIGHT["correlate2d_strided"].replace(" + b", "")
    found = marked(marker, ("", EARLIER), ("correlate2d_strided", wrong))["correlate2d_strided"]
    assert found.mistake == "bias forgotten"
    assert found.state == "wrong"
    no_stride = RIGHT["correlate2d_strided"].replace("i * stride, j * stride", "i, j")
    cells = [("", EARLIER), ("correlate2d_strided", no_stride)]
    found = marked(marker, *cells)["correlate2d_strided"]
    assert 0 < found.points < 3
    assert found.groups["padding"][0] == found.groups["padding"][1]
    assert found.groups["stride"][0] < found.groups["stride"][1]


@slow
def test_an_answer_that_changed_its_input_is_wrong(marker):
    answer = RIGHT["pad2d"].replace("    return", "    x += 1\n    x -= 1\n    return")
    found = marked(marker, ("pad2d", answer))["pad2d"]
    assert found.state == "wrong"
    assert found.what.startswith("changed its input")
    assert "Work on a copy" in found.hint


@slow
def test_an_answer_that_ends_the_kernel_of_the_next_one_leaves_that_to_a_person(marker):
    mine = """
class Mine:
    def __del__(self):
        np.ctypeslib.ctypes.string_at(0)

pad2d = Mine()
"""
    found = marked(marker, ("output_size", RIGHT["output_size"] + mine), ("pad2d", RIGHT["pad2d"]))
    assert (found["pad2d"].state, found["pad2d"].points) == ("crashed", None)
    assert found["output_size"].would_be == 2, "ctypes in its cell is for a person, too"


@slow
def test_ways_to_the_machine_are_held_until_they_are_allowed(make_marker):
    answer = RIGHT["pad2d"].replace("    return", "    os.getcwd()\n    return")
    strict, lenient = make_marker(), make_marker(allowed=("os",))
    cells = [("pad2d", f"import os\n{answer}")]
    found = marked(strict, *cells)["pad2d"]
    assert (found.state, found.points, found.would_be) == ("held", None, 2)
    assert found.suspicions == ["os"]
    found = marked(lenient, *cells)["pad2d"]
    assert (found.state, found.points) == ("right", 2)


@slow
def test_an_installed_package_is_there_only_when_allowed(make_marker):
    answer = "import scipy\n" + RIGHT["pad2d"]
    pytest.importorskip("scipy")
    found = marked(make_marker(), ("pad2d", answer))["pad2d"]
    assert found.state == "no answer"
    found = marked(make_marker(allowed=("scipy",), seconds=20), ("pad2d", answer))["pad2d"]
    assert (found.state, found.points) == ("right", 2)


IMPORTS = "from course.convolution import conv_forward\nfrom course.gradcheck import *"
BY_TOOL = """
from course.gradcheck import numerical_gradient

def conv_backward_weights(dy, x, kernel_size, stride=1, padding=0):
    w = np.zeros((dy.shape[1], x.shape[1], *kernel_size))
    b = np.zeros(dy.shape[1])
    return numerical_gradient(lambda w: np.sum(conv_forward(x, w, b, stride, padding) * dy), w)
"""
BY_HAND = """
forward = conv_forward

def conv_backward_weights(dy, x, kernel_size, stride=1, padding=0):
    w = np.zeros((dy.shape[1], x.shape[1], *kernel_size), dtype=dy.dtype)
    dw, b = np.zeros(w.shape, dtype=dy.dtype), np.zeros(dy.shape[1], dtype=dy.dtype)
    for k in np.ndindex(w.shape):
        one = w.copy()
        one[k] = 1
        dw[k] = np.sum(forward(x, one, b, stride, padding) * dy)
    return dw
"""


@slow
@pytest.mark.parametrize(("answer", "state"), [(BY_TOOL, "wrong"), (BY_HAND, "held")])
def test_gradients_by_small_steps_earn_nothing_unseen(make_marker, answer, state):
    data = notebook(("", IMPORTS), ("conv_backward_weights", answer))
    result = make_marker().mark("ann", "07_backward_bias_and_weights", data)
    found = by_exercise(result)["conv_backward_weights"]
    assert found.state == state, found
    assert not found.points


@slow
def test_what_answers_one_exercise_is_no_answer_to_its_twin(make_marker):
    lesson = "04_channels_filters_batches"
    loops = EXERCISES["conv_forward_loops"].solutions[0].text
    handed_on = "def conv_forward(*arguments):\n    return conv_forward_loops(*arguments)"
    imports = "from course.convolution import im2col, output_size, pad2d"
    data = notebook(("", imports), ("conv_forward_loops", loops), ("conv_forward", handed_on))
    found = by_exercise(make_marker().mark("ann", lesson, data))
    assert found["conv_forward_loops"].state == "right", found
    assert (found["conv_forward"].state, found["conv_forward"].points) == ("wrong", 0)
    assert found["conv_forward"].explanation.startswith("conv_forward hands its work to conv_f")


@slow
@pytest.mark.parametrize("name", EXERCISES)
def test_every_exercise_has_groups_that_no_worthless_answer_gets_right(name):
    assert telling_groups(name) or EXERCISES[name].only_with


BORROWS = """
def conv_forward_fast(x, w, b, stride=1, padding=0):
    return conv_forward(x, w, b, stride, padding)
"""
COPIED = """
import types
parts = [getattr(conv_forward, name) for name in ("__co" + "de__", "__glo" + "bals__")]
conv_forward_fast = types.FunctionType(*parts, "conv_forward_fast")
"""
UNWATCHED = """
import json
loads = json.loads
json.loads = lambda *a: {k: v for k, v in loads(*a).items() if k != "watched"} | {"watched": []}
"""


@slow
@pytest.mark.parametrize(
    ("before", "answer", "state"),
    [("", BORROWS, "wrong"), ("", COPIED, "wrong"), (UNWATCHED, BORROWS, "held")],
)
def test_work_that_the_course_does_earns_nothing_unseen(make_marker, before, answer, state):
    imports = "from course.convolution import conv_forward\n" + before
    data = notebook(("", imports), ("conv_forward_fast", answer))
    result = make_marker().mark("ann", "14_making_it_fast", data)
    found = by_exercise(result)["conv_forward_fast"]
    assert (found.state, found.points or 0) == (state, 0)
    if state == "wrong":
        assert found.explanation.startswith("conv_forward_fast hands its work to conv_forward.")
    else:
        assert found.suspicions == ["json.loads"]
