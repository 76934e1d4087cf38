"""One slip of the pen in the lesson's own solution is named, just as a student would make it."""

import nbformat
import pytest

from course.checks import EXERCISES

from .trials import PROJECT, defined, solution

pytestmark = pytest.mark.slow


def returned(levels: int) -> list[tuple[str, str]]:
    """The last `return` moved to the right by so many levels."""
    return [("\n    return ", "\n" + "    " * (levels + 1) + "return ")]


OF_SIZES = {
    "sizes without stride and padding": [
        ("kh, stride, padding)", "kh)"),
        ("kw, stride, padding)", "kw)"),
    ],
    "kh and kw exchanged": [("kh, kw = ", "kw, kh = ")],
}
OF_IMAGES = {"H and W exchanged": [("H, W = ", "W, H = ")]}
OF_PADDING = {
    "windows cut out of x without its frame": [("xpad[", "x[")],
    "padding counted twice": [("H, W = x", "H, W = (x := pad2d(x, padding))"), ("xpad[", "x[")],
    "sizes without padding": [
        ("kh, stride, padding)", "kh, stride)"),
        ("kw, stride, padding)", "kw, stride)"),
    ],
}
OF_TWO_LOOPS = {
    "return inside the loop over j": returned(2),
    "return inside the loop over i": returned(1),
}
NEW_IMAGE = "image = np.zeros((C, H + 2 * padding, W + 2 * padding), dtype=w.dtype)"
OF_CORRELATIONS = {
    "y[j, i] instead of y[i, j]": [("y[i, j]", "y[j, i]")],
    "bias added to every product": [("* w) + b", "* w + b)")],
}
WRITTEN_EXCHANGED = ("y[n, f, i, j]", "y[n, f, j, i]")

OF_CUTTING = {
    "frame of zeros left on": [("[:, :, padding : padding + H, padding : padding + W]", "")],
    "the slice [p:-p] at padding 0": [
        ("padding : padding + H, padding : padding + W", "padding:-padding, padding:-padding")
    ],
    "image cut from the corner": [("padding : padding + H, padding : padding + W", ":H, :W")],
}

