"""The search: sections of pages as it reads them, and what it finds first."""

import json
import re

import pytest
from browsing import ROOT

pytest.importorskip(
    "py_mini_racer", reason="needs the site's own packages: pip install -e '.[site]'"
)

from py_mini_racer import MiniRacer

from course.authoring.site.lessons import read_lessons
from course.authoring.site.search import read_synonyms, sections
from course.project import Project

LESSONS = {lesson.number: lesson for lesson in read_lessons(Project(ROOT))}
PAGE = """<article class="bd-article"><section id="top"><h1>03 Windows
<a class="headerlink">#</a></h1><p class="lead">Why?</p><p>45 minutes.</p>
<div class="lesson-bar">Do it yourself</div><p>One.</p>
<section id="inner"><h2>The size</h2><p>A <strong>stride</strong> gives
<span class="katex"><span class="katex-mathml"><math><semantics><mrow><mfrac><mi>H</mi><mi>s</mi>
</mfrac></mrow><annotation>\\frac{H}{s}</annotation></semantics></math></span>
<span class="katex-html">H/s</span></span>.</p><div class="code-block-caption">Exercise
<code>output_size</code></div><details class="solution"><p>return 4</p></details>
<div class="cell_output">4 4 4</div></section></section></article>"""
REFERENCE = """<article class="bd-article"><section id="m"><h1>course.nn</h1><dl>
<dt class="sig" id="nn.f"><span class="descname">f</span>(x)</dt><dd>
<p>Doubles.</p><dl>
<dt class="sig" id="nn.f.g"><span class="descname">g</span></dt>
<dd>Inner.</dd></dl></dd></dl></section></article>"""


def test_a_page_falls_into_its_sections_and_a_formula_is_there_once():
    top, inner = sections(PAGE)
    assert top == {"anchor": "top", "title": "03 Windows", "terms": "", "text": "Why? One."}
    assert inner["terms"] == "stride output_size"
    assert inner["text"] == "A stride gives H / s . Exercise output_size"


def test_the_reference_falls_into_its_functions():
    page, outer, inner = sections(REFERENCE)
    assert (page["title"], page["text"]) == ("course.nn", "")
    assert (outer["anchor"], outer["title"], outer["text"]) == ("nn.f", "f", "f(x) Doubles.")
    assert (inner["title"], inner["text"]) == ("g", "g Inner.")


def test_synonyms_are_pairs_of_lists(tmp_path):
    (tmp_path / "words").write_text("# a remark\nflip, turn round: turn\n\n", encoding="utf-8")
    assert read_synonyms(tmp_path / "words") == [[["flip", "turn round"], ["turn"]]]
    for said, meant in read_synonyms(ROOT / "site" / "synonyms.txt"):
        assert all((*said, *meant))


@pytest.fixture(scope="module")
def search(site):
    """A function that asks the built site's search, run as the page runs it."""
    engine = MiniRacer()
    for file in ("_static/minisearch/minisearch.js", "_static/stemmer.js", "search-index.js"):
        engine.eval((site / file).read_text(encoding="utf-8"))
    engine.eval((site / "_static/search.js").read_text(encoding="utf-8"))
    engine.eval("globalThis.built = courseSearch.build(courseSearchIndex)")

    def ask(query):
        call = f"JSON.stringify(courseSearch.find(built, {json.dumps(query)}).slice(0, 10))"
        return json.loads(engine.eval(call))

    yield ask
    engine.close()


