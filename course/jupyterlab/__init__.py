"""JupyterLab as `course lab` starts it: its settings (labconfig/), style (custom/) and kernels.

The server loads this module (jupyter_server_config.d/), because no option says where a style is.
"""

from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(server: Any) -> None:
    server.web_app.settings["static_custom_path"] = [str(FOLDER / "custom")]