# By exercise and mistake: what is replaced by what.
SLIPS: dict[str, dict[str, list[tuple[str, str]]]] = {
    "correlate2d": {
        **OF_TWO_LOOPS,
        **OF_CORRELATIONS,
        "kh and kw exchanged": [("kh, kw = ", "kw, kh = ")],
    },
    "correlate2d_strided": {
        **OF_SIZES,
        **OF_PADDING,
        **OF_TWO_LOOPS,
        **OF_CORRELATIONS,
        "H and W exchanged": [("shape[0], kh", "shape[1], kh"), ("shape[1], kw", "shape[0], kw")],
        "padding counted twice": [
            ("kh, kw = w", "x = pad2d(x, padding); kh, kw = w"),
            ("xpad[", "x["),
        ],
        "rows and columns exchanged in the output": [
            ("y[i, j]", "y[j, i]"),
            ("((oh, ow))", "((ow, oh))"),
        ],
    },
    "im2col": {
        **OF_SIZES,
        **OF_IMAGES,
        **OF_PADDING,
        **OF_TWO_LOOPS,
        "windows[:, j, i] instead of windows[:, i, j]": [("[:, i, j]", "[:, j, i]")],
        "six axes returned": [(".reshape(N * oh * ow, C * kh * kw)", "")],
        "channels before the windows": [
            ("(N, oh, ow, C, kh, kw)", "(N, C, oh, ow, kh, kw)"),
            ("windows[:, i, j]", "windows[:, :, i, j]"),
        ],
    },
    "col2im": {
        **OF_SIZES,
        **OF_TWO_LOOPS,
        "image without its frame": [("H + 2 * padding, W + 2 * padding", "H, W")],
    },
    "conv_forward_loops": {
        **OF_SIZES,
        **OF_IMAGES,
        **OF_PADDING,
        "y[n, f, j, i] instead of y[n, f, i, j]": [WRITTEN_EXCHANGED],
        "rows and columns exchanged in the output": [
            WRITTEN_EXCHANGED,
            ("(N, F, oh, ow)", "(N, F, ow, oh)"),
        ],
        "filters as the last axis": [
            ("(N, F, oh, ow)", "(N, oh, ow, F)"),
            ("y[n, f, i, j]", "y[n, i, j, f]"),
        ],
        "sum over all images": [("xpad[n, :,", "xpad[:, :,")],
        "bias added to every product": [("w[f]) + b[f]", "w[f] + b[f])")],
        "first bias for all": [("b[f]", "b[0]")],
        "bias indexed with the image": [("b[f]", "b[n]")],
        "all biases added up": [("b[f]", "b.sum()")],
        "return inside the loop over j": returned(4),
        "return inside the loop over i": returned(3),
        "return inside the loop over f": returned(2),
        "return inside the loop over n": returned(1),
    },
    "conv_forward": {
        **OF_SIZES,
        "kh and kw exchanged": [("(F, C, kh, kw) = ", "(F, C, kw, kh) = ")],
        "H and W exchanged": [("(N, C, H, W)", "(N, C, W, H)")],
        "padding counted twice": [("= x.shape", "= (x := pad2d(x, padding)).shape")],
        "im2col without stride and padding": [("(kh, kw), stride, padding", "(kh, kw)")],
        "filters not transposed": [("kw).T", "kw)")],
        "bias added after the transpose": [(".T + b", ".T"), ("1, 2)", "1, 2) + b")],
        "first bias for all": [("+ b", "+ b[0]")],
        "all biases added up": [("+ b", "+ np.sum(b)")],
        "product returned as it is": [(".reshape(N, oh, ow, F).transpose(0, 3, 1, 2)", "")],
    },
    "conv_as_matrix": {
        **OF_SIZES,
        **OF_IMAGES,
        "image made once for all rows": [
            (NEW_IMAGE, ""),
            ("for f in", f"{NEW_IMAGE}\n    for f in"),
        ],
        "image cut from the corner": [("padding : padding + H, padding : padding + W", ":H, :W")],
        "the slice [p:-p] at padding 0": [
            ("padding : padding + H, padding : padding + W", "padding:-padding, padding:-padding")
        ],
        "image without its frame": [
            ("H + 2 * padding, W + 2 * padding", "H, W"),
            ("[:, padding : padding + H, padding : padding + W]", ""),
        ],
        "A[f, j, i] instead of A[f, i, j]": [("A[f, i, j]", "A[f, j, i]")],
        "six axes returned": [(".reshape(F * oh * ow, C * H * W)", "")],
        "return inside the loop over j": returned(3),
        "return inside the loop over i": returned(2),
        "return inside the loop over f": returned(1),
    },
    "numerical_gradient": {
        "forward difference": [("below[index] -= step", ""), ("(2 * step)", "step")],
        "one step back instead of two": [("below[index] -= step", "")],
        "backward difference": [("above[index] += step", ""), ("(2 * step)", "step")],
        "divided by one step": [("(2 * step)", "step")],
        "divided by 2 alone": [("(2 * step)", "2")],
        "not divided": [(" / (2 * step)", "")],
        "parentheses missing around 2 * step": [("(2 * step)", "2 * step")],
        "parentheses missing around the difference": [
            ("(f(above) - f(below))", "f(above) - f(below)")
        ],
        "sign exchanged": [("f(above) - f(below)", "f(below) - f(above)")],
        "a step of its own": [("gradient = np", "step = 1e-5; gradient = np")],
        "all entries moved at once": [
            ("above[index] +=", "above +="),
            ("below[index] -=", "below -="),
        ],
        "no copy": [("x.copy(), x.copy()", "x, x")],
        "copied once for all entries": [
            ("above, below = x.copy(), x.copy()", ""),
            ("gradient = np", "above, below = x.copy(), x.copy(); gradient = np"),
        ],
        "only the first axis": [("np.ndindex(x.shape)", "range(len(x))")],
        "gradient along one axis": [("return gradient", "return gradient.ravel()")],
        "return inside the loop over the entries": returned(1),
    },
    "relative_error": {
        "mean instead of max": [("np.max(np.abs(a - b))", "np.mean(np.abs(a - b))")],
        "difference without its absolute value": [("np.abs(a - b)", "a - b")],
        "absolute value after the maximum": [("np.max(np.abs(a - b))", "np.abs(np.max(a - b))")],
        "scale without absolute values": [
            ("np.max(np.abs(a)), np.max(np.abs(b))", "np.max(a), np.max(b)")
        ],
        "divided by a alone": [("max(np.max(np.abs(a)), np.max(np.abs(b)))", "np.max(np.abs(a))")],
        "divided by b alone": [("max(np.max(np.abs(a)), np.max(np.abs(b)))", "np.max(np.abs(b))")],
        "divided by the smaller one": [("= max(", "= min(")],
        "divided by the sum": [("max(np.max(np.abs(a)), np", "(np.max(np.abs(a)) + np")],
        "absolute error": [(" / largest", "")],
        "one ratio for every entry": [("np.max(np.abs(a - b))", "np.abs(a - b)")],
        "zero over zero": [("largest == 0", "False")],
        "max of two arrays": [("np.max(np.abs(a)), np.max(np.abs(b))", "np.abs(a), np.abs(b)")],
        "np.max of two arrays": [
            ("max(np.max(np.abs(a)), np.max(np.abs(b)))", "np.max(np.abs(a), np.abs(b))")
        ],
    },
    "conv_backward_bias": {
        "the filters summed, the columns left": [("(0, 2, 3)", "(0, 1, 2)")],
        "the filters summed, the images left": [("(0, 2, 3)", "(1, 2, 3)")],
        "the images left": [("(0, 2, 3)", "(2, 3)")],
        "the pixels left": [("(0, 2, 3)", "0")],
        "one sum of all": [("axis=(0, 2, 3)", "")],
        "axes of length 1 kept": [("3)", "3), keepdims=True")],
        "mean instead of sum": [(".sum", ".mean")],
        "max instead of sum": [(".sum", ".max")],
    },
    "conv_backward_weights_loops": {
        "= instead of +=": [("dw[f] +=", "dw[f] =")],
        "added to every filter": [("dw[f] +=", "dw +=")],
        "all images at once": [("xpad[n, :,", "xpad[:, :,")],
        "image 0 for all": [("xpad[n, :,", "xpad[0, :,")],
        "upstream of image 0 for all": [("dy[n, f, i, j]", "dy[0, f, i, j]")],
        "first filter for all": [("dy[n, f, i, j]", "dy[n, 0, i, j]")],
        "upstream not used": [("dy[n, f, i, j] * ", "")],
        "windows one pixel apart": [("i * stride, j * stride", "i, j")],
        "windows cut out of x without its frame": [("xpad[n", "x[n")],
        "rows and columns of the window exchanged": [("top, left =", "left, top =")],
        "dy[n, f, j, i] instead of dy[n, f, i, j]": [("dy[n, f, i, j]", "dy[n, f, j, i]")],
        "kh and kw exchanged": [("kh, kw = ", "kw, kh = ")],
        "float64 from float32": [(", dtype=dy.dtype", "")],
        "last image only": [
            (
                "in range(N):",
                "in range(N):\n        dw = np.zeros((F, x.shape[1], kh, kw), dtype=dy.dtype)",
            )
        ],
        "return inside the loop over j": returned(4),
        "return inside the loop over i": returned(3),
        "return inside the loop over f": returned(2),
        "return inside the loop over n": returned(1),
    },
    "conv_backward_weights": {
        "dy reshaped instead of transposed": [(".transpose(0, 2, 3, 1)", "")],
        "rows and columns of dy exchanged by the transpose": [("0, 2, 3, 1", "0, 3, 2, 1")],
        "images not the first axis of the rows": [("0, 2, 3, 1", "2, 3, 0, 1")],
        "dY not transposed": [("dY.T", "dY")],
        "factors exchanged": [("dY.T @ cols", "cols @ dY.T")],
        "product the other way round": [("dY.T @ cols", "cols.T @ dY")],
        "product returned as it is": [(".reshape(F, C, *kernel_size)", "")],
        "im2col without stride and padding": [
            (", kernel_size, stride, padding)\n    return", ", kernel_size)\n    return")
        ],
        "im2col without padding": [("stride, padding)\n    return", "stride)\n    return")],
        "padding counted twice": [("im2col(x", "im2col(pad2d(x, padding)")],
        "filters and channels exchanged": [
            ("*kernel_size)", "*kernel_size).transpose(1, 0, 2, 3)")
        ],
        "kh and kw exchanged in the reshape": [("*kernel_size", "*kernel_size[::-1]")],
    },
    "conv_backward_input_scatter": {
        **OF_CUTTING,
        "= instead of +=": [("+=", "=")],
        "upstream left out": [("dy[n, f, i, j] * ", "")],
        "first filter only": [("in range(F)", "in range(1)")],
        "windows one pixel apart": [("i * stride, j * stride", "i, j")],
        "float64 from float32": [(", dtype=dy.dtype", "")],
        "scattered into an image without a frame": [("H + 2 * padding, W + 2 * padding", "H, W")],
        "kernel turned the wrong way": [("* w[f]", "* w[f, :, ::-1, ::-1]")],
    },
    "conv_backward_input_col2im": {
        "upstream reshaped instead of transposed": [(".transpose(0, 2, 3, 1)", "")],
        "col2im without stride and padding": [("(kh, kw), stride, padding", "(kh, kw)")],
        "kernel turned the wrong way": [("dY @ w", "dY @ w[:, :, ::-1, ::-1]")],
    },
    "conv_backward_input_full": {
        **OF_CUTTING,
        "kernel turned the wrong way": [("[:, :, ::-1, ::-1]", "")],
        "filters and channels exchanged by a reshape": [
            (".transpose(1, 0, 2, 3)", ".reshape(C, F, kh, kw)")
        ],
        "filters not transposed": [(".transpose(1, 0, 2, 3)", "")],
        "all four axes turned": [("[:, :, ::-1, ::-1]", "[::-1, ::-1]")],
        "a bias for each filter": [("np.zeros(C))", "np.zeros(F))")],
        "frame of kh - 1 on all sides": [
            ("2 * (kw - 1)", "2 * (kh - 1)"),
            ("kh - 1, kw - 1", "kh - 1, kh - 1"),
        ],
        "float64 from float32": [
            ("spread = np.zeros(framed, dtype=dy.dtype)", "spread = np.zeros(framed)"),
            ("W + 2 * padding), dtype=dy.dtype)", "W + 2 * padding))"),
        ],
    },
    "Conv2d": {
        "forward with stride 1 and no padding": [("self.b, self.stride, self.padding)", "self.b)")],
        "padding missing in forward": [
            ("self.b, self.stride, self.padding)", "self.b, self.stride)")
        ],
        "bias left out": [("self.w, self.b, ", "self.w, 0 * self.b, ")],
        "stride and padding missing in backward": [("w.shape[2:], *setting)", "w.shape[2:])")],
        "sum over the batch left out of db": [("conv_backward_bias(dy)", "dy.sum(axis=(2, 3))")],
        "db as one number": [("conv_backward_bias(dy)", "dy.sum()")],
        "kernel turned the wrong way": [("(dy, w, x.shape", "(dy, w[:, :, ::-1, ::-1], x.shape")],
        "dw returned instead of dx": [
            ("return conv_backward_input", "dx = conv_backward_input"),
            ("x.shape, *setting)", "x.shape, *setting); return self.dw"),
        ],
        "gradients added up": [
            ("self.dw = conv", "self.dw = getattr(self, 'dw', 0) + conv"),
            ("self.db = conv", "self.db = getattr(self, 'db', 0) + conv"),
        ],
        "first input kept": [
            ("        self.x = x\n", "        self.x = x if self.x is None else self.x\n")
        ],
        "one memory for all layers": [
            ("        self.x = x\n", "        Conv2d.x = self.x = x\n"),
            ("x, w, setting = self.x", "x, w, setting = Conv2d.x"),
        ],
        "no clear error before forward": [("if self.x is None", "if False")],
        "channels exchanged in w": [
            ("(out_channels, in_channels, *", "(in_channels, out_channels, *")
        ],
        "one bias for each input channel": [("zeros(out_channels)", "zeros(in_channels)")],
        "weights not scaled": [(" * np.sqrt(2 / np.prod(shape[1:]))", "")],
        "square root forgotten": [("np.sqrt(2 / np.prod(shape[1:]))", "2 / np.prod(shape[1:])")],
        "the 2 forgotten": [("np.sqrt(2 /", "np.sqrt(1 /")],
        "weights of zeros at the beginning": [("self.w = normal *", "self.w = 0 * normal *")],
        "rng not used": [("default_rng(rng)", "default_rng()")],
    },
    "Mended1": {
        "Layer1 as it was": [("[:, np.newaxis] * self", " * self"), ("2, 3, 4", "1, 2, 3")]
    },
    "Mended2": {
        "Layer2 as it was": [(".transpose(0, 2, 3, 1)", "")],
        "kernel turned the wrong way": [("dY @ self.w", "dY @ self.w[:, :, ::-1, ::-1]")],
    },
    "Mended4": {
        "Layer4 as it was": [("p : p + H, p : p + W", "p:-p, p:-p")],
        "frame of zeros left on": [("[:, :, p : p + H, p : p + W]", "")],
    },
    "Mended5": {"Layer5 as it was": [("[:, :, ::-1, ::-1]", "")]},
}
EACH_SLIP = [
    pytest.param(name, mistake, edits, id=f"{name}: {mistake}")
    for name, slips in SLIPS.items()
    for mistake, edits in slips.items()
]


