"""Exceptions that beginners get, and what is said of them: in the student's own names and sizes."""

import re
import textwrap

import numpy as np
import pytest

from course.checks import EXERCISES, uses
from course.checks.case import Case
from course.checks.diagnosis import raised
from course.checks.diagnosis.scene import Scene
from course.checks.diagnosis.sizes import equations, names_of, sizes_of
from course.checks.outcome import run
from course.checks.verdict import Kind

from .trials import defined, edited, solution, tried

BEGIN = """
def correlate2d(x, w, b=0.0):
    kh, kw = w.shape
    oh, ow = x.shape[0] - kh + 1, x.shape[1] - kw + 1
    y = np.zeros((oh, ow))
    {}
    return y
"""
"""Of the lesson's example: x is (4, 4), w is (3, 3) and y is (2, 2)."""


def said(name: str, source: str) -> str:
    """What is said of the exception that an answer raises."""
    marks = tried(name, source)
    assert marks.wrong[0].verdict.kind is Kind.RAISED
    finding = raised.find(marks)
    text = finding.text if finding else ""
    assert len(textwrap.wrap(text, 67)) <= 3, text
    return text


LINES = [
    ("y = x * w", "`x` has the shape (4, 4), and `w` has the shape (3, 3). Compared from"),
    ("y = x[2:5, :3] * w", "A slice goes up to 5, but `x` has only 4 entries along axis 0"),
    ("for i in [2]: y = x[i : i + kh, :3] * w", "Does i run too far, or is it another array?"),
    ("y[:] = x[kh - 4 : 1, 0:2] * y", "`kh - 4:1`, here -1:1, begins below 0, and numbers below"),
    ("y = x.copy(); y[..., kh - 3 : -(kh - 3)] = x", "is 0:0 here, which is empty"),
    ("y[0] += x[:, :2]", "The second cannot be added into the first."),
    ("y = y[:1]; y += w[0, 0] * x[:2, :2] + w[0, 1] * x[:2, 1:3]", "shapes (1, 2) and (2, 2) do"),
    ("y[:, 0] = x[0]", "What you write has the shape (4,), but `y[:, 0]` has room for (2,)."),
    ("y[0, 0] = x[0]", "`x[0]` is an array of shape (4,). There is room for one number only"),
    ("y = np.array([[1, 2], [3]])", "The rows have different lengths"),
    ("y = x.reshape(-1, 3)", "They cannot be shared out evenly: 16 is no multiple of 3."),
    ("y = x[None, None, :2] @ w", "Of more than two axes, the last two are rows and columns."),
    ("y = np.tensordot(x, w, 1)", "`x` is an array of shape (4, 4); `w` is an array of shape (3"),
    ("y = x @ (kh - 2)", "`kh - 2` is 1. @ is for arrays with axes"),
    ("y = x.sum(axis=2)", "`x` is an array of shape (4, 4). There is no axis 2"),
    ("y = np.concatenate([x, w])", "Along axis 1 one array has 4 entries, another 3"),
    ("y = np.pad(x, [(1, 1)] * 3)", "np.pad takes one pair (before, after) for each axis"),
    ("y = np.zeros((oh - kw, ow))", "`oh - kw` is -1. No length may be below 0"),
    ("y = np.max(x[4:])", "`x[4:]` is an array of shape (0, 4). There are no entries"),
    ("y = x[kh + 1]", "`kh + 1` is 4 here, but axis 0 of `x` has the length 4: its indices run"),
    ("y = x[:1][kh]", "axis 0 of `x[:1]` has the length 1: its only index is 0."),
    ("y = x[0, 0, 0]", "`x` is an array of shape (4, 4). 3 indices are too many"),
    ("y = x.shape[2]", "`x.shape` is the tuple (4, 4). There is no such entry"),
    ("y = [0]; y[0, 0] = 1", "`y` is the list [0]. [i, j] is for arrays"),
    ("y = np.broadcast_to(w, (2, 3, 3)); y[0] = 1", "Work on a copy of it"),
    ("y = np.zeros((oh / 2, ow))", "`oh / 2` is 1.0, a float. One integer is needed there"),
    ("y = range(x)", "`x` is an array of shape (4, 4). One integer is needed"),
    ("y = np.zeros(oh, ow)", "A shape is one tuple, in brackets of its own"),
    ("y = kh(ow - 1)", "`kh` is 3. A number is no function"),
    ("y = kh[0]", "`kh` is 3. It has no entries to choose from with [ ]."),
    ("for i in oh: pass", "`oh` is 2. Several values are needed there: range(...)"),
    ("for i, j in range(oh): pass", "The values of `range(oh)` do not have 2 parts each"),
    ("N, C, H, W = x.shape", "the tuple (4, 4), that is (H, W), but `(N, C, H, W)` takes 4"),
    ("H, W = x", "is an array of shape (4, 4), but `(H, W)` takes 2 values. Is .shape missing?"),
    ("(H, W), (a, b) = x.shape, x", "a different number of values, but `(a, b)` takes 2"),
    ("y = x.shape - kh", "`x.shape` is the tuple (4, 4); `kh` is 3. Calculate with numbers"),
    ("z = y.sort(); y = z + 1", "`z` is None. What should have given a value in place of None"),
    ("if x > 0: pass", "`x > 0` is an array of shape (4, 4). `if`, `and` and max need one"),
    ("y = np.zeros(2, dtype=int); y += 0.5", "float64 does not fit into an array of int64"),
    ("y = pading", "gives pading a value, nor is it one of its arguments (x, w, b). Is it"),
    ("y = [pading for _ in w]", "Nothing in the function gives pading a value"),
    ("y = np.zeros(owe)", "Is `ow` meant? Nothing is called owe."),
    ("y = H - kh", "Nothing gives H a value. It is x.shape[0]."),
    ("z[0] = 1", "There is no array z yet to write into: make it first, z = np.zeros(...)."),
    ("total += 1", "There is no total yet to add to, or to change: give it a first value"),
    ("y = late; late = 1", "late has no value yet: the line that gives it one comes later"),
    ("y = math.sqrt(2)", "math is not imported: run a cell with `import math` first."),
    ("y = x.shpe", "`x` is an array of shape (4, 4), and has no shpe: is shape meant?"),
    ("y = list(x).shape", "and has no shape: np.array(...) makes an array of it."),
    ("y = y.sort().sum()", "`y.sort()` is None, and has no sum. What should have set it"),
    ("y = sum(x, axis=0)", "Python's own sum has no axis. Is np.sum meant?"),
    ("y = max(x, axis=0)", "Python's own max has no axis. Is np.max meant?"),
    ("y = im2col(x, w.shape)", "`w.shape` is the tuple (3, 3). The parameters are im2col(x, "),
    ("y = kh // (oh - ow)", "`oh - ow` is 0. One cannot divide by 0."),
    ("y = correlate2d(x, w, b)", "calls itself again and again"),
    ("y = x[:2].T @ w[:2].T", "Without the .T on the right it fits."),
    ("y = x[:1].copy(); y[0:kh] += w", "`y` has only 1 entry along axis 0, so it comes out"),
]


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.parametrize(("line", "words"), LINES, ids=[line for line, _ in LINES])
def test_an_exception_is_explained_in_the_answers_own_names_and_sizes(line, words):
    assert words in said("correlate2d", BEGIN.format(line))


