"""The sandbox, where it can run."""

from tests.grading.conftest import sandbox

__all__ = ["sandbox"]
