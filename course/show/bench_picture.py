"""The still picture of a bench: arrays of numbers, drawn as SVG that is read on any ground."""

from dataclasses import dataclass, field

import numpy as np

from course.show.image import image_of
from course.show.meanings import FILLS, LINE, MEANINGS, ON_FILL, PAPER

TITLES = {"back": "col2im(cols)"}
CELL, GAP, LABEL = 30, 22, 24
MOST_LETTERS = 3
"""That fit into a cell; wider numbers get wider cells."""
MOST_WIDTH = 700


@dataclass(frozen=True)
class Sheets:
    """An array of any number of axes; the last two are a sheet. lit holds the marked indices."""

    name: str
    array: np.ndarray
    lit: set[tuple[int, ...]] = field(default_factory=set)

    @property
    def title(self) -> str:
        """Its name, and its shape without the axes of length 1 in front."""
        shape = self.array.shape
        while len(shape) > 2 and shape[0] == 1:
            shape = shape[1:]
        return f"{TITLES.get(self.name, self.name)} {shape}"

    def in_words(self) -> str:
        """The title and all numbers: rows by "/", sheets by "//"."""
        sheets = (
            " / ".join(" ".join(map(short, row)) for row in sheet) for sheet in self._sheets()
        )
        return f"{self.title}: {' // '.join(sheets)}"

    def _sheets(self) -> np.ndarray:
        return self.array.reshape(-1, *((1, 1, *self.array.shape)[-2:]))

    def drawn(self, left: float, top: float) -> tuple[str, float, float]:
        """The SVG of it, with its width and height."""
        sheets, fill = self._sheets(), FILLS[MEANINGS[self.name]]
        _, rows, columns = sheets.shape
        letters = max(len(short(entry)) for entry in self.array.flat)
        cell = max(CELL, 9 * letters + 4) if letters > MOST_LETTERS else CELL
        label = 8 * len(self.title) + 8
        parts = [
            f"<rect x='{left}' y='{top}' width='{label}' height='18' rx='4' fill='{fill}'/>"
            f"<text class='t' x='{left + 4}' y='{top + 13}'>{self.title}</text>"
        ]
        indices = iter(np.ndindex(self.array.shape))
        y = top + LABEL
        for sheet in sheets:
            numbers = []
            lit = []
            for i, j in np.ndindex(rows, columns):
                if next(indices) in self.lit:
                    lit.append(f"M{left + j * cell} {y + i * CELL}h{cell}v{CELL}h-{cell}z")
                x = left + (j + 0.5) * cell
                numbers.append(
                    f"<text x='{x:g}' y='{y + i * CELL + 20}'>{short(sheet[i, j])}</text>"
                )
            lines = "".join(f"M{left} {y + i * CELL}h{columns * cell}" for i in range(rows + 1))
            lines += "".join(f"M{left + j * cell} {y}v{rows * CELL}" for j in range(columns + 1))
            parts.append(
                f"<path fill='{PAPER}' d='M{left} {y}h{columns * cell}v{rows * CELL}"
                f"h-{columns * cell}z'/><path fill='{fill}' d='{''.join(lit)}'/>"
                f"<path stroke='{LINE}' d='{lines}'/>{''.join(numbers)}"
            )
            y += rows * CELL + 8
        return "".join(parts), max(columns * cell, label), y - top


def short(entry: float) -> str:
    """A number as the bench writes it; a question mark where it is not to be seen."""
    if np.isnan(entry):
        return "?"
    tidy = 0.0 if abs(entry) < 1e-12 else float(entry)
    whole = tidy == int(tidy) and abs(tidy) < 1e5
    return (str(int(tidy)) if whole else f"{tidy:.3g}").replace("-", "\N{MINUS SIGN}")


def still_picture(arrays: list[Sheets], alt: str) -> str:
    """The arrays beside each other as an `<img>`, in rows that are not too wide."""
    parts, left, top, height, right = [], 1.0, 1.0, 0.0, 0.0
    for array in arrays:
        drawn, wide, high = array.drawn(left, top)
        if left > 1 and left + wide > MOST_WIDTH:
            left, top, height = 1.0, top + height + GAP / 2, 0.0
            drawn, wide, high = array.drawn(left, top)
        parts.append(drawn)
        left, height = left + wide + GAP, max(height, high)
        right = max(right, left - GAP)
    width, whole = round(right + 1), round(top + height)
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {whole}' width='{width}' "
        f"height='{whole}'><style>text{{font:14px sans-serif;text-anchor:middle;fill:{ON_FILL}}}"
        f".t{{text-anchor:start;font-size:13px}}</style>{''.join(parts)}</svg>"
    )
    return image_of(svg, alt, width)
