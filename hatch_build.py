"""Puts the notebooks into a wheel, as the fresh copies that `course start` and `reset` take."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FreshNotebooks(BuildHookInterface):
    """A release has its copies in course/fresh already, and an editable install needs none."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the notebooks that are added to the wheel; a CourseError ends the build."""
        root = Path(self.root)
        if version == "editable" or (root / "course" / "fresh").is_dir():
            return
        sys.path.insert(0, self.root)
        from course.authoring.handing_out import notebooks_to_hand_out
        from course.project import Project

        for path in notebooks_to_hand_out(Project(root)):
            build_data["force_include"][str(path)] = f"course/fresh/{path.name}"
