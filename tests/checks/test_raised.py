"""Exceptions that beginners get, and what is said of them: in the student's own names and sizes."""

import linecache
import re
import textwrap
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from course.checks import EXERCISES
from course.checks.case import Case
from course.checks.diagnosis import raised
from course.checks.diagnosis.scene import UNKNOWN, Scene, scene_of
from course.checks.diagnosis.sizes import equations, names_of, sizes_of
from course.checks.verdict import Kind

from .trials import defined, solution

BEGIN = """
def correlate2d(x, w, b=0.0):
    kh, kw = w.shape
    oh, ow = x.shape[0] - kh + 1, x.shape[1] - kw + 1
    y = np.zeros((oh, ow))
    {}
    return y
"""
"""Of the lesson's example: x is (4, 4), w is (3, 3) and y is (2, 2)."""


@pytest.fixture
def said() -> Iterator[Callable[[str, str], str]]:
    """What is said of the exception that an answer raises; its lines can be looked up."""
    files = []

    def said(name: str, source: str) -> str:
        files.append(f"<raised {len(files)}>")
        linecache.cache[files[-1]] = (len(source), None, source.splitlines(True), files[-1])
        exercise = EXERCISES[name]
        marks = exercise.mark(exercise.as_tried(defined(name, source, files[-1])))
        first = marks.first_wrong()
        assert first is not None
        assert marks.verdicts[first].kind is Kind.RAISED, marks.verdicts[first]
        finding = raised.find(marks)
        text = finding.text if finding else ""
        assert len(textwrap.wrap(text, 67)) <= 3, text
        return text

    yield said
    for file in files:
        del linecache.cache[file]


def edited(name: str, *edits: tuple[str, str]) -> str:
    source = solution(name)
    for before, after in edits:
        assert before in source
        source = source.replace(before, after)
    return source


