"""From a notebook to what its exercises are worth."""

import sys

# nbformat imports jsonschema, which reads in a grammar of web addresses where that is installed.
# No notebook needs it, and it would take most of the time in which `course check` starts.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
