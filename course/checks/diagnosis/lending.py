"""Which functions answer an exercise, so that its answer must not call them, and what to do."""

from dataclasses import dataclass

LIBRARIES = {"scipy", "torch", "tensorflow", "jax", "keras", "skimage", "cv2", "sklearn"}
IN_LIBRARIES = {
    *("correlate", "correlate2d", "convolve", "convolve2d", "fftconvolve", "oaconvolve"),
    *("conv", "conv2d", "filter2D", "conv_transpose2d", "unfold", "fold", "relu", "max_pool2d"),
    *("avg_pool2d", "linear", "softmax", "log_softmax", "cross_entropy", "approx_fprime"),
    *("maximum_filter", "uniform_filter", "view_as_windows", "convolution_matrix"),
}
"""What answers an exercise in a line, wherever it comes from."""


@dataclass(frozen=True)
class Loan:
    """The functions that an answer must not hand its work to, and what it is to do instead."""

    lenders: frozenset[str]
    instead: str


def _loan(lenders: tuple[str, ...], instead: str) -> Loan:
    return Loan(frozenset(lenders), instead)


def _class(name: str) -> tuple[str, ...]:
    return f"{name}.__init__", f"{name}.forward", f"{name}.backward"


_FORWARD = (
    *("conv_forward_loops", "conv_forward", "conv_forward_fast", "conv_forward_blocked"),
    *("grouped_conv", "dilated_conv", "depthwise_separable", "Conv2d.forward"),
)
_BACKWARD = (
    *("conv_backward_fast", "conv_backward_blocked", "grouped_conv_backward", "Conv2d.backward"),
    *("dilated_conv_backward", "transposed_conv_backward", "numerical_gradient"),
)
_WEIGHTS = ("conv_backward_weights", "conv_backward_weights_loops", *_BACKWARD)
_INPUT = (
    *("conv_backward_input_scatter", "conv_backward_input_col2im", "conv_backward_input_full"),
    *("conv_backward_input_matrix", "conv_backward_input_einsum", "transposed_conv"),
    *("conv_backward_input_transposed", *_BACKWARD),
)
_LOOPS = "Here the loops over the windows are to be written."
_FORMULA = "Here it is to be written in NumPy."
_MEND = "Copy the layer's own method, and change what is wrong in it."

LOANS: dict[str, Loan] = {
    "correlate2d": _loan(("correlate2d", "correlate2d_strided", "convolve2d", *_FORWARD), _LOOPS),
    "output_size": _loan(("output_size",), "Here the formula is to be written."),
    "pad2d": _loan(("pad2d",), _FORMULA),
    "correlate2d_strided": _loan(("correlate2d_strided", *_FORWARD), _LOOPS),
    "im2col": _loan(("im2col",), "Here the windows are to be cut out and laid in rows."),
    "col2im": _loan(("col2im",), "Here every row is to be added back to its window."),
    "conv_forward_loops": _loan(_FORWARD, _LOOPS),
    "conv_forward": _loan(_FORWARD, "Here it is to be one matrix product: call im2col."),
    "conv_as_matrix": _loan(("conv_as_matrix",), "Here the matrix is to be filled in."),
    "numerical_gradient": _loan(("numerical_gradient",), "Here f is to be called, twice an entry."),
    "relative_error": _loan(("relative_error",), _FORMULA),
    "conv_backward_bias": _loan(
        ("conv_backward_bias", *_BACKWARD), "Here it is to be a sum of dy."
    ),
    "conv_backward_weights_loops": _loan(_WEIGHTS, _LOOPS),
    "conv_backward_weights": _loan(_WEIGHTS, "Here it is to be one matrix product: call im2col."),
    "conv_backward_input_scatter": _loan(
        _INPUT, "Here every output is to send its share back, in loops over the windows."
    ),
    "conv_backward_input_col2im": _loan(
        _INPUT, "Here it is to be one matrix product, and col2im brings its rows back."
    ),
    "conv_backward_input_full": _loan(
        _INPUT, "Here dy is to be spread and framed, and a forward pass collects from it."
    ),
    "Conv2d": _loan(
        _class("Conv2d"), "Here the layer is to be put together from the functions of the lessons."
    ),
    "Mended1": _loan(("Conv2d.forward",), _MEND),
    **{f"Mended{k}": _loan(("Conv2d.backward",), _MEND) for k in range(2, 7)},
    "relu": _loan(_class("ReLU"), _FORMULA),
    "max_pool": _loan(_class("MaxPool2d"), _FORMULA),
    "avg_pool": _loan(_class("AvgPool2d"), _FORMULA),
    "linear": _loan(_class("Linear"), _FORMULA),
    "softmax_cross_entropy": _loan(_class("SoftmaxCrossEntropy"), _FORMULA),
    "sgd_momentum": _loan(("sgd_momentum", "SGD.step"), _FORMULA),
    "train_step": _loan(
        ("train_step", "train"), "Here the five calls are to be written, from model.forward on."
    ),
    "receptive_field": _loan(
        ("receptive_field",), "Here the loop over the layers is to be written."
    ),
    "occlusion_map": _loan(("occlusion_map",), "Here the loop over the pixels is to be written."),
    "conv_forward_fast": _loan(_FORWARD, "Here the fast way is to be written."),
    "dilated_conv": _loan(
        ("dilated_conv",), "Here the kernel is to be spread, and conv_forward does the rest."
    ),
    "grouped_conv": _loan(
        ("grouped_conv", "depthwise_separable"), "Here conv_forward is to be called for each group."
    ),
    "depthwise_separable": _loan(
        ("depthwise_separable",), "Here grouped_conv is to be called, and then conv_forward."
    ),
    "transposed_conv": _loan(
        ("transposed_conv",), "Here it is the way back of a convolution, and a bias."
    ),
}
"""By exercise. dot_product has none: np.dot is NumPy, and NumPy is allowed everywhere."""
