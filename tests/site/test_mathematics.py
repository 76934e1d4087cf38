"""Formulas are typeset while the site is built, and a wrong one stops it."""

import subprocess
import sys
from pathlib import Path

import pytest
from browsing import ROOT

pytest.importorskip(
    "py_mini_racer", reason="needs the site's own packages: pip install -e '.[site]'"
)

from course.authoring.site.mathematics import FormulaError, typeset

SCRIPT = ROOT / "site" / "katex" / "katex.min.js"


def test_a_formula_has_a_picture_for_eyes_and_mathml_for_ears():
    html = typeset(r"y_{i,j} = \sum_u x_{i+u,\,j}", False, SCRIPT)
    assert '<span class="katex-mathml"><math' in html
    assert '<span class="katex-html" aria-hidden="true">' in html
    assert "katex-display" not in html
    assert "katex-display" in typeset("a", True, SCRIPT)


def test_letters_that_mean_something_to_javascript_or_html_are_safe():
    html = typeset("a < b \n\\text{'\"</script>`}", False, SCRIPT)
    assert "&lt;" in html
    assert "</script>" not in html


@pytest.mark.parametrize("formula", [r"\frac{1", r"\nosuchcommand", "x^", r"\begin{align} a"])
def test_a_wrong_formula_is_refused_with_the_reason(formula):
    with pytest.raises(FormulaError, match=r"KaTeX|Expected|Undefined|end of input"):
        typeset(formula, False, SCRIPT)


def run(*words, cwd=ROOT):
    return subprocess.run(
        [sys.executable, *words], cwd=cwd, capture_output=True, text=True, timeout=60
    )


def test_python_ends_after_a_wrong_formula():
    program = (
        "import sys; from pathlib import Path\n"
        "from course.authoring.site.mathematics import typeset\n"
        "typeset('x^', False, Path(sys.argv[1]))"
    )
    assert "FormulaError" in run("-c", program, str(SCRIPT)).stderr


@pytest.mark.slow
@pytest.mark.parametrize(("formula", "builds"), [("$x^2$", True), ("$x^$", False)])
def test_a_wrong_formula_fails_the_build(tmp_path, formula, builds):
    (tmp_path / "conf.py").write_text(
        "extensions = ['myst_parser', 'course.authoring.site.mathematics']\n"
        "myst_enable_extensions = ['dollarmath']\n"
        "html_math_renderer = 'katex'\n"
        f"course_katex = {str(SCRIPT)!r}\n"
    )
    (tmp_path / "index.md").write_text(f"# Title\n\nA formula: {formula}\n")
    finished = run("-m", "sphinx", "-W", "-q", str(tmp_path), str(tmp_path / "out"))
    assert (finished.returncode == 0) == builds, finished.stderr
    if not builds:
        assert "index.md:3" in finished.stderr
        assert "in the formula 'x^'" in finished.stderr


def test_styles_and_fonts_of_katex_are_all_here():
    folder = ROOT / "site" / "static" / "katex"
    styles = (folder / "katex.min.css").read_text(encoding="utf-8")
    named = {part.split(")")[0] for part in styles.split("url(")[1:]}
    assert {Path(name).name for name in named} == {p.name for p in (folder / "fonts").iterdir()}
    version = styles.partition('.katex-version:after{content:"')[2].partition('"')[0]
    assert f"version {version}" in (ROOT / "site" / "katex" / "README.md").read_text("utf-8")
    assert f'version:"{version}"' in SCRIPT.read_text(encoding="utf-8")
