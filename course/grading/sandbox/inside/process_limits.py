"""Limits of one process in the sandbox, and of all that it starts. They cannot be raised again."""

import json
import os
import resource


def apply() -> None:
    """Take the limits over from the environment variable that the grader has set."""
    limits = json.loads(os.environ.get("COURSE_LIMITS", "{}"))
    for name, most in limits.items():
        kind = getattr(resource, name)
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
