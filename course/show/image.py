"""A drawing as an image in a notebook, which shows no `<svg>` that it does not trust."""

import html
from urllib.parse import quote

_ENCODED = {ord(letter): quote(letter) for letter in '%#"&\n'}
"""What would end an address, or mean something in it; all else stands there as it is."""


def image_of(svg: str, alt: str, width: int, style: str = "") -> str:
    """An `<img>` that holds the drawing in its address.

    svg    with its size
    alt    the text that stands for it where it is not seen
    width  in pixels of the page
    """
    style = f"max-width: 100%; {style}height: auto"
    source = f"data:image/svg+xml,{svg.translate(_ENCODED)}"
    return f'<img alt="{html.escape(alt)}" width="{width}" style="{style}" src="{source}">'
