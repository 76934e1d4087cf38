"""How an array lies in memory. The numbers are the same; code that assumes more goes wrong."""

import numpy as np

LAYOUTS = ("C", "Fortran", "strided", "reversed")
"""Row by row, column by column, with gaps, or backwards."""


def laid_out(values: np.ndarray, layout: str) -> np.ndarray:
    """A copy of the numbers that lies in memory as the layout says."""
    if layout == "Fortran":
        return values.copy(order="F")
    if layout == "strided":
        gaps = np.zeros((*values.shape[:-1], 2 * values.shape[-1]), values.dtype)
        gaps[..., ::2] = values
        return gaps[..., ::2]
    if layout == "reversed":
        backwards = (slice(None, None, -1),) * values.ndim
        return values[backwards].copy()[backwards]
    return values.copy(order="C")
