"""What all commands share: where they print, and how they say what went wrong."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from course.project import CourseError

if TYPE_CHECKING:
    from rich.progress import Progress

SECONDS = click.FloatRange(min=0, min_open=True)
console = Console(highlight=False, soft_wrap=True)


def explains_errors(command: Callable[..., None]) -> Callable[..., None]:
    """Show a CourseError as one message instead of a traceback."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except CourseError as error:
            raise click.ClickException(str(error)) from error

    return wrapped


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """Around imports: what is missing belongs to an extra, and how to install that is said."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "course").split(".")[0] == "course":
            raise
        raise CourseError(
            f'This needs {error.name}. Run: pip install "convolution-course[{extra}]"'
        ) from error


def spinner() -> "Progress":
    """Shows that something is at work, on a terminal only."""
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
