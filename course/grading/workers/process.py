"""A process that marks submissions, one line of JSON in for one line of JSON out.

Run by `course.grading.workers.local`, which ends it when it takes too long.
"""

import base64
import json
import os
import signal
import sys
from pathlib import Path

from course.grading.marking.marker import Marker, Settings
from course.running.removing import remove


def main() -> None:
    """Mark until nothing comes in any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else prints, such as pytest, must not answer
    start = json.loads(sys.stdin.readline())
    folder = Path(start["folder"])
    marker = Marker(Settings.from_dict(start["settings"]), folder)
    try:
        for line in sys.stdin:
            job = json.loads(line)
            data = base64.b64decode(job["data"])
            result = marker.mark(job["student"], job["lesson"], data, job["beside"])
            answers.write(json.dumps(result.as_dict()) + "\n")
            answers.flush()
    finally:
        marker.close()
        remove(folder)


if __name__ == "__main__":
    main()
