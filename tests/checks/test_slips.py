"""One slip of the pen in the lesson's own solution is named, just as a student would make it."""

import textwrap

import numpy as np
import pytest

from course.checks import EXERCISES
from course.convolution import im2col, output_size, pad2d

SOLUTIONS = {
    "correlate2d": """
        def correlate2d(x, w, b=0.0):
            H, W = x.shape
            kh, kw = w.shape
            y = np.zeros((H - kh + 1, W - kw + 1))
            for i in range(H - kh + 1):
                for j in range(W - kw + 1):
                    y[i, j] = np.sum(x[i : i + kh, j : j + kw] * w) + b
            return y
        """,
    "correlate2d_strided": """
        def correlate2d_strided(x, w, b=0.0, stride=1, padding=0):
            H, W = x.shape
            kh, kw = w.shape
            oh, ow = output_size(H, kh, stride, padding), output_size(W, kw, stride, padding)
            xpad = pad2d(x, padding)
            y = np.zeros((oh, ow))
            for i in range(oh):
                for j in range(ow):
                    top, left = i * stride, j * stride
                    y[i, j] = np.sum(xpad[top : top + kh, left : left + kw] * w) + b
            return y
        """,
    "im2col": """
        def im2col(x, kernel_size, stride=1, padding=0):
            N, C, H, W = x.shape
            kh, kw = kernel_size
            oh, ow = output_size(H, kh, stride, padding), output_size(W, kw, stride, padding)
            xpad = pad2d(x, padding)
            windows = np.zeros((N, oh, ow, C, kh, kw), dtype=x.dtype)
            for i in range(oh):
                for j in range(ow):
                    top, left = i * stride, j * stride
                    windows[:, i, j] = xpad[:, :, top : top + kh, left : left + kw]
            return windows.reshape(N * oh * ow, C * kh * kw)
        """,
    "col2im": """
        def col2im(cols, x_shape, kernel_size, stride=1, padding=0):
            N, C, H, W = x_shape
            kh, kw = kernel_size
            oh, ow = output_size(H, kh, stride, padding), output_size(W, kw, stride, padding)
            windows = cols.reshape(N, oh, ow, C, kh, kw)
            xpad = np.zeros((N, C, H + 2 * padding, W + 2 * padding), dtype=cols.dtype)
            for i in range(oh):
                for j in range(ow):
                    top, left = i * stride, j * stride
                    xpad[:, :, top : top + kh, left : left + kw] += windows[:, i, j]
            return xpad[:, :, padding : padding + H, padding : padding + W]
        """,
    "conv_forward_loops": """
        def conv_forward_loops(x, w, b, stride=1, padding=0):
            N, C, H, W = x.shape
            F, C, kh, kw = w.shape
            oh, ow = output_size(H, kh, stride, padding), output_size(W, kw, stride, padding)
            xpad = pad2d(x, padding)
            y = np.zeros((N, F, oh, ow), dtype=x.dtype)
            for n in range(N):
                for f in range(F):
                    for i in range(oh):
                        for j in range(ow):
                            top, left = i * stride, j * stride
                            window = xpad[n, :, top : top + kh, left : left + kw]
                            y[n, f, i, j] = np.sum(window * w[f]) + b[f]
            return y
        """,
    "conv_forward": """
        def conv_forward(x, w, b, stride=1, padding=0):
            N, C, H, W = x.shape
            F, C, kh, kw = w.shape
            oh, ow = output_size(H, kh, stride, padding), output_size(W, kw, stride, padding)
            cols = im2col(x, (kh, kw), stride, padding)
            product = cols @ w.reshape(F, C * kh * kw).T + b
            return product.reshape(N, oh, ow, F).transpose(0, 3, 1, 2)
        """,
    "conv_as_matrix": """
        def conv_as_matrix(w, x_shape, stride=1, padding=0):
            C, H, W = x_shape
            F, C, kh, kw = w.shape
            oh, ow = output_size(H, kh, stride, padding), output_size(W, kw, stride, padding)
            A = np.zeros((F, oh, ow, C, H, W), dtype=w.dtype)
            for f in range(F):
                for i in range(oh):
                    for j in range(ow):
                        top, left = i * stride, j * stride
                        image = np.zeros((C, H + 2 * padding, W + 2 * padding), dtype=w.dtype)
                        image[:, top : top + kh, left : left + kw] = w[f]
                        A[f, i, j] = image[:, padding : padding + H, padding : padding + W]
            return A.reshape(F * oh * ow, C * H * W)
        """,
    "numerical_gradient": """
        def numerical_gradient(f, x, step=1e-5):
            gradient = np.zeros(x.shape)
            for index in np.ndindex(x.shape):
                above, below = x.copy(), x.copy()
                above[index] += step
                below[index] -= step
                gradient[index] = (f(above) - f(below)) / (2 * step)
            return gradient
        """,
    "relative_error": """
        def relative_error(a, b):
            largest = max(np.max(np.abs(a)), np.max(np.abs(b)))
            if largest == 0:
                return 0.0
            return np.max(np.abs(a - b)) / largest
        """,
    "conv_backward_bias": """
        def conv_backward_bias(dy):
            return dy.sum(axis=(0, 2, 3))
        """,
    "conv_backward_weights_loops": """
        def conv_backward_weights_loops(dy, x, kernel_size, stride=1, padding=0):
            N, F, oh, ow = dy.shape
            kh, kw = kernel_size
            xpad = pad2d(x, padding)
            dw = np.zeros((F, x.shape[1], kh, kw), dtype=dy.dtype)
            for n in range(N):
                for f in range(F):
                    for i in range(oh):
                        for j in range(ow):
                            top, left = i * stride, j * stride
                            window = xpad[n, :, top : top + kh, left : left + kw]
                            dw[f] += dy[n, f, i, j] * window
            return dw
        """,
    "conv_backward_weights": """
        def conv_backward_weights(dy, x, kernel_size, stride=1, padding=0):
            F, C = dy.shape[1], x.shape[1]
            dY = dy.transpose(0, 2, 3, 1).reshape(-1, F)
            cols = im2col(x, kernel_size, stride, padding)
            return (dY.T @ cols).reshape(F, C, *kernel_size)
        """,
}