LINES = [
    # shapes
    ("y = x * w", "`x` has the shape (4, 4), and `w` has the shape (3, 3): compared from the last"),
    ("y = x[2:5, :3] * w", "A slice goes up to 5, but `x` has only 4 entries along axis 0"),
    ("for i in [2]: y = x[i : i + kh, :3] * w", "Does i run too far?"),
    ("y += x", "`y` has the shape (2, 2), and `x` has the shape (4, 4)"),
    ("y[0] += x[:, :2]", "the second cannot be added into the first."),
    ("y[:, 0] = x[0]", "What you write has the shape (4,), but `y[:, 0]` has room for (2,)."),
    (
        "y[0, 0] = x[0]",
        "one number in `y[0, 0]`, and what you write there is an array of shape (4,)",
    ),
    ("y = float(x[0])", "`x[0]` has the shape (4,), and one number is needed"),
    ("y = np.array([[1, 2], [3]])", "The rows have different lengths"),
    (
        "y = x.reshape(3, 5)",
        "`x` has the shape (4, 4), 16 numbers, but the new shape (3, 5) holds 15.",
    ),
    ("y = x.reshape(-1, 3)", "They cannot be shared out evenly: 16 is no multiple of 3."),
    ("y = x @ w", "`x` has the shape (4, 4), `w` (3, 3)."),
    ("y = x[:3] @ x[:3]", "the shape (3, 4), `x[:3]` (3, 4)."),
    ("y = x[:2] @ x[:3].T[:3]", "`x[:3].T[:3]` (3, 3)."),
    ("y = x[:2].dot(w[:, :2])", "`x[:2]` has the shape (2, 4), `w[:, :2]` (3, 2)."),
    ("y = x[:2] @ x[:3]", "With .T on the right it would be possible."),
    ("y = x[:, :2] @ x[:2, :3].T", "Without the .T on the right it would be possible."),
    (
        "y = x[None, None, :2] @ w",
        "`w` (3, 3). Of more than two axes, the last two are rows and columns.",
    ),
    ("y = np.tensordot(x, w, 1)", "Here `x` has the shape (4, 4) and `w` has the shape (3, 3)."),
    ("y = x @ 3", "`3` is a single number: multiply with *."),
    ("y = np.concatenate([x, w])", "Along axis 1 one array has 4 entries and another 3."),
    ("y = np.stack([])", "The list of arrays to join is empty"),
    ("y = x.sum(axis=2)", "`x` has the shape (4, 4): there is no axis 2, only axes 0 to 1."),
    ("y = x.transpose(0, 1, 2)", "transpose is given each axis of the array once"),
    ("y = np.pad(x, [(1, 1)] * 3)", "np.pad takes one pair (before, after) for each axis"),
    ("y = np.zeros((oh - kw, ow))", "A length is less than 0: `oh - kw` is -1 here."),
    ("y = np.max(x[4:])", "the array is empty"),
    ("y = np.zeros((2**62, 2**62))", "larger than the memory"),
    # indices
    (
        "y = x[kh + 1]",
        "`kh + 1` is 4 here, but axis 0 of `x` has 4 entries: its indices run from 0 to 3.",
    ),
    ("y = x[:1][kh]", "axis 0 of `x[:1]` has one entry only, with the index 0."),
    ("y = x[0, 0, 0]", "`x` has the shape (4, 4): 2 axes, but you give 3 indices."),
    ("y = x[0][0][0]", "`x[0][0]` is a single number already: there is an index too many."),
    ("y = x.shape[2]", "`x.shape` has the indices 0 to 1, and you ask for index 2."),
    ("y = []; y[0] = 1", "`y` is empty, and you ask for index 0"),
    ("y = [0]; y[0, 0] = 1", "`y` is a list: [i, j] is for arrays, and np.zeros((rows, columns))"),
    ("y = x[kh / 1]", "`kh / 1` is 3.0, a float, and an index is an integer"),
    ("y[x] += 1", "`x` holds floats, and indices are integers: .astype(int) makes them so"),
    ("np.add.at(y, x, 1)", "`x` holds floats, and indices are integers"),
    ("y[:] = x[kh - 4 : 1, 0:2] * y", "`kh - 4:1`, here -1:1, begins below 0, and numbers below"),
    ("y += x[kh - 3 : -(kh - 3), :2]", "`kh - 3:-(kh - 3)` is 0:0 here, which is empty"),
    ("y = np.pad(x, kh - 4)", "no width may be below 0, and `kh - 4` is -1 here"),
    ("x.shape[0] = 2", "`x.shape` is a tuple, and cannot be written to entry by entry."),
    ("y = np.broadcast_to(w, (2, 3, 3)); y[0] = 1", "Work on a copy of it"),
    # types
    (
        "y = np.zeros((oh / 2, ow))",
        "`oh / 2` is 1.0, a float, and an integer is needed: // divides to",
    ),
    ("y = range(x.shape)", "`x.shape` is the tuple (4, 4), and one integer is needed"),
    ("y = np.zeros((oh, w.shape))", "with another tuple in it: a * before that one"),
    ("y = np.zeros(x[0])", "`x[0]` is an array of shape (4,), and a size is needed: its shape"),
    ("y = range(x)", "`x` is an array of shape (4, 4), and one integer is needed"),
    ("y = np.zeros(oh, ow)", "one tuple, in brackets of its own: np.zeros((oh, ow))."),
    ("y = x.shape(0)", "`x.shape` is a tuple: square brackets read an entry"),
    ("y = 2(kh - 1)", "Between a number and a bracket a * is missing."),
    ("y = kh(ow - 1)", "`kh` is one number, no function. Is a * missing before the bracket"),
    ("y = x(0, 0)", "`x` is an array: square brackets read an entry"),
    ("y = kh[0]", "`kh` is 3: it has no entries to choose from with [ ]."),
    ("y = np.zeros[oh, ow]", "`np.zeros` is a function: round brackets call it, np.zeros(...)."),
    ("for i in oh: pass", "`oh` is 2: range(oh) counts up to it."),
    ("for i, j in range(oh): pass", "`range(oh)` gives one value at a time, but the `for` names 2"),
    ("for i, j in [x.shape[:1]]: pass", "The `for` names 2 variables"),
    ("H, W = kh", "`kh` is 3, and the left side asks for 2 values."),
    (
        "N, C, H, W = x.shape",
        "`x.shape` is (4, 4), that is (H, W), but 4 names stand left of the =.",
    ),
    (
        "H, W = x",
        "`x` has the shape (4, 4): unpacking goes along its first axis. Is .shape missing?",
    ),
    ("y = x.shape - kh", "`x.shape` is the tuple (4, 4): calculate with its numbers"),
    ("y = [1, 2] - kh", "is the list [1, 2]: np.array(...) makes an array"),
    ("y = x.shape < 3", "`x.shape` is the tuple (4, 4)"),
    ("y = -x.shape", "`x.shape` is the tuple (4, 4)"),
    ("y = (1, 2) * 2.5", "* repeats a tuple or a list, it does not multiply"),
    ("y = len(kh)", "`kh` is 3: it has no length."),
    ("if x > 0: pass", "needs one yes or no, not an array of them"),
    ("y = max(x[0], 0)", "np.maximum(a, b) goes entry by entry"),
    (
        "y = np.zeros(2, dtype=int); y += 0.5",
        "`y` holds numbers of type int64, and float64 does not",
    ),
    ("y = y.sort() + x", "One side is None"),
    # names
    (
        "y = pading",
        "Nothing in the function gives pading a value, nor is it one of its arguments (x,",
    ),
    ("y = np.zeros(owe)", "Is `ow` meant? Nothing is called owe."),
    ("padding = 1; y = paddin", "Is `padding` meant? Nothing is called paddin."),
    ("y = X", "Is `x` meant? Nothing is called X."),
    ("y = x[i]", "Nothing gives i a value: is the loop over it missing?"),
    ("y = C", "Nothing in the function gives C a value, nor is it one of its arguments (x, w, b)."),
    ("y = H - kh", "Nothing gives H a value. It is x.shape[0]."),
    ("z[0] = 1", "There is no array z yet to write into: make it first, z = np.zeros(...)."),
    ("total += 1", "There is no total yet to add to, or to change: give it a first value"),
    ("y = late; late = 1", "late has no value yet: the line that gives it one comes later"),
    ("y = math.sqrt(2)", "math is not imported: run a cell with `import math` first."),
    ("y = self.w", "self is the first parameter of a method, and this function has none."),
    ("y = x.shpe", "Arrays have nothing that is called shpe: is shape meant?"),
    ("y = np.zeroes(2)", "numpy has nothing that is called zeroes: is zeros meant?"),
    ("y = x.append(1)", "Arrays have nothing that is called append."),
    ("y = kh.shape", "`kh` is 3: a number has no shape."),
    ("y = x.sum.shape", "`x.sum` is a function, and has no shape: round brackets call it."),
    ("y = [1].shape", "`[1]` is the list [1]: a list has no shape. np.array(...)"),
    ("y = y.sort().sum()", "y.sort(...) has returned None: is its `return` missing?"),
    # calls
    ("y = pad2d(x)", "Compare what you hand over with its parameters: pad2d(x, padding)."),
    ("y = pad2d(x, pad=1)", "pad2d(x, padding)."),
    ("y = sum(x, axis=0)", "Python's own sum has no axis. Is np.sum meant?"),
    (
        "y = im2col(x, w.shape)",
        "im2col says so of what it is handed: `x` is an array of shape (4, 4)",
    ),
    ("y = kh // (oh - ow)", "`oh - ow` is 0 here."),
    ("y = correlate2d(x, w, b)", "calls itself again and again"),
]


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.parametrize(("line", "words"), LINES, ids=[line for line, _ in LINES])
def test_an_exception_is_explained_in_the_answers_own_names_and_sizes(said, line, words):
    assert words in said("correlate2d", BEGIN.format(line))


