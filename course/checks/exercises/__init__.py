"""Every exercise of the course, by name, in the order of the lessons."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course.checks.exercise import Exercise

LESSONS: dict[str, tuple[str, ...]] = {
    "00_start_here": ("dot_product",),
    "01_convolution_by_hand": ("correlate2d",),
    "02_stride_padding_size": ("output_size", "pad2d", "correlate2d_strided"),
    "03_im2col": ("im2col", "col2im"),
    "04_channels_filters_batches": ("conv_forward_loops", "conv_forward"),
    "05_one_big_sparse_matrix": ("conv_as_matrix",),
    "06_checking_gradients": ("numerical_gradient", "relative_error"),
    "07_backward_bias_and_weights": (
        "conv_backward_bias",
        "conv_backward_weights_loops",
        "conv_backward_weights",
    ),
    "08_backward_input": (
        "conv_backward_input_scatter",
        "conv_backward_input_col2im",
        "conv_backward_input_full",
    ),
    "09_the_convolution_layer": ("Conv2d",),
    "10_bug_clinic": (
        *("Mended1", "Mended2", "Mended3", "Mended4", "Mended5", "Mended6"),
        "probe",
    ),
    "11_relu_pooling_softmax": ("relu", "max_pool", "avg_pool", "linear", "softmax_cross_entropy"),
    "12_train_on_digits": ("sgd_momentum", "train_step"),
    "13_what_the_network_sees": ("receptive_field", "occlusion_map"),
    "14_making_it_fast": ("conv_forward_fast",),
    "15_dilated_grouped_transposed": (
        "dilated_conv",
        "grouped_conv",
        "depthwise_separable",
        "transposed_conv",
    ),
    "17_a_network_from_the_outside": ("prelu", "overlap", "suppress"),
}
"""The names of each lesson's exercises, in their order."""


class Catalogue(Mapping[str, "Exercise"]):
    """The exercises by name. A lesson's are loaded when one of them is first asked for."""

    def __init__(self) -> None:
        self._lesson_of = {name: lesson for lesson, names in LESSONS.items() for name in names}

    def __getitem__(self, name: str) -> "Exercise":
        module = import_module(f"course.checks.exercises.lesson_{self._lesson_of[name]}")
        exercise: Exercise = getattr(module, name)
        return exercise

    def __iter__(self) -> Iterator[str]:
        return iter(self._lesson_of)

    def __len__(self) -> int:
        return len(self._lesson_of)

    def __contains__(self, name: object) -> bool:
        return name in self._lesson_of

    def of(self, lesson: str) -> "list[Exercise]":
        """The exercises of one lesson, in their order; none for a lesson without any."""
        return [self[name] for name in LESSONS.get(lesson, ())]


EXERCISES = Catalogue()
