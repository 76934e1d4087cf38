"""Sphinx's configuration. `course site` writes the pages first and then runs Sphinx with this."""

from pathlib import Path

from course.authoring.site.address import read_address
from course.authoring.site.figures import CARD_ALT
from course.authoring.site.lessons import read_lessons
from course.authoring.site.pages import TITLE, descriptions, made_by
from course.authoring.site.reference import source_links
from course.project import Project

SITE = Path(__file__).parent
address = read_address(SITE / "address.toml")
linkcode_resolve = source_links(address)

project = TITLE
html_title = project
author = "the authors of the course"
copyright = "the authors of the course. Code: BSD 3-Clause. Text and figures: CC BY 4.0"
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.linkcode",
    "notfound.extension",
    "course.authoring.site.mathematics",
    "course.authoring.site.terminal",
    "course.authoring.site.head",
    "course.authoring.site.search",
    "course.authoring.site.theme",
    "course.authoring.site.interactive",
]
templates_path = ["theme"]

nb_execution_mode = "off"
nb_merge_streams = True
nb_render_text_lexer = "terminal"
nb_render_markdown_format = "myst"
myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath"]
myst_dmath_double_inline = True
myst_heading_anchors = 3

html_math_renderer = "katex"
course_katex = str(SITE / "katex" / "katex.min.js")

autodoc_member_order = "bysource"
autodoc_typehints = "none"
autosummary_generate = False
napoleon_use_ivar = True
default_role = "py:obj"
autodoc_preserve_defaults = True
add_module_names = False

html_baseurl = address.site if address.published else ""
course_descriptions = descriptions(read_lessons(Project(SITE.parent)))
course_made_by = made_by()
course_tagline = (
    "A course of notebooks that check themselves: from a 4×4 image by hand to a layer that "
    "gives the same numbers as PyTorch's."
)
course_card_alt = CARD_ALT
notfound_urls_prefix = address.prefix

html_theme = "pydata_sphinx_theme"
html_static_path = ["static", str(SITE.parent / "course" / "show" / "bench.js")]
html_css_files = ["icons.css", "course.css"]
html_js_files = [("course.js", {"defer": "defer"})]
html_favicon = "static/favicon.svg"
html_context = {"default_mode": "auto"}
html_additional_pages = {"search": "search.html"}
html_domain_indices = False
html_show_sourcelink = False
html_copy_source = False
html_sidebars = {
    "**": ["sidebar-nav-bs"],
    "index": [],
    "bench": [],
    "404": [],
    "authors": [],
    "instructors": [],
    "changelog": [],
}
html_theme_options = {
    "logo": {
        "text": "Convolution, from scratch",
        "image_light": "static/favicon.svg",
        "image_dark": "static/favicon.svg",
        "alt_text": "",
    },
    "show_prev_next": True,
    "navigation_with_keys": False,
    "navigation_depth": 2,
    "show_toc_level": 1,
    "header_links_before_dropdown": 7,
    "navbar_persistent": ["course-search-button"],
    "navbar_end": ["course-colours"],
    "search_bar_text": "Search lessons and reference",
    "external_links": [{"name": "GitHub", "url": address.source}] if address.published else [],
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": {"**": ["page-toc"], "index": [], "404": []},
    "primary_sidebar_end": [],
}
