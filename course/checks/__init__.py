"""The self-check of every exercise, and the mistakes it can name."""

from course.checks.exercises import EXERCISES
from course.checks.self_check import check

__all__ = ["EXERCISES", "check"]