EDITS = [
    (
        "im2col",
        "kh, kw = kernel_size",
        "kh, kw = kernel_size.shape",
        "apart: kh, kw = kernel_size.",
    ),
    ("col2im", "= x_shape", "= x_shape.shape", "take its numbers apart: N, C, H, W = x_shape."),
    ("im2col", "kh, kw = kernel_size", "kh = kernel_size", "`kh` is the tuple (3, 3)"),
    ("im2col", "(N * oh * ow, C * kh", "(oh * ow, C * kh", "15 = oh * ow, 12 = C * kh * kw."),
    ("conv_forward", ".T + b", " + b", "27 = C * kh * kw."),
    ("conv_forward", "transpose(0, 3, 1, 2)", "transpose(0, 3, 1)", "transpose is given each axis"),
    ("conv_forward_loops", "+ b[f]", "+ b", "is np.sum missing, or an index, as in b[f]?"),
    ("conv_forward_loops", "range(N)", "N", "`N` is 1: range(N) counts up to it."),
    ("conv_backward_bias", "(0, 2, 3)", "(0, 2, 4)", "there is no axis 4, only axes 0 to 3."),
    ("conv_backward_weights_loops", "= kernel_size", "= w.shape[2:]", "arguments (dy, x, kernel"),
    ("conv_backward_weights", "*kernel_size)", "kernel_size)", "`kernel_size` is the tuple (3, 3)"),
    ("conv_backward_input_scatter", "= x_shape", "= x.shape", "Nothing in the function gives x"),
    ("conv_backward_input_full", "2 * (kh", "2 (kh", "Between a number and a bracket a * is"),
    ("conv_as_matrix", "= x_shape", "= 1, *x_shape", "names stand left of the ="),
    ("numerical_gradient", "(f(above)", "(f[above]", "`f` is a function: round brackets call it"),
    ("relative_error", "np.max(np.abs(a))", "np.abs(a)", "np.maximum(a, b) goes entry by entry"),
    ("max_pool", "part.argmax()", "part.argmax(2)", "there is no axis 2"),
    ("linear", "dy.T @ self.x", "dy @ self.x", "With .T on the left it would be possible."),
    ("softmax_cross_entropy", ", keepdims=True", "", "2 = N, 3 = K."),
    ("train_step", "loss.forward(scores", "loss(scores", "call its method, loss.forward(...)."),
    ("receptive_field", "kernel, stride, dilation in", "kernel, stride in", "such as (3, 1, 1),"),
    ("occlusion_map", "size // 2", "size / 2", "is 2.5, a float, and an integer is needed"),
    ("conv_forward_fast", "y += b[:, np.newaxis]", "y += b", "`b` has the shape (2,)"),
    ("grouped_conv", "// groups", "/ groups", "a float, and an integer is needed: // divides"),
    ("depthwise_separable", "groups=C", "group=C", "grouped_conv(x, w, b, stride=1, padding=0"),
    ("transposed_conv", "(N, F, oh, ow)", "(F, oh, ow)", "`(F, oh, ow)` is the tuple (1, 5, 5)"),
    ("dilated_conv", "*span)", "span)", "with another tuple in it"),
]


