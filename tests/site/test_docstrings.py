"""Docstrings are shown as they are written: paragraphs, names, and what is aligned in columns."""

import re

import pytest

pytest.importorskip("sphinx", reason="needs the site's own packages: pip install -e '.[site]'")

from docutils.core import publish_string

from course.authoring.site.docstrings import as_rst


def rst(text):
    return "\n".join(as_rst(text.splitlines()))


def test_columns_are_kept_letter_by_letter():
    columns = "x            (N, C, H, W)   floats of `any` kind*\nreturns      (N, F)"
    converted = rst(f"Lay windows out.\n\n{columns}\n\nRaises ValueError.")
    inside = "\n".join(f"   {line}" for line in columns.splitlines())
    assert (
        converted == f"Lay windows out.\n\n.. code-block:: text\n\n{inside}\n\nRaises ValueError."
    )


@pytest.mark.parametrize(
    "formulas",
    [
        "mean = betas[0] * mean + dw\nsquare = mean**2",
        "dw[f, c] = sum over n of\n           dy[n, f] * x[n, c]",
        "new w = w - dw",
    ],
)
def test_formulas_keep_their_lines(formulas):
    inside = "\n".join(f"   {line}" for line in formulas.splitlines())
    converted = rst(f"A step.\n\n{formulas}\n\nRaises ValueError.")
    assert converted == f"A step.\n\n.. code-block:: text\n\n{inside}\n\nRaises ValueError."


def test_a_sentence_with_a_formula_in_it_stays_a_sentence():
    assert "code-block" not in rst("With the rows of Y, Y = Cols W^T + b, and so\ndW = dY^T Cols.")


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("np.sum(a * b) and *args", "np.sum(a * b) and *args"),
        ("a name_ and d_x |bar|", "a name_ and d_x |bar|"),
        (r"a back\slash", r"a back\slash"),
        ("the `x.T @ w` product", "the x.T @ w product"),
        ("One sentence.  And more", "One sentence.  And more"),
        ("- a point that\n  goes on", "a point that goes on"),
    ],
)
def test_signs_that_mean_something_to_sphinx_are_only_letters(written, seen):
    shown = publish_string(rst(written), writer="pseudoxml", settings_overrides={"report_level": 5})
    lines = shown.decode().splitlines()
    text = "".join(line.strip() + " " for line in lines if not line.strip().startswith("<"))
    assert text.split() == seen.split()
    kinds = set(re.findall(r"^ *<(\w+)", shown.decode(), re.MULTILINE))
    lists = {"bullet_list", "list_item"} if written.startswith("- ") else set()
    literals = {"literal"} if "`" in written else set()
    assert kinds == {"document", "paragraph"} | lists | literals


def test_a_name_becomes_a_link_and_other_code_does_not():
    assert r"\ :py:obj:`output_size`\ " in rst("as `output_size` does")
    assert r"\ :py:obj:`course.nn`\ " in rst("see ``course.nn``")
    assert r"\ ``check.im2col(im2col)``\ " in rst("`check.im2col(im2col)` says")
