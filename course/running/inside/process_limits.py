"""Limits of one process, and of all that it starts. They cannot be raised again."""

import json
import os


def apply() -> None:
    """Take the limits over from the environment variable in which they were handed on."""
    try:
        import resource
    except ImportError:  # Windows has none
        return
    for name, most in json.loads(os.environ.get("COURSE_LIMITS", "{}")).items():
        kind = getattr(resource, name)
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
