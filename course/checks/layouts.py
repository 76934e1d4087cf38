"""How an array lies in memory. The numbers are the same; code that assumes more goes wrong."""

import numpy as np

LAYOUTS = ("C", "Fortran", "strided", "reversed")
"""Row by row, column by column, with gaps, or backwards."""


def laid_out(values: np.ndarray, layout: str) -> np.ndarray:
    """A copy of the numbers that lies in memory as the layout says."""
    if layout == "strided":
        return np.repeat(values, 2, axis=-1)[..., ::2]
    if layout == "reversed":
        backwards = (slice(None, None, -1),) * values.ndim
        return values[backwards].copy()[backwards]
    return values.copy(order="F" if layout == "Fortran" else "C")
