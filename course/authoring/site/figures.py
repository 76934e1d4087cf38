"""The landing page's figures and the card that social media show, from the course's own."""

import io

import numpy as np
from matplotlib.font_manager import findfont as find_font
from PIL import Image, ImageDraw, ImageFont

from course.convolution import conv_forward
from course.examples import TOY_B, TOY_W, TOY_X
from course.show import bench, draw_images, sample_photo
from course.show.figure import Picture
from course.show.interactive import VIEWS
from course.show.meanings import PAPER

UPRIGHT_EDGES = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
CARD_SIZE = (1200, 630)
"""What social media ask for."""
CARD_MARGIN, CARD_GAP = 40, 8
CARD_LETTERS = 54
CARD_INK = "#1d232c"
CARD_ALT = (
    "A photograph of a woman in uniform before a flag, and what a kernel of three by three "
    "makes of it: lines along vertical edges; and along horizontal edges when the kernel is turned"
)


def toy() -> str:
    """The toy of every lesson as HTML: its kernel slides over its image, once."""
    shown = bench(TOY_X, TOY_W, TOY_B, views=["forward"], controls=["stride"], plays=True)
    return shown.html(script=False)


def whole_bench() -> str:
    """The toy with every view and slider; its name is in the links that it makes."""
    views = [view for view in VIEWS if view != "yours"]
    return bench(TOY_X, TOY_W, TOY_B, views=views).html(script=False, name="bench")


def photo_and_edges() -> Picture:
    """What nine weights make of a photograph; and the same nine, turned to lie on their side."""
    titles = ["the photo", "vertical edges", "horizontal edges"]
    return draw_images(_photo_and_edges(), titles, CARD_ALT)


def _photo_and_edges() -> list[np.ndarray]:
    photo = sample_photo().astype(np.float32)
    grey = photo.mean(axis=0)[None, None]
    filters = np.stack([UPRIGHT_EDGES, UPRIGHT_EDGES.T])[:, None]
    upright, level = abs(conv_forward(grey, filters, np.zeros(2), padding=1)[0])
    return [photo, upright, level]


def social_card(title: str) -> bytes:
    """The title above the photograph and its edges, as a PNG of CARD_SIZE."""
    images = [np.broadcast_to(np.clip(image, 0, 1), (3, 200, 170)) for image in _photo_and_edges()]
    apart = np.ones((3, 200, CARD_GAP))
    strip_of = np.concatenate([images[0], apart, images[1], apart, images[2]], axis=2)
    strip = Image.fromarray(np.round(255 * strip_of.transpose(1, 2, 0)).astype(np.uint8))
    wide = CARD_SIZE[0] - 2 * CARD_MARGIN
    strip = strip.resize((wide, round(strip.height * wide / strip.width)))
    card = Image.new("RGB", CARD_SIZE, PAPER)
    pen, font = (
        ImageDraw.Draw(card),
        ImageFont.truetype(find_font("DejaVu Sans:bold"), CARD_LETTERS),
    )
    height = CARD_SIZE[1] - strip.height - CARD_MARGIN
    pen.text((CARD_SIZE[0] / 2, height / 2), title, CARD_INK, font, anchor="mm")
    card.paste(strip, (CARD_MARGIN, height))
    buffer = io.BytesIO()
    card.quantize(128).save(buffer, format="png", optimize=True)
    return buffer.getvalue()
