"""Where the parts of a checkout are, and which lessons it has."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


class CourseError(Exception):
    """Something a user of the `course` command can put right; the message says how."""


@dataclass(frozen=True)
class Project:
    """A checkout of the course, or a copy that a student has."""

    root: Path

    @property
    def lessons(self) -> Path:
        """The sources, where this copy of the course has them."""
        return self.root / "lessons"

    @property
    def notebooks(self) -> Path:
        """What students work in."""
        return self.root / "notebooks"

    @property
    def solutions(self) -> Path:
        """The same notebooks, solved and run."""
        return self.root / "solutions"

    @property
    def fresh(self) -> Path:
        """In a copy that a student has: the notebooks as they were handed out."""
        return self.root / "course" / "fresh"

    @property
    def records(self) -> Path:
        """What the command remembers between two runs; never committed."""
        return self.root / ".course"

    def lesson_names(self) -> list[str]:
        """Every lesson in order, such as "03_im2col", found by its source or its notebook."""
        sources = {p.stem for p in self.lessons.glob("[0-9][0-9]_*.md") if "." not in p.stem}
        places = (self.notebooks, self.fresh)
        notebooks = {p.stem for place in places for p in place.glob("[0-9][0-9]_*.ipynb")}
        return sorted(sources or {name for name in notebooks if "." not in name})

    def require_sources(self) -> None:
        """Raise CourseError in a copy without lessons/, from which nothing can be built."""
        if not self.lessons.is_dir():
            raise CourseError("This copy of the course has no lessons/, which this is made from.")

    def choose(self, wanted: Iterable[str]) -> list[str]:
        """The lessons meant by "3", "03", "03_im2col" or a notebook's path; all when none is."""
        names = self.lesson_names()
        chosen = {self._find(word, names) for word in wanted}
        return sorted(chosen) or names

    def _find(self, word: str, names: list[str]) -> str:
        stem = Path(word).name.removesuffix(".ipynb").removesuffix(".md")
        number = stem.zfill(2) if stem.isdigit() else None
        for name in names:
            if stem in (name, name[3:]) or number == name[:2]:
                return name
        close = difflib.get_close_matches(stem, [*names, *(n[3:] for n in names)], n=1, cutoff=0.4)
        meant = f"Did you mean {close[0]}? " if close else ""
        raise CourseError(f"There is no lesson {word!r}. {meant}The lessons: {', '.join(names)}")


def find_project(start: Path | None = None) -> Project:
    """The checkout that holds the folder start, or else the one this package was installed from.

    Raises CourseError when there is none.
    """
    start = (start or Path.cwd()).resolve()
    installed = Path(__file__).resolve().parents[1]
    for folder in (start, *start.parents, installed):
        if (folder / "notebooks").is_dir() and (folder / "course").is_dir():
            return Project(folder)
    raise CourseError(
        f"{start} is not inside the course. Go to the folder that holds notebooks/ and run this "
        "again."
    )
