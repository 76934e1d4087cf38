"""The pages in a stock Firefox, which WebDriver BiDi drives; the other tests look with Chromium."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from browsing import REQUIRED, ROOT
from npm import npm_file
from test_exercises import LESSON, NAME, flat, solution, wrong

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("site")]
LIBRARY = "puppeteer-core@24"
FIREFOX = shutil.which("firefox") or shutil.which("firefox-esr")


@pytest.fixture
def seen(lively):
    """What firefox.mjs has seen."""
    if not FIREFOX and not REQUIRED:
        pytest.skip("needs Firefox")
    task = {
        "library": npm_file(LIBRARY, "lib/esm/puppeteer/puppeteer-core.js").as_uri(),
        "firefox": FIREFOX,
        "address": lively,
        "lesson": LESSON,
        "exercise": NAME,
        "mistake": wrong(NAME)[0],
        "endless": f"def {NAME}(x, w, b=0.0):\n    while True:\n        pass\n",
        "solution": solution(NAME),
    }
    script = Path(__file__).with_name("firefox.mjs")
    command = ["node", str(script), json.dumps(task)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_a_student_does_an_exercise_in_firefox(seen):
    assert seen["mistake"]["state"] == "wrong"
    assert flat(wrong(NAME)[1]) in flat(seen["mistake"]["said"])
    assert "did not end within ten seconds" in seen["endless"]["said"]
    assert seen["solution"]["state"] == "right"
    assert "4 of 4 points" in seen["solution"]["said"]
    assert seen["kept"] == solution(NAME)
    assert re.match(r"y\[0, 0\]: its window times the kernel.* equals \d+\.", seen["bench"])
    assert seen["wrong"] == []
