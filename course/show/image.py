"""A drawing as an image in a notebook, which shows no `<svg>` that it does not trust."""

import html
from urllib.parse import quote

_KEPT = "".join(chr(k) for k in range(32, 127) if chr(k) not in '"#%&<>')
"""What stands in an address as it is; the rest is encoded."""


def image_of(svg: str, alt: str, width: int, style: str = "") -> str:
    """An `<img>` that holds the drawing in its address.

    svg    with its size, and without double quotes in its attributes
    alt    the text that stands for it where it is not seen
    width  in pixels of the page
    """
    style = f"max-width: 100%; {style}height: auto"
    source = f"data:image/svg+xml,{quote(svg, safe=_KEPT)}"
    return f'<img alt="{html.escape(alt)}" width="{width}" style="{style}" src="{source}">'