def edited(name: str, edits: list[tuple[str, str]]) -> str:
    source = solution(name)
    for old, new in edits:
        assert source.count(old) == 1, f"{old!r} in\n{source}"
        source = source.replace(old, new)
    return source


@pytest.mark.parametrize("name", EXERCISES)
def test_without_a_slip_the_solution_is_right(name):
    assert EXERCISES[name].mark(defined(name, solution(name))).first_wrong() is None


@pytest.mark.filterwarnings("ignore:invalid value encountered")  # zero over zero is a slip
@pytest.mark.parametrize(("name", "mistake", "edits"), EACH_SLIP)
def test_a_slip_is_named(name, mistake, edits):
    answer = defined(name, edited(name, edits))
    for seed in (0, 5):
        named = EXERCISES[name].mark(answer, seed).named_mistake()
        assert named is not None
        assert named.name == mistake


@pytest.mark.parametrize("number", range(1, 7))
def test_a_layer_of_the_clinic_that_is_handed_in_as_it_was_is_named(number):
    broken = defined(f"Mended{number}", as_it_was(number))
    named = EXERCISES[f"Mended{number}"].mark(broken).named_mistake()
    assert named is not None
    assert named.name == f"Layer{number} as it was"


def as_it_was(number: int) -> str:
    """The cell of a broken layer in the student's notebook, up to where it is examined."""
    notebook = nbformat.read(PROJECT.notebooks / "10_bug_clinic.ipynb", as_version=4)
    begin = f"class Layer{number}(Conv2d):"
    source = next(c.source for c in notebook.cells if begin in c.source and c.cell_type == "code")
    definition, _, _ = source[source.index(begin) :].partition("\n\n\n")
    return definition.replace(f"Layer{number}", f"Mended{number}")
