"""What every pytest run in this folder needs, `pytest --nbval solutions/` included."""

import os

import pytest

# The stored outputs are coloured; kernels started by nbval inherit this environment.
os.environ.pop("NO_COLOR", None)


def pytest_configure(config: pytest.Config) -> None:
    """Run every notebook here, whatever the environment was called in which it was saved."""
    if not getattr(config.option, "nbval_kernel_name", None):
        config.option.nbval_current_env = True


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Compare figures by their alternative text; the drawing depends on Matplotlib's version."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("text/html",)
