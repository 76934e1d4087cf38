"""Where the parts of a folder of the course are, and which lessons it has."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
SHEET = "formulas.html"
"""The formulas on one page, beside the notebooks."""
MARKER = ".convolution-course"
MARKED = (
    'This file marks a folder of the course "The convolution layer, from scratch, in NumPy", so '
    "that the command `course` finds it.\n"
)
"""What stands in the file called MARKER."""


class CourseError(Exception):
    """Something a user of the `course` command can put right; the message says how."""


@dataclass(frozen=True)
class Project:
    """A folder with the marker: a checkout, a release, or what `course start` lays out."""

    root: Path
    package: Path = field(default_factory=lambda: PACKAGE)
    """The installed course, which may lie elsewhere; it holds the notebooks as handed out."""

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
        """The same notebooks, solved and run; only a checkout has them."""
        return self.root / "solutions"

    @property
    def fresh(self) -> Path:
        """In an installed course: the notebooks as they were handed out."""
        return self.package / "fresh"

    @property
    def records(self) -> Path:
        """What the command remembers between two runs; never committed."""
        return self.root / ".course"

    def mark(self) -> None:
        """Write the file by which `find_project` knows the folder."""
        (self.root / MARKER).write_text(MARKED, encoding="utf-8", newline="\n")

    def lesson_names(self) -> list[str]:
        """Every lesson in order, such as "03_im2col", found by its source or its notebook."""
        sources = {p.stem for p in self.lessons.glob("[0-9][0-9]_*.md") if "." not in p.stem}
        return sorted(sources or {*notebook_names(self.notebooks), *names_handed_out(self.package)})

    def require_sources(self) -> None:
        """Raise CourseError in a copy without lessons/, from which nothing can be built."""
        if not self.lessons.is_dir():
            raise CourseError("This copy of the course has no lessons/, which this is made from.")

    def choose(self, wanted: Iterable[str]) -> list[str]:
        """The lessons meant by "3", "03", "03_im2col" or a notebook's path; all when none is.

        Raises CourseError for a word that means none, and where there are no lessons at all.
        """
        names = self.lesson_names()
        if not names:
            raise CourseError(
                f"There are no lessons in {self.root}. `course start` lays out a folder with them."
            )
        return choose(wanted, names)


def notebook_names(folder: Path) -> list[str]:
    """The lessons that have a notebook in a folder; copies that `course reset` keeps are none."""
    return sorted(p.stem for p in folder.glob("[0-9][0-9]_*.ipynb") if "." not in p.stem)


def names_handed_out(package: Path = PACKAGE) -> list[str]:
    """The lessons of which a package has notebooks to hand out, or a checkout solved ones."""
    return notebook_names(package / "fresh") or notebook_names(package.parent / "solutions")


def choose(wanted: Iterable[str], names: list[str]) -> list[str]:
    """Those of the names that are meant; all of them when no word is given."""
    return sorted({_find(word, names) for word in wanted}) or names


def _find(word: str, names: list[str]) -> str:
    stem = Path(word).name.removesuffix(".ipynb").removesuffix(".md")
    number = stem.zfill(2) if stem.isdigit() else None
    for name in names:
        if stem in (name, name[3:]) or number == name[:2]:
            return name
    close = difflib.get_close_matches(stem, [*names, *(n[3:] for n in names)], n=1, cutoff=0.4)
    meant = f"Did you mean {close[0]}? " if close else ""
    raise CourseError(f"There is no lesson {word!r}. {meant}The lessons: {', '.join(names)}")


def marked_folder(start: Path) -> Path | None:
    """The folder start, or the next one above it, that has the marker."""
    return next((f for f in (start, *start.parents) if (f / MARKER).is_file()), None)


def find_project(start: Path | None = None) -> Project:
    """The course that holds the folder start, or else the checkout this package belongs to.

    Raises CourseError when there is none.
    """
    start = (start or Path.cwd()).resolve()
    found = marked_folder(start) or marked_folder(PACKAGE.parent)
    if found is None:
        raise CourseError(
            f"{start} is not inside a folder of the course. Go to yours, or make one: course start"
        )
    return Project(found)