def returned(levels: int) -> list[tuple[str, str]]:
    """The last `return` moved to the right by so many levels."""
    return [("\n    return ", "\n" + "    " * (levels + 1) + "return ")]


SIZES = "stride, padding), output_size(W, kw, stride, padding)"
OF_SIZES = {
    "sizes without stride and padding": [(f", {SIZES}", "), output_size(W, kw)")],
    "kh and kw exchanged": [("kh, kw = ", "kw, kh = ")],
}
OF_IMAGES = {"H and W exchanged": [("H, W = ", "W, H = ")]}
OF_PADDING = {
    "windows cut out of x without its frame": [("xpad[", "x[")],
    "padding counted twice": [("H, W = x", "H, W = (x := pad2d(x, padding))"), ("xpad[", "x[")],
    "sizes without padding": [(SIZES, "stride), output_size(W, kw, stride)")],
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

# By exercise and mistake: what is replaced by what.
SLIPS: dict[str, dict[str, list[tuple[str, str]]]] = {
    "correlate2d": {
        **OF_TWO_LOOPS,
        **OF_CORRELATIONS,
        "kh and kw exchanged": [("kh, kw = ", "kw, kh = ")],
    },
    "correlate2d_strided": {
        **OF_SIZES,
        **OF_IMAGES,
        **OF_PADDING,
        **OF_TWO_LOOPS,
        **OF_CORRELATIONS,
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
        **OF_IMAGES,
        "padding counted twice": [("H, W = x", "H, W = (x := pad2d(x, padding))")],
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
}
EACH_SLIP = [
    pytest.param(name, mistake, edits, id=f"{name}: {mistake}")
    for name, slips in SLIPS.items()
    for mistake, edits in slips.items()
]


def defined(name: str, edits: list[tuple[str, str]]):
    source = textwrap.dedent(SOLUTIONS[name])
    for old, new in edits:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    variables = {"np": np, "output_size": output_size, "pad2d": pad2d, "im2col": im2col}
    exec(source, variables)
    return variables[name]


@pytest.mark.parametrize("name", SOLUTIONS)
def test_without_a_slip_the_solution_is_right(name):
    assert EXERCISES[name].mark(defined(name, [])).first_wrong() is None


@pytest.mark.filterwarnings("ignore:invalid value encountered")  # zero over zero is a slip
@pytest.mark.parametrize(("name", "mistake", "edits"), EACH_SLIP)
def test_a_slip_is_named(name, mistake, edits):
    for seed in (0, 5):
        named = EXERCISES[name].mark(defined(name, edits), seed).named_mistake()
        assert named is not None
        assert named.name == mistake
