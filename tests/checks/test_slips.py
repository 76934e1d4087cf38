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


@pytest.mark.parametrize(("name", "mistake", "edits"), EACH_SLIP)
def test_a_slip_is_named(name, mistake, edits):
    for seed in (0, 5):
        named = EXERCISES[name].mark(defined(name, edits), seed).named_mistake()
        assert named is not None
        assert named.name == mistake
