"""Print what CHANGELOG.md says of a tag. Ends with an error where the versions are not one."""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADING = re.compile(r"^## (\d+\.\d+\.\d+), (\d{4}-\d{2}-\d{2}|unreleased)$", re.MULTILINE)


def notes(tag: str, version: str, changes: str) -> str:
    """The section of the newest version, which the tag has to name. Raises ValueError."""
    newest, *older = HEADING.finditer(changes)
    if not tag == f"v{version}" == f"v{newest[1]}":
        raise ValueError(
            f"the tag is {tag}, pyproject.toml has {version}, and CHANGELOG.md begins with "
            f"{newest[1]}: all three must name one version"
        )
    if newest[2] == "unreleased":
        raise ValueError(f"CHANGELOG.md has no date for {newest[1]} yet")
    end = older[0].start() if older else len(changes)
    return changes[newest.end() : end].strip() + "\n"


if __name__ == "__main__":
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    try:
        print(notes(sys.argv[1], project["version"], text), end="")
    except ValueError as error:
        sys.exit(str(error))
