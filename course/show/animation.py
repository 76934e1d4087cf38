"""The window sliding over the image: the steps of `draw_step` with buttons to move through them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jinja2 import Template
from numpy.typing import ArrayLike

from course.convolution import correlate2d_strided
from course.show.figure import Picture
from course.show.step import draw_step

PLAYER = Template(
    """\
<div class="course-player" data-step="0">
{{ pictures }}
<p>
<button type="button" onclick="courseStep(this, -1)">Back</button>
<button type="button" onclick="coursePlay(this)">Play</button>
<button type="button" onclick="courseStep(this, 1)">Next</button>
<span role="status">step 1 of {{ count }}</span>
</p>
<script>
window.courseStep = function (button, by) {
  const player = button.closest(".course-player");
  const pictures = player.querySelectorAll("img");
  const step = (Number(player.dataset.step) + by + pictures.length) % pictures.length;
  player.dataset.step = step;
  pictures.forEach((picture, k) => { picture.style.display = k === step ? "" : "none"; });
  player.querySelector("[role=status]").textContent = `step ${step + 1} of ${pictures.length}`;
};
window.coursePlay = function (button) {
  const playing = button.dataset.timer;
  button.textContent = playing ? "Play" : "Pause";
  if (playing) {
    clearInterval(Number(playing));
    delete button.dataset.timer;
  } else {
    button.dataset.timer = setInterval(() => window.courseStep(button, 1), {{ milliseconds }});
  }
};
</script>
</div>"""
)


@dataclass(frozen=True)
class Animation:
    """Pictures in a row. It stands still until Play is pressed, and needs no network.

    Where a page runs no scripts, the first picture is shown.
    """

    steps: Sequence[Picture]
    milliseconds: int = 1200

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        pictures = [step.html(hidden=k > 0) for k, step in enumerate(self.steps)]
        page = PLAYER.render(
            pictures="\n".join(pictures), count=len(pictures), milliseconds=self.milliseconds
        )
        return {"text/html": page, "text/plain": "\n".join(step.alt for step in self.steps)}


def animate_windows(
    x: ArrayLike,
    w: ArrayLike,
    b: float = 0.0,
    stride: int = 1,
    padding: int = 0,
    titles: tuple[str, str, str] | None = None,
) -> Animation:
    """Let the kernel w slide over the image x: one step for each output.

    Arguments and errors as for `draw_step`. Meant for small arrays: each step adds
    about 10 KB to the notebook.
    """
    oh, ow = correlate2d_strided(x, w, b, stride, padding).shape
    steps = [draw_step(x, w, b, i, j, stride, padding, titles) for i, j in np.ndindex(oh, ow)]
    return Animation(steps)
