"""How far a long computation has come."""

import sys
from collections.abc import Iterable, Sequence
from typing import TypeVar

from tqdm import tqdm

Step = TypeVar("Step")
tqdm.monitor_interval = 0  # no thread that watches over the bars: a browser cannot start one


def progress_bar(steps: Sequence[Step]) -> Iterable[Step]:
    """The steps one by one, with a bar below the cell that shows how many are done.

    Args:
        steps: What to go through, such as a list or a range.

    Returns:
        Something to loop over in place of steps.

    Example:
        >>> for step in progress_bar(range(100)):  # doctest: +SKIP
        ...     train_step(model, loss, x, labels, optimizer)
    """
    # to stdout: what goes to stderr JupyterLab shows as if it were an error
    return tqdm(steps, unit="step", mininterval=0.5, ncols=78, file=sys.stdout)
