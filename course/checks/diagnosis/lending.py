"""Which functions answer an exercise, so that its answer must not call them, and what to do."""

from course.checks.exercise import Exercise

_FORWARD = (
    "conv_forward_loops conv_forward conv_forward_fast conv_forward_blocked grouped_conv "
    "dilated_conv depthwise_separable Conv2d.forward"
)
_BACKWARD = (
    "conv_backward_fast conv_backward_blocked grouped_conv_backward dilated_conv_backward "
    "transposed_conv_backward Conv2d.backward numerical_gradient"
)
_OF_ITS_KIND = {
    "correlate2d": f"correlate2d_strided convolve2d {_FORWARD}",
    "correlate2d_strided": _FORWARD,
    "conv_forward": _FORWARD,
    "conv_backward_bias": _BACKWARD,
    "conv_backward_weights": f"conv_backward_weights conv_backward_weights_loops {_BACKWARD}",
    "conv_backward_input": "conv_backward_input_scatter conv_backward_input_col2im "
    "conv_backward_input_full conv_backward_input_matrix conv_backward_input_einsum "
    f"conv_backward_input_transposed transposed_conv {_BACKWARD}",
    "sgd_momentum": "SGD.step",
    "train_step": "train",
    "grouped_conv": "depthwise_separable",
}
"""By exercise, without what tells it from its twins: other functions that answer it."""


def lenders_of(exercise: Exercise) -> set[str]:
    """The functions that an answer must not hand its work to, the course's own among them."""
    name = exercise.answer_name
    if exercise.mends:
        return {"Conv2d.forward" if name == "Mended1" else "Conv2d.backward"}
    if exercise.is_a_class:
        return {f"{name}.{method}" for method in ("__init__", "forward", "backward")}
    kind = name if name in _OF_ITS_KIND else name.rpartition("_")[0]
    return {name, *_OF_ITS_KIND.get(kind, "").split()}


_LOOPS = {"correlate2d", "correlate2d_strided", "conv_forward_loops", "conv_backward_weights_loops"}


def instead(exercise: Exercise) -> str:
    """What an answer is to do that has borrowed."""
    if exercise.mends:
        return "Copy the layer's own method, and change what is wrong in it."
    if exercise.name in _LOOPS:
        return "Here you write the loops over the windows."
    return "Here you write it, with NumPy and the functions of earlier lessons."