FIRST = [  # a query, the lesson of the section that must come first, and words of its title
    ("why flip kernel", "08|01", "turned|cross-correlation"),
    ("rotate kernel 180", "08|01", "turned|cross-correlation"),
    ("output size formula", "02", "size of the output"),
    ("same padding", "02", "Padding|Choosing"),
    ("im2col memory", "03", "costs"),
    ("col2im adds", "03", "way back"),
    ("gradient wrong", "06|10", "gradient|clinic"),
    ("gradient check float32", "06", "step"),
    ("stride 2 backward", "08", "Route"),
    ("backprop convolution", "07|08", "Backward|gradient"),
    ("transposed convolution", "15", "Transposed"),
    ("receptive field", "13", "see"),
    ("depthwise separable", "15", "Depthwise"),
    ("Toeplitz matrix", "05", "matrix"),
    ("face detector", "17", ""),
    ("cross correlation", "01", "cross-correlation"),
    ("filter size", "02", ""),
    ("deconvolution", "15", "Transposed"),
    ("atrous convolution", "15", "Dilated"),
    ("unfold", "03", ""),
    ("back-propagation", "07|08", ""),
    ("finite differences", "06", ""),
    ("he initialisation", "09", "begin"),
    ("learning rate", "09", "A layer learns"),
    ("translation invariance", "05", "Equivariance"),
    ("parameter sharing", "05", "saves"),
    ("max-pooling backward", "11", "Pooling"),
    ("soft max", "11", "Scores"),
    ("dense layer", "11", "fully connected"),
    ("overfitting", "12", "twenty"),
    ("saliency map", "13", ""),
    ("vectorise convolution", "03|04", ""),
    ("FFT", "14", "multiplications"),
    ("edge detector", "05", "Filters"),
    ("tensorflow", "16", ""),
]


@pytest.mark.slow
@pytest.mark.xdist_group("site")
@pytest.mark.parametrize(("query", "lesson", "title"), FIRST, ids=[query for query, *_ in FIRST])
def test_the_right_section_comes_first(search, query, lesson, title):
    if not set(lesson.split("|")) & set(LESSONS):
        pytest.skip("the lesson is not there")
    first = search(query)[0]
    assert re.match(rf"lessons/({lesson})_", first["page"]), (first["page"], first["title"])
    assert re.search(title, first["title"]), first["title"]


ALIKE = [
    ("cross-correlation", "cross correlation", "crosscorrelation"),
    ("initialise weights", "initialize weights", "initializing weights", "initialisation weights"),
    ("colour channels", "color channels", "Colours channel"),
    ("depthwise-separable", "depthwise separable", "Depth-wise separable"),
    ("maxpool", "max pool", "max-pool", "MaxPool"),
    ("output size", "Output sizes", "the size of an output"),
    ("receptive fields", "receptive field", "receptve field"),
]


@pytest.mark.slow
@pytest.mark.xdist_group("site")
@pytest.mark.parametrize("queries", ALIKE, ids=[queries[0] for queries in ALIKE])
def test_spelling_endings_and_hyphens_make_no_difference(search, queries):
    first = {(found["page"], found["anchor"]) for query in queries for found in search(query)[:1]}
    assert len(first) == 1, first


@pytest.mark.slow
@pytest.mark.xdist_group("site")
def test_a_name_of_the_reference_is_found(search):
    for name in ("check_gradients", "conv_backward_input_einsum", "relative_error", "MaxPool2d"):
        assert any(found["title"] == name for found in search(name)), name
    assert search("zzzz") == []
    assert search("") == search("the of") == []


@pytest.mark.slow
@pytest.mark.xdist_group("site")
def test_the_page_shows_sections_with_what_was_asked_for_marked(chromium, address):
    page = chromium.new_page()
    page.goto(f"{address}search.html?q=im2col memory")
    results = page.locator("#search-results li")
    results.first.wait_for()
    assert re.match(
        r"\d+ sections for “im2col memory”", page.locator("#search-summary").inner_text()
    )
    assert "memory" in results.first.locator("mark").all_inner_texts()
    link = results.first.locator("a")
    title = link.inner_text()
    link.click()
    anchor = page.url.partition("#")[2]
    assert title in page.locator(f"section[id='{anchor}'] > h2").inner_text()
    page.goto(f"{address}search.html?q=<zzzz zzzy=zzzw>")
    assert page.locator("#search-summary").inner_text().startswith("Nothing was found for “<zzzz")
    page.close()


@pytest.mark.slow
@pytest.mark.xdist_group("site")
def test_only_the_search_page_loads_what_the_search_needs(site):
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        loads = [name in text for name in ("search-index.js", "minisearch.js", "_static/search.js")]
        assert loads == [page.name == "search.html"] * 3, page
        assert "searchindex.js" not in text
