"""The landing page's figures and the card that social media show, from the course's own."""

import io

import numpy as np
from PIL import Image

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
CARD_ALT = (
    "A photograph of a woman in uniform before a flag, and what a kernel of three by three "
    "makes of it: lines along upright edges; and along level edges when the kernel is turned"
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
    return draw_images(_photo_and_edges(), ["the photo", "upright edges", "level edges"], CARD_ALT)


def _photo_and_edges() -> list[np.ndarray]:
    photo = sample_photo().astype(np.float32)
    grey = photo.mean(axis=0)[None, None]
    filters = np.stack([UPRIGHT_EDGES, UPRIGHT_EDGES.T])[:, None]
    upright, level = abs(conv_forward(grey, filters, np.zeros(2), padding=1)[0])
    return [photo, upright, level]


def social_card() -> bytes:
    """The photograph and its edges as a PNG of CARD_SIZE."""
    images = [np.broadcast_to(np.clip(image, 0, 1), (3, 200, 170)) for image in _photo_and_edges()]
    apart = np.ones((3, 200, CARD_GAP))
    strip_of = np.concatenate([images[0], apart, images[1], apart, images[2]], axis=2)
    strip = Image.fromarray(np.round(255 * strip_of.transpose(1, 2, 0)).astype(np.uint8))
    room = [side - 2 * CARD_MARGIN for side in CARD_SIZE]
    scale = min(room[0] / strip.width, room[1] / strip.height)
    strip = strip.resize((round(strip.width * scale), round(strip.height * scale)))
    card = Image.new("RGB", CARD_SIZE, PAPER)
    card.paste(strip, ((CARD_SIZE[0] - strip.width) // 2, (CARD_SIZE[1] - strip.height) // 2))
    buffer = io.BytesIO()
    card.quantize(128).save(buffer, format="png", optimize=True)
    return buffer.getvalue()
