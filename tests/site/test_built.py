"""The built site: its links, pictures and metadata, and how it looks and acts in a browser."""

import json
import os
import re
import subprocess
import sys
import unicodedata
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from browsing import PUBLISHED, ROOT, pages, watched_page
from weigh import heavy

from course import convolution
from course.authoring.site import reference
from course.authoring.site.address import REPOSITORY_VARIABLE
from course.authoring.site.lessons import read_lessons
from course.authoring.site.notebook import anchor
from course.authoring.site.terminal import NAMES
from course.project import Project

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("site")]
LESSONS = read_lessons(Project(ROOT))
SCHEMES = ("light", "dark")
VOID_ROLES = {"a": "href", "link": "href", "img": "src", "script": "src", "source": "src"}
FETCHED = ("img", "script", "source", "iframe", "video", "audio", "embed", "object", "input")
FETCHED_LINKS = {"stylesheet", "icon", "preload", "modulepreload", "manifest", "apple-touch-icon"}


class Page(HTMLParser):
    """What a page has that a checker wants to see."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.append((tag, given))
        self.ids += [given[key] for key in ("id",) if given.get(key)]

    def all(self, tag):
        return [given for name, given in self.tags if name == tag]


@pytest.fixture(scope="session")
def parsed(site):
    """Every page of the site by its path."""
    return {name: Page((site / name).read_text(encoding="utf-8")) for name in pages(site)}


def links(page):
    """Every address on a page that a reader may follow or a browser fetches."""
    for tag, given in page.tags:
        for key in ("href", "src", "poster", "data"):
            if given.get(key):
                yield tag, given[key]


def test_the_site_is_built_in_less_than_a_minute(built):
    assert built[1] < 60


def test_every_lesson_has_its_page_and_its_notebook(site):
    for lesson in LESSONS:
        assert (site / "lessons" / f"{lesson.name}.html").exists()
        given = (site / "notebooks" / f"{lesson.name}.ipynb").read_bytes()
        assert given == (ROOT / "notebooks" / f"{lesson.name}.ipynb").read_bytes()


def test_no_page_shows_what_installs_the_course_in_colab(site):
    for lesson in LESSONS:
        assert "no-deps" not in (site / "lessons" / f"{lesson.name}.html").read_text("utf-8")
        assert "no-deps" in (site / "notebooks" / f"{lesson.name}.ipynb").read_text("utf-8")


def test_every_internal_link_and_anchor_leads_somewhere(site, parsed):
    base = "https://site.invalid/"
    broken = []
    for name, page in parsed.items():
        for _, link in links(page):
            link = link.removeprefix(PUBLISHED.prefix) if name == "404.html" else link
            parts = urlsplit(urljoin(base + name, link))
            if parts.netloc != "site.invalid" or parts.scheme != "https":
                continue
            path = unquote(parts.path).lstrip("/") or "index.html"
            anchor, _, _state_of_a_bench = unquote(parts.fragment).partition("?")
            target = parsed.get(path)
            found = anchor in ("", *target.ids) if target else (site / path).is_file()
            if not found:
                broken.append((name, link))
    assert broken == [], broken


def test_every_page_waits_for_one_stylesheet_and_for_no_script_but_a_short_one(site, parsed):
    assert [file.name for file in site.rglob("*.css")] == ["styles.css"]
    for name, page in parsed.items():
        links = [link for link in page.all("link") if link.get("rel") == "stylesheet"]
        assert len(links) == 1, name
        scripts = [given for given in page.all("script") if given.get("src")]
        waits = [s["src"] for s in scripts if "defer" not in s and s.get("type") != "late"]
        assert [Path(source.partition("?")[0]).stem for source in waits] == [
            "documentation_options"
        ], name


def test_every_file_that_styles_ask_for_is_there(site):
    for file in site.rglob("*.css"):
        for link in re.findall(r"url\(['\"]?([^)'\"]+)", file.read_text(encoding="utf-8")):
            if not link.startswith(("data:", "#")):
                path = file.parent / link.partition("?")[0].partition("#")[0]
                assert path.is_file(), (file.name, link)


def test_no_page_fetches_anything_from_another_host(site, parsed):
    for name, page in parsed.items():
        for tag, given in page.tags:
            fetched = tag in FETCHED or set(given.get("rel", "").split()) & FETCHED_LINKS
            for key in ("src", "srcset", "data", "poster") + (("href",) if fetched else ()):
                assert not re.match(r"(https?:)?//", given.get(key) or ""), (name, given)
    for file in site.rglob("*.css"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"(@import|url\()\s*['\"]?(https?:)?//", text), file


def test_every_picture_says_what_it_shows(parsed):
    for name, page in parsed.items():
        for image in page.all("img"):
            if "logo__image" in (image.get("class") or ""):
                continue  # its name stands beside it
            alt = image.get("alt") or ""
            assert len(alt) > 20, (name, image)
            assert " " in alt, (name, image)
            assert not re.search(r"\.(png|webp|svg|jpe?g|gif)\b|_images|figures/", alt), (name, alt)


def test_ids_are_not_given_twice(parsed):
    for name, page in parsed.items():
        twice = {given for given in page.ids if page.ids.count(given) > 1}
        assert not {given for given in twice if not given.startswith(("pst-", "__"))}, name


def test_every_page_tells_machines_what_it_is(site, parsed):
    described = {}
    for name, page in parsed.items():
        metas = {m.get("property") or m.get("name"): m.get("content") for m in page.all("meta")}
        assert metas["og:url"] == f"{PUBLISHED.site}{name}"
        assert metas["og:image"] == f"{PUBLISHED.site}card.png"
        assert metas["og:title"]
        assert metas["description"] == metas["og:description"]
        assert not re.search(r"[$\\{}]", metas["og:description"])
        described[name] = metas["og:description"]
        icons = [link["href"] for link in page.all("link") if "icon" in link.get("rel", "")]
        assert any(icon.endswith("favicon.svg") for icon in icons)
    assert (site / "card.png").exists()
    questions = {f"lessons/{lesson.name}.html": lesson.question for lesson in LESSONS}
    assert all(question in described[name] for name, question in questions.items())


def test_the_sitemap_lists_every_page_that_readers_look_for(site, parsed):
    listed = re.findall(r"<loc>(.*?)</loc>", (site / "sitemap.xml").read_text(encoding="utf-8"))
    made_up = ("404.html", "genindex.html", "search.html")
    wanted = {f"{PUBLISHED.site}{name}" for name in parsed if not name.startswith(made_up)}
    assert set(listed) == wanted


def test_formulas_are_typeset_and_no_tex_is_left(site):
    for lesson in LESSONS:
        source = (ROOT / "lessons" / f"{lesson.name}.md").read_text(encoding="utf-8")
        html = (site / "lessons" / f"{lesson.name}.html").read_text(encoding="utf-8")
        shown = re.sub(r"<annotation.*?</annotation>|<pre>.*?</pre>", "", html, flags=re.DOTALL)
        if "$$" in source:
            assert "katex-display" in html
        assert not re.search(r"\\(frac|sum|partial|cdot)\b", shown)
        assert not re.search(r"<script[^>]*mathjax", html, re.IGNORECASE)


def test_the_reference_links_to_the_lines_of_each_function(parsed):
    start = f"{PUBLISHED.source}/blob/{PUBLISHED.branch}/course/convolution/"
    hrefs = [given.get("href", "") for given in parsed["reference/convolution.html"].all("a")]
    sources = [href for href in hrefs if href.startswith(start)]
    assert len(sources) >= len(convolution.__all__)
    file, lines = next(s for s in sources if "columns.py" in s).removeprefix(start).split("#")
    first = int(lines.removeprefix("L").partition("-")[0])
    source = (ROOT / "course" / "convolution" / file).read_text(encoding="utf-8").splitlines()
    assert source[first - 1].startswith("def ")


def test_every_function_of_the_reference_has_its_lesson_and_an_example(site):
    for part in reference.parts(LESSONS):
        page = (site / "reference" / f"{part.name.partition('.')[2]}.html").read_text("utf-8")
        for entry in (entry for section in part.sections for entry in section.entries):
            shown = page.partition(f'id="{entry.name}"')[2].partition('<dl class="py ')[0]
            lesson = f"../lessons/{entry.lesson.name}.html" if entry.lesson else ""
            whole = page.partition(f'id="{entry.name}"')[2]
            assert lesson in whole
            if entry.directive == "autofunction" and not entry.name.endswith(".load"):
                assert 'class="doctest' in shown, entry.name


def test_formulas_of_the_reference_are_typeset_and_its_sections_are_napoleons(site):
    html = (site / "reference" / "convolution.html").read_text(encoding="utf-8")
    assert html.count("katex-display") >= 10
    assert html.count("Parameters<span") >= 20
    shown = re.sub(r"<annotation.*?</annotation>", "", html, flags=re.DOTALL)
    assert not re.search(r"\\(sum|frac|langle)|Args:|Returns:\s*<p>|\.\. math", shown)


def test_names_in_the_docstrings_of_the_reference_are_links(site):
    for page in (site / "reference").glob("[!i]*.html"):
        html = page.read_text(encoding="utf-8")
        names = re.findall(r'(\S+)<code class="xref py py-obj[^>]*><span class="pre">([^<]*)', html)
        assert names
        assert [name for before, name in names if not before.endswith('">')] == []


def test_the_reference_says_nothing_that_python_made_up(site):
    for page in (site / "reference").glob("*.html"):
        assert "Alias for field number" not in page.read_text(encoding="utf-8"), page


# In the browser


@pytest.fixture
def page(chromium, address):
    with watched_page(chromium, viewport={"width": 1280, "height": 900}) as page:
        yield page


SIDEWAYS = """() => {
  const page = document.documentElement;
  return [page.scrollWidth - page.clientWidth, document.body.scrollWidth - page.clientWidth];
}"""


CUT_OFF = """() => {
  const right = document.documentElement.clientWidth + 1;
  const scrolls = e => !e.matches(".bd-article")
    && (/auto|scroll/.test(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
  return [...document.querySelectorAll(".bd-article :not(.katex-mathml, .katex-mathml *)")]
    .filter(e => e.getBoundingClientRect().right > right && !scrolls(e))
    .map(e => e.outerHTML.slice(0, 100));
}"""


def test_pages_fit_a_phone_ask_nobody_else_and_report_no_error(page, site, address):
    page.set_viewport_size({"width": 390, "height": 844})
    for name in pages(site):
        page.goto(address + name)
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        assert max(page.evaluate(SIDEWAYS)) <= 0, name
        assert page.evaluate(CUT_OFF) == [], name
    assert all(url.startswith((address, "data:")) for url in page.asked)
    assert page.wrong == []


CONTRASTS = """names => {
  const block = document.querySelector(".cell_output .highlight pre");
  const dye = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const light = c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const luminance = colour => {
    dye.fillStyle = colour;
    dye.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...dye.getImageData(0, 0, 1, 1).data].map(c => light(c / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = element => {
    const colour = getComputedStyle(element).backgroundColor;
    const clear = /, 0\\)$|^transparent$/.test(colour);
    return clear && element.parentElement ? ground(element.parentElement) : colour;
  };
  return names.map(name => {
    const span = document.createElement("span");
    span.className = name;
    span.textContent = "x";
    block.append(span);
    const one = luminance(getComputedStyle(span).color), other = luminance(ground(span));
    span.remove();
    return [name, (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)];
  });
}"""


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_terminal_colour_can_be_read_on_every_background(chromium, address, scheme):
    page = chromium.new_page(color_scheme=scheme)
    page.goto(f"{address}lessons/03_im2col.html")
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    grounds = ["", *(f"-On{name}" for name in (*NAMES, "Page"))]
    inks = ["", *(f"-Text{name}" for name in NAMES)]
    classes = [f"-Terminal{ink}{ground}" for ink in inks for ground in grounds]
    classes += [f"-Terminal-TextPage-On{name}" for name in (*NAMES, "Page")]
    unreadable = [pair for pair in page.evaluate(CONTRASTS, classes) if pair[1] < 4.5]
    assert unreadable == []
    shown = page.locator(".cell_output span[class*='-OnYellow']").first
    assert shown.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 223, 128)"
    bold = page.locator(".cell_output span[class*='-Bold']").first
    assert bold.evaluate("e => getComputedStyle(e).fontWeight") == "700"
    page.close()


def test_a_page_with_benches_loads_their_component_once_and_no_other_does(site, parsed):
    with_benches = set()
    for name, page in parsed.items():
        scripts = [given.get("src") or "" for given in page.all("script")]
        loaded = [source for source in scripts if "bench.js" in source]
        assert len(loaded) == bool(page.all("convolution-bench")), name
        if loaded:
            with_benches.add(name)
            text = (site / name).read_text(encoding="utf-8")
            assert "customElements.define" not in text, name
    numbers = ("01", "02", "03", "04", "05", "07", "08", "15")
    lessons = {f"lessons/{lesson.name}.html" for lesson in LESSONS if lesson.number in numbers}
    assert with_benches == {"index.html", "bench.html", *lessons}


def test_the_front_pages_bench_plays_once_and_stands_still_where_motion_is_reduced(
    chromium, address
):
    page = chromium.new_page(reduced_motion="reduce")
    page.goto(address)
    caption = page.locator("convolution-bench .caption")
    page.wait_for_timeout(2500)
    assert caption.inner_text().startswith("y[0, 0]")
    page.close()
    page = chromium.new_page()
    page.goto(address)
    page.locator("convolution-bench .caption", has_text="y[1, 1]").wait_for()
    page.locator("convolution-bench").get_by_role("button", name="Play").wait_for()
    page.wait_for_timeout(1500)
    assert page.locator("convolution-bench .caption").inner_text().startswith("y[1, 1]")
    page.close()


def test_a_bench_without_scripts_is_a_picture(page, address):
    lesson = f"{address}lessons/05_one_big_sparse_matrix.html"
    page.goto(lesson, wait_until="networkidle")
    bench = page.locator("convolution-bench")
    assert bench.get_by_role("grid").count() == 5
    assert bench.locator("img").is_hidden()
    context = page.context.browser.new_context(java_script_enabled=False)
    without = context.new_page()
    without.goto(lesson)
    picture = without.locator("convolution-bench img")
    picture.scroll_into_view_if_needed()
    assert picture.bounding_box()["height"] > 100
    assert "A (4, 16): −1 −2 0 0 1" in picture.get_attribute("alt")
    context.close()


def test_every_link_of_the_bench_opens_the_state_that_it_names(page, address):
    page.goto(f"{address}bench.html")
    links = page.locator("a[href*='#bench?']")
    for link in links.all():
        link.click()
        view = re.search(r"view=(\w+)", link.get_attribute("href"))
        bench = page.locator("#bench")
        assert bench.locator(".error").is_hidden()
        assert bench.get_attribute("view") == (view and view[1])
    assert links.count() == 8
    assert page.wrong == []


def test_solutions_and_hints_are_folded_and_open_with_the_keyboard(page, address):
    page.goto(f"{address}lessons/03_im2col.html")
    solution = page.locator("details.solution", has_text="def im2col").first
    code = solution.locator("pre")
    assert not code.is_visible()
    assert "raise NotImplementedError" in page.locator("textarea").first.input_value()
    solution.locator("summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # answers the question that comes before a solution
    assert code.is_visible()
    assert page.locator("details[open]").count() == 1


def test_a_page_that_is_not_there_looks_like_the_others_and_leads_home(page, address):
    answer = page.goto(f"{address}lessons/no/such/page.html")
    assert answer.status == 404
    assert page.locator("h1").inner_text().startswith("There is no page here")
    assert page.evaluate(
        "getComputedStyle(document.documentElement).getPropertyValue('--course-line')"
    )
    assert all(url.startswith((address, "data:")) for url in page.asked)
    page.get_by_role("link", name="front page").click()
    assert page.url.rstrip("/").removesuffix("/index.html") == address.rstrip("/")


def test_previous_and_next_lead_through_the_lessons(page, address):
    page.goto(f"{address}lessons/{LESSONS[0].name}.html")
    for lesson in LESSONS[1:]:
        page.locator(".prev-next-footer a.right-next").click()
        page.wait_for_url(f"**/{lesson.name}.html")
    page.locator(".prev-next-footer a.left-prev").click()
    page.wait_for_url(f"**/{LESSONS[-2].name}.html")


def test_only_lessons_follow_each_other(parsed):
    for name, page in parsed.items():
        ways = {given.get("title"): given["href"] for given in page.all("a") if "href" in given}
        ends = [ways.get("previous page"), ways.get("next page")]
        there = [end and end.removesuffix(".html") for end in ends]
        listed = ["index", *(lesson.name for lesson in LESSONS)]
        if not name.startswith("lessons/"):
            assert there == [None, None], name
            continue
        place = listed.index(name.removeprefix("lessons/").removesuffix(".html"))
        assert there == [listed[place - 1] if place else None, *listed[place + 1 :], None][:2], name


def test_the_students_notebook_is_downloaded_as_it_is(page, address):
    lesson = LESSONS[3].name
    page.goto(f"{address}lessons/{lesson}.html")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download the notebook").click()
    assert waiting.value.suggested_filename == f"{lesson}.ipynb"
    downloaded = Path(waiting.value.path()).read_bytes()
    assert downloaded == (ROOT / "notebooks" / f"{lesson}.ipynb").read_bytes()
    assert not any(cell.get("outputs") for cell in json.loads(downloaded)["cells"])


def test_code_is_copied_without_the_prompt_of_a_terminal(chromium, address):
    context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()

    def copied(block):
        block.hover()
        block.get_by_role("button", name="Copy").click()
        block.get_by_role("button", name="Copied").wait_for()
        return page.evaluate("navigator.clipboard.readText()")

    page.goto(address)
    typed = copied(page.locator(".highlight-console").first).splitlines()
    assert typed[0].startswith("git clone ")
    assert typed[-1] == "make lab"
    page.goto(f"{address}lessons/03_im2col.html")
    code = page.locator(".cell_input .highlight").first
    assert copied(code) == code.locator("pre").text_content()
    assert page.locator(".cell_output button.copy").count() == 0
    context.close()


def test_where_nothing_can_hover_copy_buttons_and_anchors_are_there(chromium, address):
    for width in (390, 820):
        page = chromium.new_page(
            viewport={"width": width, "height": 844}, has_touch=True, is_mobile=True
        )
        page.goto(f"{address}lessons/03_im2col.html")
        for part in ("button.copy", "h2 > a.headerlink", ".code-block-caption > a.headerlink"):
            seen = page.locator(part).first
            assert seen.is_visible(), part
            assert seen.evaluate("e => getComputedStyle(e).opacity") == "1"
        page.close()


def test_the_link_to_an_exercise_names_it(parsed):
    for lesson in LESSONS:
        links = [a.get("href") for a in parsed[f"lessons/{lesson.name}.html"].all("a")]
        for exercise in lesson.exercises:
            assert f"#{anchor(exercise.name, lesson)}" in links
        assert not any(re.match(r"#id\d", link or "") for link in links), lesson.name


@pytest.mark.parametrize("width", [390, 1280])
def test_what_a_check_says_is_read_without_scrolling(chromium, address, width):
    context = chromium.new_context(  # with scripts each reader sees what is said of their own work
        viewport={"width": width, "height": 900}, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(f"{address}lessons/03_im2col.html")
    hidden = "all => all.map(e => e.scrollWidth - e.clientWidth)"
    said = page.eval_on_selector_all(".tag_sentences .cell_output pre", hidden)
    assert len(said) == 2
    assert max(said) <= 0
    context.close()


def test_on_paper_all_is_open_and_light_and_afterwards_as_before(chromium, address):
    page = chromium.new_page(color_scheme="dark")
    page.goto(f"{address}lessons/03_im2col.html")
    state = """() => [document.documentElement.dataset.theme,
      document.querySelectorAll('.bd-article details:not([open])').length]"""
    before = page.evaluate(state)
    assert before[0] == "dark"
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(state) == ["light", 0]
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(state) == before
    page.close()


def squeezed(text):
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))  # a PDF has one letter for fi


@pytest.mark.parametrize("lesson", LESSONS, ids=[lesson.name for lesson in LESSONS])
def test_a_lesson_prints_whole_with_its_solutions(page, address, lesson, tmp_path):
    pypdf = pytest.importorskip("pypdf")
    page.emulate_media(color_scheme="dark", media=None)
    page.goto(f"{address}lessons/{lesson.name}.html", wait_until="networkidle")
    wanted = page.eval_on_selector_all(".bd-article pre", "all => all.map(e => e.textContent)")
    page.pdf(path=tmp_path / "lesson.pdf", format="A4")
    printed = squeezed(
        "".join(p.extract_text() for p in pypdf.PdfReader(tmp_path / "lesson.pdf").pages)
    )
    missing = [
        line
        for text in wanted
        for line in text.splitlines()
        if line.isascii() and squeezed(line) not in printed
    ]
    assert missing == []
    assert "Furtherreading" in printed


def test_axe_finds_no_serious_barrier(site, chromium, npm):
    command = [sys.executable, str(Path(__file__).parent / "axe.py"), str(site)]
    environment = {**os.environ, REPOSITORY_VARIABLE: PUBLISHED.repository}
    looked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment)
    assert looked.returncode == 0, looked.stdout + looked.stderr


def test_no_page_is_heavier_than_it_may_be(site, address, chromium):
    assert heavy(chromium, address, site) == []