VECTOR = ("x @ w[0]", "`w[0]` (3,).")
BY_CHANCE = ("x[:1, :2] @ w[:1, :1]", "`w[:1, :1]` (1, 1).")


@pytest.mark.parametrize(("product", "end"), [VECTOR, BY_CHANCE])
def test_of_a_product_no_turn_is_advised_where_it_fits_by_chance_or_cannot_be_made(product, end):
    assert said("correlate2d", BEGIN.format(f"y = {product}")).endswith(end)


MADE_UP = ("y = [pading for _ in w]", ".0")  # an argument that Python makes up
A_MODULE = ("y = columns(x)", "import")


@pytest.mark.parametrize(("line", "words"), [MADE_UP, A_MODULE])
def test_a_name_without_a_value_does_not_stand_for_what_only_looks_like_it(line, words):
    assert words not in said("correlate2d", BEGIN.format(line))


@pytest.mark.parametrize("name", ["col2im", "conv_forward"])
def test_a_function_of_an_earlier_lesson_is_to_be_imported_but_none_that_answers(name):
    source = f"def conv_forward(x, w, b, stride=1, padding=0):\n    return {name}(x)\n"
    source += "del conv_forward_loops, col2im\n"
    source = source.replace("return conv_forward", "return conv_forward_loops")
    text = said("conv_forward", source)
    assert ("from course.convolution import col2im" in text) == (name == "col2im")


