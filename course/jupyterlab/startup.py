"""Python runs this file (PYTHONSTARTUP) when a kernel of `course lab` starts."""

try:
    from course.jupyterlab.errors import watch as _watch
except ImportError:  # the kernel of another environment
    pass
else:
    _watch()
    del _watch
