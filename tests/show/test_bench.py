"""The bench: its numbers are the course's, and it is reached by mouse, key and screen reader."""

import json
import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from browsing import watched_page

from course import convolution as course
from course.examples import COLOUR_W, COLOUR_X, TOY_B, TOY_W, TOY_X
from course.project import find_project
from course.show import bench, interactive
from course.show.bench_picture import short

SOURCE = interactive.component()
STORED = interactive.stored_component()
"""As a notebook holds it, which all that is shown here runs."""
VIEWS = ("forward", "columns", "matrix", "dw", "dx", "adjoint")
SOLUTIONS = sorted(find_project(Path(__file__).parent).solutions.glob("*.ipynb"))
WIDTHS = (390, 768, 1024, 1440)
STATES, TOGETHER = 520, 40
MOST_CELLS = 4000
"""Of the matrix, so that the test does not take minutes."""

# The numbers


def random_state(rng):
    """The arrays and settings of a layer whose kernel fits its image."""
    transposed = rng.random() < 0.2
    groups = 1 if transposed else int(rng.choice([1, 1, 2, 3]))
    C, F = groups * int(rng.integers(1, 3)), groups * int(rng.integers(1, 3))
    if groups == 1:
        C, F = map(int, rng.integers(1, 4, 2))
    C, F = min(C, 3) if groups != 2 else 2, min(F, 3) if groups != 2 else 2
    while True:
        H, W = map(int, rng.integers(1, 7, 2))
        kh, kw = map(int, rng.integers(1, 4, 2))
        stride, padding = int(rng.integers(1, 4)), int(rng.integers(4))
        dilation = 1 if transposed else int(rng.integers(1, 4))
        spans = [(k - 1) * dilation + 1 for k in (kh, kw)]
        sizes = zip((H, W), spans, strict=True)
        if transposed:
            fits = all((n - 1) * stride + k - 2 * padding >= 1 for n, k in sizes)
        else:
            fits = all(k <= n + 2 * padding for n, k in sizes)
        places = np.prod([(n + 2 * padding) // stride + 1 for n in (H, W)])
        if fits and C * F * H * W * places <= MOST_CELLS:
            break
    draw = (
        (lambda *shape: rng.standard_normal(shape))
        if rng.random() < 0.3
        else (lambda *shape: rng.integers(-5, 10, shape).astype(float))
    )
    x, b = draw(C, H, W), draw(F)
    w = draw(C, F, kh, kw) if transposed else draw(F, C // groups, kh, kw)
    setting = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    state = {"x": x, "w": w, "b": b, **setting, "transposed": transposed}
    state["dy"] = draw(*output(state).shape)
    return state


def widened(w, dilation):
    """The kernel with its zeros in between: to the plain layer the same."""
    F, K, kh, kw = w.shape
    wide = np.zeros((F, K, (kh - 1) * dilation + 1, (kw - 1) * dilation + 1))
    wide[:, :, ::dilation, ::dilation] = w
    return wide


def output(state):
    x, w, b, stride, padding = (state[k] for k in ("x", "w", "b", "stride", "padding"))
    if state["transposed"]:
        return course.transposed_conv(x[None], w, b, stride, padding)[0]
    wide = widened(w, state["dilation"])
    return course.grouped_conv(x[None], wide, b, stride, padding, state["groups"])[0]


def expected(state):
    """All arrays of all views, by the course's functions."""
    x, w, dy, stride, padding = (state[k] for k in ("x", "w", "dy", "stride", "padding"))
    d, groups, setting = state["dilation"], state["groups"], (stride, padding)
    y = output(state)
    if state["transposed"]:
        dx, dw, db = course.transposed_conv_backward(dy[None], x[None], w, *setting)
        A = course.conv_as_matrix(w, y.shape, *setting).T
        return common(state, y, dx[0], dw, db, A) | {"dx": dx[0]}
    wide = widened(w, d)
    dx, dw, db = course.grouped_conv_backward(dy[None], x[None], wide, *setting, groups)
    dw = dw[:, :, ::d, ::d]
    spans, (F, K) = wide.shape[2:], w.shape[:2]
    whole = np.zeros((F, len(x), *spans))
    for f in range(F):
        first = f // (F // groups) * K
        whole[f, first : first + K] = wide[f]
    A = course.conv_as_matrix(whole, x.shape, *setting)
    windows = course.im2col(x[None], spans, *setting).reshape(-1, len(x), *spans)
    kept = np.zeros_like(windows)
    kept[:, :, ::d, ::d] = windows[:, :, ::d, ::d]
    back = course.col2im(kept.reshape(len(kept), -1), (1, *x.shape), spans, *setting)[0]
    cols = windows[:, :, ::d, ::d].reshape(len(windows), -1)
    return common(state, y, dx[0], dw, db, A) | {"cols": cols, "back": back, "collected": dx[0]}


def common(state, y, dx, dw, db, A):
    given = {name: state[name] for name in ("x", "w", "b", "dy")}
    Ax = y - state["b"][:, None, None]
    return given | {"y": y, "Ax": Ax, "dx": dx, "ATdy": dx, "dw": dw, "db": db[:, None], "A": A}


def attributes(state):
    arrays = {name: json.dumps(state[name].tolist()) for name in ("x", "w", "b", "dy")}
    settings = {name: str(state[name]) for name in ("stride", "padding", "dilation", "groups")}
    return arrays | settings | ({"transposed": ""} if state["transposed"] else {})


SHOW = """states => states.map(attributes => {
  const bench = document.querySelector("convolution-bench");
  for (const name of bench.getAttributeNames()) bench.removeAttribute(name);
  for (const [name, value] of Object.entries(attributes)) bench.setAttribute(name, value);
  bench.update();
  const root = bench.shadowRoot, texts = {}, error = root.querySelector(".error").textContent;
  for (const cell of root.querySelectorAll(".cell[tabindex]")) {
    texts[cell.id] = cell.querySelector("b").textContent;
  }
  const formulas = [...root.querySelectorAll(".reading .formula")].map(e => e.textContent);
  return {numbers: bench.numbers, texts, formulas, error};
})"""


@cache
def random_states():
    rng = np.random.default_rng(15)
    return [random_state(rng) for _ in range(STATES)]


@pytest.fixture(scope="module")
def page(chromium):
    """A page of its own with a bench on it."""
    with watched_page(chromium, viewport={"width": 1024, "height": 900}) as page:
        page.set_content(document("<convolution-bench></convolution-bench>"))
        yield page


def document(body, script=True):
    source = f'<script type="module">{STORED}</script>' if script else ""
    return (
        '<!doctype html><html lang="en"><head><title>Bench</title>'
        '<meta name="viewport" content="width=device-width">'
        "<style>:root { color-scheme: light dark; background: Canvas } body { margin: 16px }"
        "</style></head>"
        f"<body><main><h1>Bench</h1><h2>Here</h2>{body}</main>{source}</body></html>"
    )


def shown(page, states):
    found = []
    for k in range(0, len(states), TOGETHER):
        found += page.evaluate(SHOW, states[k : k + TOGETHER])
    return found


def numbers(nested):
    return np.array([0.0 if entry is None else entry for entry in flat(nested)])


def flat(nested):
    return [e for part in nested for e in flat(part)] if isinstance(nested, list) else [nested]


def agree(got, right):
    return len(got) == right.size and np.allclose(got, right.ravel(), rtol=1e-10, atol=1e-10)


@pytest.mark.slow
@pytest.mark.xdist_group("site")
@pytest.mark.parametrize("view", VIEWS)
def test_every_number_of_every_view_is_the_courses(page, view):
    states = [s for s in random_states() if not (s["transposed"] and view == "columns")]
    all_shown = shown(page, [attributes(state) | {"view": view} for state in states])
    for state, found in zip(states, all_shown, strict=True):
        right = expected(state)
        assert found["error"] == ""
        for name, nested in found["numbers"].items():
            if name == "turned":
                assert agree(numbers(nested), right["w"])  # drawn turned
            elif name != "spread":
                assert agree(numbers(nested), right[name]), (view, name, attributes(state))
        for cell, text in found["texts"].items():
            name, *index = cell.split("_")
            if name in right and not (name == "A" and text == ""):
                index = (*map(int, index), 0)[: right[name].ndim]
                assert text == short(right[name][index]) or near(text, right[name][index]), cell


def near(text, right):
    """The last of three digits may be rounded to either side."""
    return abs(float(text.replace("\N{MINUS SIGN}", "-")) - right) <= 0.006 * abs(right)


@pytest.mark.slow
@pytest.mark.xdist_group("site")
def test_dx_is_what_all_six_routes_give_scattered_and_collected(page):
    states = [s for s in random_states() if not s["transposed"] and s["groups"] == 1][:120]
    for state, found in zip(
        states, shown(page, [attributes(s) | {"view": "dx"} for s in states]), strict=True
    ):
        dy, wide = state["dy"][None], widened(state["w"], state["dilation"])
        for route in ("scatter", "col2im", "full", "transposed", "matrix", "einsum"):
            backward = getattr(course, f"conv_backward_input_{route}")
            dx = backward(dy, wide, (1, *state["x"].shape), state["stride"], state["padding"])
            for name in ("dx", "collected"):
                assert agree(numbers(found["numbers"][name]), dx), (route, name)


@pytest.mark.slow
@pytest.mark.xdist_group("site")
def test_a_scatter_that_is_on_its_way_has_the_outputs_so_far(page):
    rng, cases = np.random.default_rng(3), []
    for state in [s for s in random_states() if not s["transposed"]][:100]:
        last = int(rng.integers(state["dy"].size))
        index = np.unravel_index(last, state["dy"].shape)
        so_far = np.where(np.arange(state["dy"].size) <= last, state["dy"].ravel(), 0)
        cases.append((state | {"dy": so_far.reshape(state["dy"].shape)}, state, index))
    given = [
        attributes(state) | {"view": "dx", "select": f"dy {' '.join(map(str, index))}"}
        for _, state, index in cases
    ]
    for (partial, whole, _), found in zip(cases, shown(page, given), strict=True):
        assert agree(numbers(found["numbers"]["dx"]), expected(partial)["dx"])
        assert agree(numbers(found["numbers"]["collected"]), expected(whole)["dx"])


@pytest.mark.slow
@pytest.mark.xdist_group("site")
def test_the_two_sums_of_the_adjoint_agree_until_it_is_broken(page):
    given = [attributes(state) | {"view": "adjoint"} for state in random_states()]
    parted = 0
    for broken in (False, True):
        more = {"broken": ""} if broken else {}
        for found in shown(page, [g | more for g in given]):
            n = {name: numbers(nested) for name, nested in found["numbers"].items()}
            one, other = n["Ax"] @ n["dy"], n["x"] @ n["ATdy"]
            scale = abs(n["Ax"]) @ abs(n["dy"]) + 1e-300
            if not broken:
                assert abs(one - other) <= 1e-12 * scale
            elif one != 0:
                assert abs(one - other) > 1e-9 * (1 + abs(one))
                parted += 1
    assert parted > 0.9 * STATES


@pytest.mark.slow
@pytest.mark.xdist_group("site")
def test_the_sum_that_is_written_out_is_the_entry(page):
    """Of every formula, the products add up to the number behind the last equals sign."""
    rng, given = np.random.default_rng(4), []
    whole = [s for s in random_states() if float(s["x"].flat[0]).is_integer()]
    for k, state in enumerate(whole):
        view, name = [("forward", "y"), ("dw", "dw"), ("dx", "dx"), ("dw", "db")][k % 4]
        shape = expected(state)[name].shape[: 1 if name == "db" else None]
        index = [int(rng.integers(n)) for n in shape]
        select = f"{name} {' '.join(map(str, index))}"
        given.append(attributes(state) | {"view": view, "select": select})
    for attribute, found in zip(given, shown(page, given), strict=True):
        text = found["formulas"][-1].replace("\N{MINUS SIGN}", "-").replace("·", "*")
        _, terms, result = text.split(" = ")
        assert eval(terms, {}) == pytest.approx(float(result), rel=0.006), attribute


def test_the_arrays_in_the_text_are_the_courses():
    for state in random_states()[:200]:
        given = [state[name] for name in ("x", "w", "b", "stride", "padding", "dilation", "groups")]
        layer = interactive.DrawnLayer.of(*given, state["dy"], state["transposed"])
        right = expected(state)
        names = ["y", "dx", "dw", "db", "A", *([] if state["transposed"] else ["cols", "back"])]
        for name in names:
            assert agree(layer.array(name).ravel(), right[name]), name


# What a reader does


@pytest.fixture
def touched(chromium):
    """(page, show): a page, and a function that puts a bench on it."""
    with watched_page(chromium, viewport={"width": 1024, "height": 900}) as page:

        def show(given="", width=1024):
            page.set_viewport_size({"width": width, "height": 900})
            page.set_content(document(f"<convolution-bench {given}></convolution-bench>"))
            page.wait_for_function(ROOT)

        page.show = show
        yield page
        assert page.wrong == []
        assert page.asked == []


ROOT = "document.querySelector('convolution-bench').shadowRoot"
FOCUSED = f"{ROOT}.activeElement"
ALOUD = f"{ROOT}.querySelector('.aloud').textContent"
GIVEN = "name => document.querySelector('convolution-bench').getAttribute(name)"


@pytest.mark.slow
@pytest.mark.xdist_group("site")
@pytest.mark.parametrize("view", VIEWS)
def test_keys_alone_reach_every_cell_slider_and_button(touched, view):
    touched.show(f'view="{view}" padding="1" stride="2"')
    wanted = touched.evaluate(
        f"""() => [...{ROOT}.querySelectorAll('.cell[tabindex], input, button')]
        .filter(e => e.offsetParent).map(e => e.id || e.name || e.textContent)"""
    )
    name = f"(e => e && (e.id || e.name || e.textContent))({FOCUSED})"
    reached = set()
    for _ in range(60):
        touched.keyboard.press("Tab")
        here = touched.evaluate(name)
        if here is None:
            break
        reached.add(here)
        if "_" not in here:
            continue
        for way in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowDown") * 12:
            walked = True
            while walked:
                touched.keyboard.press(way)
                now = touched.evaluate(name)
                walked = now != here and way != "ArrowDown"
                moved, here = now != here, now
                reached.add(here)
                if way == "ArrowDown":
                    break
            if way == "ArrowDown" and not moved:
                break
    assert set(wanted) <= reached


@pytest.mark.slow
@pytest.mark.xdist_group("site")
def test_the_live_region_says_the_sum_of_the_selected_cell(touched):
    touched.show('b="5" select="y 0 0"')
    touched.locator("#y_0_0_0").focus()
    touched.keyboard.press("ArrowRight")
    assert touched.evaluate(GIVEN, "select") == "y 0 0 1"
    assert (
        touched.evaluate(ALOUD).strip().startswith("y[0, 1]: its window times the kernel, summed")
    )
    assert (
        "y[0, 1] equals 1 times minus 1 plus 2 times minus 2 plus 3 times 0 plus 5 times 1 plus "
        "6 times 0 plus 7 times minus 2 plus 9 times 0 plus 10 times minus 1 plus 11 times 2 plus "
        "5 equals 3."
    ) in touched.evaluate(ALOUD)


@pytest.mark.slow
@pytest.mark.xdist_group("site")
def test_a_number_is_edited_by_key_and_by_click_and_the_page_hears_of_it(touched):
    touched.show('b="5" select="y 0 0"')
    touched.evaluate(
        "document.addEventListener('change', e => { window.heard = e.target.getAttribute('x'); })"
    )
    touched.locator("#x_0_0_1").focus()
    touched.keyboard.press("7")
    touched.keyboard.press("Enter")
    assert json.loads(touched.evaluate("window.heard"))[0][0] == [0, 7, 2, 3]
    assert touched.evaluate(FOCUSED + ".id") == "x_0_0_1"
    assert touched.locator("#y_0_0_0 b").text_content() == "\N{MINUS SIGN}6"
    cell = touched.locator("#w_0_0_1_1")
    cell.click()
    assert cell.get_attribute("aria-selected") == "true"
    cell.click()
    touched.keyboard.type("2")
    touched.keyboard.press("Enter")
    assert json.loads(touched.evaluate(GIVEN, "w"))[0][0][1] == [1, 2, -2]
    touched.locator("#w_0_0_1_1").press("Enter")
    touched.keyboard.type("oops")
    touched.keyboard.press("Escape")
    assert json.loads(touched.evaluate(GIVEN, "w"))[0][0][1] == [1, 2, -2]


@pytest.mark.slow
@pytest.mark.xdist_group("site")
def test_a_tap_selects_and_a_pixel_lights_up_every_output_that_sees_it(chromium):
    page = chromium.new_page(has_touch=True, viewport={"width": 390, "height": 844})
    page.set_content(document("<convolution-bench></convolution-bench>"))
    page.locator("#x_0_1_1").tap()
    lit = f"[...{ROOT}.querySelectorAll('.lit')].map(e => e.id)"
    assert {k for k in page.evaluate(lit) if k[0] == "y"} == {
        f"y_0_{i}_{j}" for i in (0, 1) for j in (0, 1)
    }
    page.locator("#y_0_1_1").tap()
    assert {k for k in page.evaluate(lit) if k[0] == "x"} == {
        f"x_0_{r}_{s}" for r in (1, 2, 3) for s in (1, 2, 3)
    }
    page.close()


@pytest.mark.slow
@pytest.mark.xdist_group("site")
def test_no_slider_leads_where_there_is_no_output(touched):
    rng = np.random.default_rng(5)
    for given in ("", "transposed"):
        touched.show(given)
        for _ in range(60):
            knob = touched.locator("input[type=range]:visible").nth(int(rng.integers(4)))
            knob.press(str(rng.choice(["ArrowLeft", "ArrowRight", "Home", "End"])))
            assert touched.locator(".error").text_content() == ""


@pytest.mark.slow
@pytest.mark.xdist_group("site")
def test_what_is_asked_stays_blank_until_it_is_right(touched):
    touched.show('view="ask" select="y 1 0" b="5"')
    assert touched.locator("#y_0_1_0 b").text_content() == "?"
    assert "−6" not in touched.evaluate(
        f"{ROOT}.querySelector('.formula').textContent.split(' = ').at(-1)"
    )
    assert "equals −6" not in touched.evaluate(ALOUD)
    formula = f"{ROOT}.querySelector('.reading .formula').textContent"
    noted = f"{ROOT}.querySelectorAll('.cell:not([data-note=\"\"])').length"
    assert touched.evaluate(formula) == "y[1, 0] = ?", "no product before a first try"
    assert touched.evaluate(noted) == 0
    field = touched.locator(".asking input")
    field.fill("4")
    field.press("Enter")
    assert touched.locator(".asking b").text_content() == "Not 4. Try again."
    assert touched.evaluate(formula).startswith("y[1, 0] = 4·(−1) + 5·(−2)")
    assert touched.evaluate(noted) == 9
    assert touched.locator("#y_0_1_0 b").text_content() == "?"
    field.fill("-6")
    field.press("Enter")
    assert touched.locator(".asking b").text_content() == "Right."
    assert touched.locator("#y_0_1_0 b").text_content() == "\N{MINUS SIGN}6"
    touched.get_by_role("button", name="Another").click()
    assert touched.locator("#y_0_1_1 b").text_content() == "?"
    touched.locator("#y_0_1_1").press("-")
    touched.keyboard.type("9")
    touched.keyboard.press("Enter")
    assert touched.locator("#y_0_1_1 b").text_content() == "\N{MINUS SIGN}9"


@pytest.mark.slow
@pytest.mark.xdist_group("site")
def test_an_answer_stands_beside_what_is_right(touched):
    should = np.eye(4).reshape(2, 2, 2, 2)
    used = should.copy()
    used[1, 0, 0, 1], used[1, 0, 1, 0] = 1, 0
    right, got = [[1, 2], [3, 4]], [[1, 2], [2, 4]]
    shown = bench([[1, 2], [3, 4]], view="yours", expected=right, got=got, should=should, used=used)
    touched.set_content(document(shown.html(script=False)))
    assert touched.locator(".wrong").evaluate_all("all => all.map(e => e.id)") == [
        "got_1_0",
        "used_0_1",
        "used_1_0",
    ]
    said = "got 2. x[0, 1] goes in 1 times, not 0. x[1, 0] goes in 0 times, not 1."
    assert said in touched.locator(".reading").inner_text()


@pytest.mark.slow
@pytest.mark.xdist_group("site")
def test_a_link_carries_the_state_and_nothing_but_numbers(touched):
    touched.show('id="here" select="y 1 1"')
    touched.locator("input[name=stride]").press("ArrowRight")
    link = touched.evaluate("document.querySelector('convolution-bench').link")
    touched.show('id="here"')
    touched.evaluate("hash => { location.hash = hash; }", link.partition("#")[2])
    bench_now = "document.querySelector('convolution-bench')"
    touched.wait_for_function(f"{bench_now}.getAttribute('stride') === '2'")
    harmful = json.dumps([["<img src=x onerror=alert(1)>"]])
    touched.evaluate(
        "x => { location.hash = `#here?w=[[1]]&x=${encodeURIComponent(x)}`; }", harmful
    )
    touched.wait_for_function(f"{bench_now}.getAttribute('w') === '[[1]]'")
    said = touched.evaluate(f"{ROOT}.querySelector('.error').textContent")
    assert said.startswith("x must be numbers in JSON, got [[")
    assert touched.evaluate(f"{ROOT}.querySelectorAll('img').length") == 0


@pytest.mark.slow
@pytest.mark.xdist_group("site")
def test_it_plays_once_and_not_where_motion_is_to_be_reduced(chromium):
    for motion, last in (("no-preference", "y 0 1 1"), ("reduce", None)):
        page = chromium.new_page(reduced_motion=motion)
        page.clock.install()
        page.set_content(document("<convolution-bench plays></convolution-bench>"))
        page.wait_for_function(ROOT)
        for _ in range(12):
            page.clock.run_for(1100)
        assert page.evaluate(GIVEN, "select") == last
        page.close()


@pytest.mark.slow
@pytest.mark.xdist_group("site")
@pytest.mark.parametrize("width", WIDTHS)
def test_numbers_can_be_read_and_nothing_is_cut_off(touched, width):
    sizes = f"""() => [...{ROOT}.querySelectorAll('*')]
      .filter(e => e.offsetParent && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
      .map(e => parseFloat(getComputedStyle(e).fontSize))"""
    wider = f"""() => [...{ROOT}.querySelectorAll('.cell b')]
      .filter(e => e.offsetWidth > e.parentElement.offsetWidth).map(e => e.textContent)"""
    for given in GIVENS.values():
        touched.show(given, width)
        assert touched.evaluate("document.documentElement.scrollWidth") <= width, given
        assert min(touched.evaluate(sizes)) >= 11
        assert touched.evaluate(wider) == []


def axe_finds(page, script):
    page.add_script_tag(content=script)
    found = page.evaluate("async () => (await axe.run({resultTypes: ['violations']})).violations")
    return [(v["id"], node["html"][:120]) for v in found for node in v["nodes"]]


COLOUR = [json.dumps(array.tolist()) for array in (COLOUR_X[0], COLOUR_W)]
GIVENS = {view: f'view="{view}"' for view in VIEWS} | {
    "frame": 'stride="2" padding="1" select="x 1 1"',
    "channels": f"x='{COLOUR[0]}' w='{COLOUR[1]}' padding='1'",
    "fractions": "w='[[0.12345, -0.5], [1e-7, -123.456]]'",
    "broken": 'view="adjoint" broken',
    "ask": 'view="ask"',
    "yours": 'view="yours" expected="[[1, 2]]" got="[[1, 3]]" should="[[[[1,0]],[[0,1]]]]" '
    'used="[[[[1,0]],[[1,1]]]]" x="[[1, 2]]"',
    "transposed": "transposed stride='2'",
    "error": 'stride="0"',
}


@pytest.mark.slow
@pytest.mark.xdist_group("site")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier(chromium, npm, scheme):
    from axe import axe_script

    script = axe_script()
    with watched_page(chromium, color_scheme=scheme) as page:
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            for given in GIVENS.values():
                page.set_content(document(f"<convolution-bench {given}></convolution-bench>"))
                dark = page.evaluate(f"Boolean({ROOT}.querySelector('.dark'))")
                assert dark == (scheme == "dark")
                assert axe_finds(page, script) == [], (width, given)


# In a notebook


def test_the_component_is_small_and_asks_nobody():
    assert len(SOURCE.encode()) < 60_000
    assert "</script" not in SOURCE
    for word in ("fetch(", "import(", "XMLHttpRequest", "http:", "https:", "@import", "url("):
        assert word not in SOURCE, word


def test_the_text_holds_the_numbers():
    text = bench(TOY_X, TOY_W, TOY_B)._repr_mimebundle_()["text/plain"]
    assert text.splitlines() == [
        "forward view of a convolution: stride 1, padding 0",
        "x (4, 4): 0 1 2 3 / 4 5 6 7 / 8 9 10 11 / 12 13 14 15",
        "w (3, 3): −1 −2 0 / 1 0 −2 / 0 −1 2",
        "b (1,): 5",
        "y (2, 2): 6 3 / −6 −9",
    ]
    assert "? −2 / −11 −14" in bench(TOY_X, TOY_W, view="ask").text
    assert "dx (4, 4): −1 0 4 0 / " in bench(TOY_X, TOY_W, view="dx").text


@pytest.mark.parametrize("view", VIEWS)
def test_without_scripts_there_is_a_picture_with_its_text(view):
    element = bench(TOY_X, TOY_W, TOY_B, padding=1, view=view).html(script=False)
    alt = re.search(r'<img alt="([^"]*)"', element)[1]
    assert alt == bench(TOY_X, TOY_W, TOY_B, padding=1, view=view).text
    svg = unquote(re.search(r'src="data:image/svg\+xml,([^"]*)"', element)[1])
    assert svg.startswith("<svg xmlns")
    assert svg.count("<text") > 30
    assert len(element) < 14_000


@pytest.mark.slow
@pytest.mark.xdist_group("site")
def test_the_picture_is_seen_without_scripts_and_hidden_with_them(chromium):
    figure = bench(TOY_X, TOY_W, TOY_B)
    for works in (False, True):
        context = chromium.new_context(java_script_enabled=works)
        page = context.new_page()
        page.set_content(document(figure.html(script=False)))
        assert page.locator("convolution-bench > img").is_visible() != works
        context.close()


@pytest.fixture
def fresh(monkeypatch):
    """No cell has brought the component along yet; returns a function that runs a cell."""
    monkeypatch.setattr(interactive, "_CARRIER", interactive._Carrier())
    place = {"now": (None, 0)}
    monkeypatch.setattr(interactive, "_cell", lambda: place["now"])

    def run(cell, count):
        place["now"] = (cell, count)
        return "<script" in bench(TOY_X, TOY_W)._repr_mimebundle_()["text/html"]

    return run


def test_the_component_is_stored_once_also_when_a_cell_is_run_again(fresh):
    assert [fresh("a", 1), fresh("a", 1), fresh("b", 2)] == [True, False, False]
    assert [fresh("a", 3), fresh("b", 4), fresh("a", 3)] == [True, False, False]


def test_where_cells_have_no_ids_the_first_bench_brings_it(fresh):
    assert [fresh(None, 1), fresh(None, 2), fresh(None, 1)] == [True, False, False]


def test_in_colab_every_output_has_it(fresh, monkeypatch):
    monkeypatch.setitem(interactive.sys.modules, "google.colab", object())
    assert fresh("a", 1)
    assert fresh("b", 2)


def test_a_notebook_with_a_bench_is_little_larger(fresh):
    html = bench(TOY_X, TOY_W, TOY_B)._repr_mimebundle_()["text/html"]
    assert len(json.dumps(html)) > 10_000
    interactive._CARRIER.place = None
    fresh_html = bench(TOY_X, TOY_W, TOY_B)._repr_mimebundle_()
    assert len(json.dumps(fresh_html, ensure_ascii=False).encode()) < 56_000


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_benches_make_a_notebook_at_most_70_kilobytes_larger(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    stored = [json.dumps(output, ensure_ascii=False, indent=1) for output in outputs]
    benches = [text for text in stored if "<convolution-bench" in text]
    assert sum(len(text.encode()) for text in benches) < 70_000
    assert sum("<script" in text for text in benches) == bool(benches)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"x": [1, 2], "w": TOY_W}, r"x must have the axes \(\.\.\., H, W\)"),
        ({"x": TOY_X}, "x and w must be given in the view 'forward'"),
        ({"x": np.full((2, 2), np.nan), "w": [[1]]}, "x must hold finite numbers, got nan"),
        ({"x": np.ones((5, 3, 3)), "w": np.ones((1, 5, 1, 1))}, "x must be at most .* to be shown"),
        ({"x": TOY_X, "w": np.ones((1, 2, 3, 3))}, "channels of x must equal .* = 2, got 1"),
        ({"x": TOY_X, "w": np.ones((5, 5))}, "kernel must fit into the padded input"),
        ({"x": TOY_X, "w": TOY_W, "b": [1, 2]}, "one bias for each filter, must equal"),
        ({"x": TOY_X, "w": TOY_W, "stride": 0}, "stride must be an integer of at least 1, got 0"),
        ({"x": TOY_X, "w": TOY_W, "groups": 2}, "groups must divide the 1 filters of w, got 2"),
        (
            {"x": TOY_X, "w": TOY_W, "dy": [[1]]},
            r"dy must have the shape of the output, \(1, 2, 2\)",
        ),
        ({"x": TOY_X, "w": TOY_W, "view": "back"}, "view must be one of forward, .*, got 'back'"),
        ({"x": TOY_X, "w": TOY_W, "select": "z 0"}, "select must begin with one of b, w, x, y"),
        (
            {"x": TOY_X, "w": TOY_W, "select": "y 2 0"},
            r"inside y of shape \(1, 2, 2\), got 'y 2 0'",
        ),
        ({"x": TOY_X, "w": TOY_W, "select": "y a"}, "select must hold an array and its index"),
        ({"x": TOY_X, "w": TOY_W, "controls": ["speed"]}, "controls must be among size, "),
        ({"x": TOY_X, "w": TOY_W, "views": ["front"]}, "views must be among forward, "),
        ({"x": TOY_X, "w": TOY_W, "dilation": 2, "transposed": True}, "dilation must be 1 for a"),
        ({"view": "yours", "got": [1]}, "expected and got must be given"),
        ({"view": "yours", "got": [1], "expected": [1], "of": "y"}, "of must be one of x, w, dy"),
    ],
)
def test_what_cannot_be_shown_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        bench(**given)