EDITS = [
    ("im2col", "kw = kernel_size", "kw = kernel_size.shape", "apart, kh, kw = kernel_size."),
    ("im2col", "kh, kw = kernel_size", "kh = kernel_size", "`kh` is the tuple (3, 3)"),
    ("im2col", "(N * oh * ow, C * kh", "(oh * ow, C * kh", "15 = oh * ow, 12 = C * kh * kw."),
    ("conv_forward", ".T + b", " + b", "27 = C * kh * kw."),
    ("conv_backward_weights", "*kernel_size)", "kernel_size)", "`kernel_size` is the tuple (3, 3)"),
    ("numerical_gradient", "(f(above)", "(f[above]", "`f` is a function. Round brackets call it"),
    ("linear", "dy.T @ self.x", "dy @ self.x", "With .T on the left it fits."),
    ("softmax_cross_entropy", ", keepdims=True", "", "2 = N, 3 = K."),
    ("train_step", "loss.forward(scores, labels", "loss.forward(labels, scores", "more or fewer"),
    ("occlusion_map", "size // 2", "size / 2", "is 2.5, a float. Indices are integers"),
    ("depthwise_separable", "groups=C", "group=C", "grouped_conv(x, w, b, stride=1, padding=0"),
    ("conv_forward", "def", "def im2col(*a): raise NotImplementedError\n\ndef", "to be written"),
    ("Conv2d", "self.stride, self.padding, self.x", "_, self.padding, self.x", "__init__ has st"),
    ("Conv2d", "self.w = normal", "w = normal", "write self.w = w there."),
    ("Conv2d", "self.stride, self.padding)", "self.padding, 1)", "`self.padding` stands where"),
    ("Conv2d", "self.w", "self.weight", "After __init__ the layer has no w. It is to be set"),
    ("Conv2d", "self.w, self.b, self", "w, self.b, self", "w belongs to the layer: write self.w."),
    ("Conv2d", "self.x", "kept", "kept is a variable of __init__: keep it there with self.kept"),
    ("Conv2d", "self.x = x", "y = x", "forward has run, and backward does not see it"),
    ("Conv2d", "def backward(self, dy)", "def backward(dy)", "is self: def backward(self, dy)."),
    ("Conv2d", "def backward(self, dy)", "def backward(self)", "yours is backward(self)."),
    ("Conv2d", "w, setting = self.x", "w, setting = self.X", "self.X: is self.x meant?"),
    ("Conv2d", "w, setting = self.x", "w, setting = self.inputs", "before it is read: self.in"),
    ("Conv2d", "np.random.default_rng(rng)", "rng", "`rng` is None, and has no standard_normal"),
    ("Conv2d", "def backward", "def backwards", "There is no backward: is backwards meant?"),
    ("Conv2d", "    def backw", "    db = property(repr)\n    def backw", "`self` is a Conv2d."),
]


@pytest.mark.parametrize(("name", "before", "after", "words"), EDITS)
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_a_solution_that_was_changed_into_a_crash_is_explained(name, before, after, words):
    assert words in said(name, edited(solution(name), f"{before} -> {after}"))


def test_every_advice_is_behind_values_that_can_be_looked_up():
    for line in raised.ADVICE.strip().splitlines()[1::2]:
        assert line.strip().partition(": ")[0] in raised.VALUES


def test_nothing_is_said_of_what_nobody_knows():
    source = "def dot_product(a, b):\n    raise ValueError('no such thing')\n"
    assert said("dot_product", source) == ""


