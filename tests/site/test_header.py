"""The header at every width: nothing overlaps or is cut off, and buttons have names and icons."""

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("site")]
WIDTHS = range(320, 1921, 20)
PAGES = ("index.html", "lessons/03_im2col.html", "instructors.html")
WRONG = """() => {
  const right = document.documentElement.clientWidth;
  const parts = [...document.querySelectorAll(".bd-header :is(a, button)")]
    .map(part => [part, part.getBoundingClientRect()])
    .filter(([part, {width, height}]) => width > 1 && height > 1);
  const said = part => part.outerHTML.slice(0, 80);
  const wrong = [];
  if (document.querySelector(".bd-header").offsetHeight > 72) wrong.push("a header of two rows");
  for (const [k, [part, one]] of parts.entries()) {
    if (one.left < 0 || one.right > right) wrong.push(["cut off", said(part)]);
    if (!part.ariaLabel && !part.textContent.trim()) wrong.push(["no name", said(part)]);
    if (part.scrollWidth > part.offsetWidth + 1) wrong.push(["too narrow", said(part)]);
    for (const [other, two] of parts.slice(k + 1)) {
      const beside = one.right <= two.left + 1 || two.right <= one.left + 1;
      const apart = beside || one.bottom <= two.top || two.bottom <= one.top;
      if (!apart) wrong.push(["overlap", said(part), said(other)]);
    }
  }
  return wrong;
}"""

BLANK_ICONS = """() => [...document.querySelectorAll("[class*=fa-]")].filter(icon => {
  if (!icon.parentElement.checkVisibility()) return false;
  const style = getComputedStyle(icon), {width, height} = icon.getBoundingClientRect();
  return style.display !== "none" && !(style.maskImage.startsWith("url(") && width && height);
}).map(icon => icon.className)"""


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [390, 1440])
def test_every_icon_is_drawn(chromium, address, name, width):
    page = chromium.new_page(viewport={"width": width, "height": 900})
    page.goto(address + name)
    assert page.locator(".bd-header .fa-solid:visible").count() >= 2, "for search and colours"
    assert page.evaluate(BLANK_ICONS) == []
    page.close()


@pytest.mark.parametrize("name", PAGES)
def test_the_header_is_one_row_in_which_nothing_overlaps(chromium, address, name):
    page = chromium.new_page()
    page.goto(address + name)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(WRONG) == [], width
    page.close()


def test_one_search_button_is_there_at_every_width_and_opens_the_search(chromium, address):
    page = chromium.new_page()
    page.goto(f"{address}lessons/03_im2col.html")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.get_by_role("button", name="Search", exact=True).count() == 1, width
    page.get_by_role("button", name="Search", exact=True).click()
    field = page.locator("dialog[open] input")
    field.fill("im2col")
    field.press("Enter")
    page.wait_for_url("**/search.html?q=im2col")
    page.locator("#search-results li").first.wait_for()
    page.close()


def test_one_button_leads_through_light_dark_and_the_systems_colours(chromium, address):
    page = chromium.new_page(color_scheme="dark")
    page.goto(f"{address}lessons/03_im2col.html")
    button = page.locator(".bd-header button.theme-change-button:visible")
    seen = []
    for _ in range(3):
        button.click()
        shown = page.evaluate(
            "[document.documentElement.dataset.mode, document.documentElement.dataset.theme]"
        )
        seen.append((*shown, button.get_attribute("aria-label")))
    assert [one[:2] for one in seen] == [("light", "light"), ("dark", "dark"), ("auto", "dark")]
    assert [one[2].partition(".")[0] for one in seen] == [
        "Colours: light",
        "Colours: dark",
        "Colours: those of the system",
    ]
    page.reload()
    assert page.evaluate("document.documentElement.dataset.mode") == "auto"
    page.close()
