"""Every exercise of the course, by name, in the order of the lessons."""

from course.checks.exercise import Exercise
from course.checks.exercises import (
    lesson_00_start_here,
    lesson_01_convolution_by_hand,
    lesson_02_stride_padding_size,
    lesson_03_im2col,
    lesson_04_channels_filters_batches,
    lesson_05_one_big_sparse_matrix,
    lesson_06_checking_gradients,
    lesson_07_backward_bias_and_weights,
    lesson_08_backward_input,
    lesson_09_the_convolution_layer,
    lesson_10_bug_clinic,
)

EXERCISES: dict[str, Exercise] = {
    exercise.name: exercise
    for exercise in (
        lesson_00_start_here.dot_product,
        lesson_01_convolution_by_hand.correlate2d,
        lesson_02_stride_padding_size.output_size,
        lesson_02_stride_padding_size.pad2d,
        lesson_02_stride_padding_size.correlate2d_strided,
        lesson_03_im2col.im2col,
        lesson_03_im2col.col2im,
        lesson_04_channels_filters_batches.conv_forward_loops,
        lesson_04_channels_filters_batches.conv_forward,
        lesson_05_one_big_sparse_matrix.conv_as_matrix,
        lesson_06_checking_gradients.numerical_gradient,
        lesson_06_checking_gradients.relative_error,
        lesson_07_backward_bias_and_weights.conv_backward_bias,
        lesson_07_backward_bias_and_weights.conv_backward_weights_loops,
        lesson_07_backward_bias_and_weights.conv_backward_weights,
        lesson_08_backward_input.conv_backward_input_scatter,
        lesson_08_backward_input.conv_backward_input_col2im,
        lesson_08_backward_input.conv_backward_input_full,
        lesson_09_the_convolution_layer.Conv2d,
        lesson_10_bug_clinic.Mended1,
        lesson_10_bug_clinic.Mended2,
        lesson_10_bug_clinic.Mended3,
        lesson_10_bug_clinic.Mended4,
        lesson_10_bug_clinic.Mended5,
        lesson_10_bug_clinic.Mended6,
    )
}