@pytest.mark.parametrize(("name", "before", "after", "words"), EDITS)
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_a_solution_that_was_changed_into_a_crash_is_explained(said, name, before, after, words):
    assert words in said(name, edited(name, (before, after)))


LAYER = [
    (
        "self.stride, self.padding, self.x = stride,",
        "self.padding, self.x =",
        "__init__ gets stride",
    ),
    ("self.w = normal", "w = normal", "__init__ makes w, and does not keep it: write self.w = ..."),
    ("self.b, self.stride, self.padding)", "self.b, self.padding, 1)", "gets `self.padding` where"),
    ("self.w, self.b, self", "w, self.b, self", "w belongs to the layer: write self.w."),
    ("self.b, self.stride, self.padding)", "self.b, stride, padding)", "write self.stride."),
    ("self.x = x", "y = x", "forward has run, and backward does not see it"),
    (
        "def backward(self, dy)",
        "def backward(dy)",
        "parameter of a method is self: def backward(self",
    ),
    ("def backward(self, dy)", "def backward(self)", "yours is backward(self)."),
    ("x, w, setting = self.x", "x, w, setting = self.X", "There is no self.X: is self.x meant?"),
    ("x, w, setting = self.x", "x, w, setting = self.inputs", "set before it is read: self.inputs"),
    ("return conv_forward", "return weigh", "Nothing in the function gives weigh a value"),
    ("np.random.default_rng(rng)", "rng", "`rng` is None: that is its default"),
    ("def backward", "def backwards", "The class has no backward: is backwards meant?"),
]


@pytest.mark.parametrize(("before", "after", "words"), LAYER)
def test_what_a_layer_does_not_keep_is_explained(said, before, after, words):
    assert words in said("Conv2d", edited("Conv2d", (before, after)))


def test_a_property_that_is_set_is_not_said_to_be_none(said):
    begin = "self.stride, self.padding, self.x = stride"
    source = edited("Conv2d", (begin, "self.dw = 0\n        " + begin))
    source += "\n    @property\n    def dw(self):\n        return 0\n"
    assert said("Conv2d", source).startswith("dw is a property without a setter")


def test_a_helper_that_is_still_to_be_written_is_named(said):
    helper = "def im2col(*arguments):\n    raise NotImplementedError('im2col')\n\n"
    assert "im2col" in said("conv_forward", helper + solution("conv_forward"))


