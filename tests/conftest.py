"""What every test may use: PyTorch to compare with, and Hypothesis that repeats itself in CI."""

import importlib
import os

import pytest
from hypothesis import settings

import course.running  # noqa: F401 - before nbformat, which is imported in a tenth of the time then

THOROUGH = {"deadline": None, "max_examples": 200}
settings.register_profile("local", **THOROUGH)
settings.register_profile("ci", **THOROUGH, derandomize=True, print_blob=True)
settings.register_profile("fast", deadline=None, max_examples=20)  # of `make test-fast`
settings.load_profile("ci" if os.environ.get("CI") else "local")


PYTORCH_LESSON = "16_from_numpy_to_pytorch"


def pytest_collection_modifyitems(items):
    """What compares with PyTorch is marked; to import it takes seconds, so it is slow too."""
    for item in items:
        arguments = item.callspec.params.values() if hasattr(item, "callspec") else ()
        if "torch" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.torch)
        elif PYTORCH_LESSON in [value for value in arguments if isinstance(value, str)]:
            item.add_marker(pytest.mark.torch)


@pytest.fixture(scope="session")
def torch():
    """PyTorch; without it the test is skipped, or fails where COURSE_REQUIRE_TORCH is set.

    On one thread: the arrays are small, and two workers would fight for two cores.
    """
    if os.environ.get("COURSE_REQUIRE_TORCH"):
        try:
            module = importlib.import_module("torch")
        except ImportError as error:
            pytest.fail(f"COURSE_REQUIRE_TORCH is set, but torch cannot be imported: {error}")
    else:
        module = pytest.importorskip("torch")
    module.set_num_threads(1)
    return module


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests of a process: two would be in each other's way."""
    from browsing import CHROMIUM, REQUIRED, browser

    if not CHROMIUM:
        if REQUIRED:
            pytest.fail("Chromium is required here and is not installed")
        pytest.skip("needs Chromium (on Debian: apt install chromium)")
    with browser() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def npm():
    """Where npm is not installed the test is skipped, or fails where a browser is required."""
    from browsing import REQUIRED
    from npm import INSTALLED

    if not INSTALLED:
        if REQUIRED:
            pytest.fail("npm is required here and is not installed")
        pytest.skip("needs npm (on Debian: apt install npm)")
