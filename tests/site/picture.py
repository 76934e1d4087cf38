"""Draw README's picture of the bench: python tests/site/picture.py. It needs Chromium."""

from browsing import ROOT, browser

from course.examples import TOY_DY, TOY_W, UNEVEN_X
from course.show import bench

PICTURE = ROOT / "site" / "bench.png"
WIDTH = 640
"""Pixels of the page; README shows it at that width."""


def main() -> None:
    """Write the picture: where a pixel's gradient comes from."""
    shown = bench(UNEVEN_X, TOY_W, dy=TOY_DY, view="dx", select="dx 1 1", controls=("none",))
    html = shown._repr_mimebundle_()["text/html"]
    style = "margin: 0; padding: 12px; background: white; font-family: sans-serif"
    with browser() as chromium:
        page = chromium.new_page(viewport={"width": WIDTH, "height": 600}, device_scale_factor=1.5)
        page.set_content(f'<body style="{style}">{html}</body>')
        page.locator("convolution-bench").wait_for()
        page.locator("convolution-bench").screenshot(path=PICTURE)


if __name__ == "__main__":
    main()