def test_without_a_traceback_the_words_alone_are_explained():
    words = "shapes (4,27) and (2,27) not aligned: 27 (dim 1) != 2 (dim 0)"
    case = Case("", {"x": np.zeros((1, 3, 4, 4)), "w": np.zeros((2, 3, 3, 3))})
    sizes = sizes_of(EXERCISES["conv_forward"], case)
    text = raised.explained(raised.placed(Scene(ValueError(words), case, "conv_forward", sizes)))
    assert "as many columns on its left as rows on its right" in text
    assert " 4 = oh * ow" not in text  # 4 = H, or W
    assert text.endswith("27 = C * kh * kw.")
    assert raised.explained(raised.placed(Scene(ValueError("no such thing"), case))) == ""


def test_a_multiplication_is_only_said_to_want_a_transpose_that_makes_it_possible():
    name, forgotten = "conv_backward_weights", "kernel_size, stride, padding -> kernel_size"
    assert ".T on" not in said(name, edited(solution(name), forgotten))


def test_the_message_explains_the_case_that_it_shows(message):
    body = "return np.ones(x.shape)[..., padding] @ x.ravel()[2:]"
    answer = defined("pad2d", f"def pad2d(x, padding):\n    {body}\n")
    got, likely = (message("pad2d", answer).partition(w)[2] for w in ("  got ", "  likely "))
    columns = re.search(r"size (\d+) is different from (\d+)", " ".join(got.split()))
    assert columns
    assert all(f"{size}," in likely or f"{size})" in likely for size in columns.groups())


def test_parts_with_side_effects_are_not_computed_again():
    source = """
seen = []
def note(x):
    seen.append(1)
    return x
def dot_product(a, b):
    if len(seen) < 2:
        return note(a) @ note(np.ones(9))
    raise KeyError(len(seen))
"""
    assert "A product needs" in said("dot_product", source)


SIZES = {"N": 2, "C": 3, "F": 4, "H": 5, "W": 7, "kh": 3, "kw": 2, "oh": 6, "ow": 8}
NAMED = [(5, ["H"]), (3, []), (48, ["oh * ow"]), (18, ["C * kh * kw"]), (41, [])]  # 3 is C, or kh


@pytest.mark.parametrize(("number", "names"), NAMED)
def test_a_number_has_the_name_of_the_one_size_or_product_that_it_is(number, names):
    assert names_of(number, SIZES) == names


def test_sizes_of_1_have_no_name_and_make_none_longer():
    sizes = {"N": 1, "C": 1, "kh": 3, "kw": 3, "oh": 4, "ow": 5}
    assert names_of(20, sizes) == ["oh * ow"]
    assert names_of(9, sizes) == ["kh * kw"]
    assert names_of(1, {"N": 1}) == []


def test_sizes_in_a_message_are_named_and_not_what_counts_axes_and_indices():
    sizes = {"N": 5, "C": 4, "F": 3, "oh": 2, "ow": 7}
    whole = equations("cannot reshape array of size 210 into shape (9,11)", sizes)
    assert whole == "210 = N * F * oh * ow"
    assert equations("shapes (210,9) (9,210)", sizes) == ""
    assert equations("index 5 is out of bounds for axis 4 with size 7", sizes) == "7 = ow"


@pytest.mark.parametrize("name", EXERCISES)
def test_the_sizes_of_a_case_are_those_of_its_arrays(name):
    exercise = EXERCISES[name]
    for case in exercise.cases(np.random.default_rng(0)):
        sizes = sizes_of(exercise, case)
        assert all(size >= 0 for size in sizes.values())
        if "x" in case.arguments and np.ndim(case.arguments["x"]) == 4 and "H" in sizes:
            assert case.arguments["x"].shape[2:] == (sizes["H"], sizes["W"])
        if "dy" in case.arguments and "kh" in sizes and "H" in sizes:
            assert case.arguments["dy"].shape[2:] == (sizes["oh"], sizes["ow"])
        if case.use is uses.y and "oh" in sizes:
            y = run(exercise.reference, case).value
            assert y.shape[2:] == (sizes["oh"], sizes["ow"])
