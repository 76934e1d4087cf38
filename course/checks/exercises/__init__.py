"""Every exercise of the course, by name, in the order of the lessons."""

from course.checks.exercise import Exercise
from course.checks.exercises import (
    lesson_00_start_here,
    lesson_01_convolution_by_hand,
    lesson_02_stride_padding_size,
    lesson_03_im2col,
    lesson_04_channels_filters_batches,
    lesson_05_one_big_sparse_matrix,
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
    )
}