def test_nothing_is_said_of_what_nobody_knows(said):
    assert (
        said("dot_product", "def dot_product(a, b):\n    raise ValueError('no such thing')\n") == ""
    )


def test_without_a_traceback_the_words_alone_are_explained():
    words = "shapes (4,27) and (2,27) not aligned: 27 (dim 1) != 2 (dim 0)"
    case = Case("", {"x": np.zeros((1, 3, 4, 4)), "w": np.zeros((2, 3, 3, 3))})
    sizes = sizes_of("conv_forward", case, None)
    text = raised.explained(scene_of(ValueError(words), case, "conv_forward", sizes, None))
    assert "the left one has the shape (4, 27), the right one (2, 27)" in text
    assert "With .T on the right it would be possible. 4 = oh * ow" not in text  # 4 = H, or W
    assert text.endswith("27 = C * kh * kw.")


def test_a_multiplication_is_only_said_to_want_a_transpose_that_makes_it_possible(said):
    forgotten = edited("conv_backward_weights", ("kernel_size, stride, padding", "kernel_size"))
    text = said("conv_backward_weights", forgotten)
    assert ".T on" not in text
    assert "transposed" not in text


def test_the_message_explains_the_case_that_it_shows(message, cell):
    answer = cell("""
        import numpy as np

        def answer(x, padding):
            return np.ones(x.shape)[..., padding] @ x.ravel()[2:]
        """)
    got, likely = (message("pad2d", answer).partition(w)[2] for w in ("  got ", "  likely "))
    columns = re.search(r"size (\d+) is different from (\d+)", " ".join(got.split()))
    assert columns
    assert all(f"{size}," in likely or f"{size})" in likely for size in columns.groups())


def test_parts_with_side_effects_are_not_computed_again(said):
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


# Names of sizes ---------------------------------------------------------------------------------


def test_a_number_has_the_name_of_the_one_size_that_it_is():
    sizes = {"N": 2, "C": 3, "F": 4, "H": 5, "W": 7, "kh": 3, "kw": 2, "oh": 6, "ow": 8}
    assert names_of(5, sizes) == ["H"]
    assert names_of(3, sizes) == []  # C or kh
    assert names_of(48, sizes) == ["oh * ow"]
    assert names_of(18, sizes) == ["C * kh * kw"]
    assert names_of(1, sizes | {"N": 1}) == []
    assert names_of(41, sizes) == []


def test_a_product_is_not_named_longer_for_a_size_that_is_1():
    sizes = {"N": 1, "C": 1, "kh": 3, "kw": 3, "oh": 4, "ow": 5}
    assert names_of(20, sizes) == ["oh * ow"]
    assert names_of(9, sizes) == ["kh * kw"]


def test_only_a_whole_array_is_as_long_as_all_of_it():
    sizes = {"N": 2, "F": 3, "oh": 4, "ow": 5}
    assert equations("cannot reshape array of size 120 into shape (7,11)", sizes) == (
        "120 = N * F * oh * ow"
    )
    assert equations("shapes (120,7) (7,120)", sizes) == ""


def test_what_counts_axes_and_indices_is_no_size():
    assert equations(
        "index 5 is out of bounds for axis 4 with size 6", {"N": 5, "C": 4, "H": 6}
    ) == ("6 = H")


@pytest.mark.parametrize("name", EXERCISES)
def test_the_sizes_of_a_case_are_those_of_its_arrays(name):
    exercise = EXERCISES[name]
    for case in exercise.cases(np.random.default_rng(0)):
        sizes = sizes_of(name, case, exercise.made_with)
        arrays = [a for a in case.arguments.values() if isinstance(a, np.ndarray)]
        assert all(size >= 0 for size in sizes.values())
        if "x" in case.arguments and np.ndim(case.arguments["x"]) == 4 and "H" in sizes:
            assert case.arguments["x"].shape[2:] == (sizes["H"], sizes["W"])
        if "dy" in case.arguments and "kh" in sizes and "H" in sizes and arrays:
            assert case.arguments["dy"].shape[2:] == (sizes["oh"], sizes["ow"])


def test_an_expression_that_cannot_be_read_is_unknown():
    scene = Scene(ValueError("x"), Case("", {}))
    assert scene.worth(None) is UNKNOWN
    assert scene.parts() == []
    assert raised.explained(scene) == ""
