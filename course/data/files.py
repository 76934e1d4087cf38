"""Files of a known data set: found in a folder, or else fetched into it."""

import gzip
import zlib
from collections.abc import Iterable
from pathlib import Path


def data_folder(folder: str | Path | None, name: str) -> Path:
    """The folder that was asked for; when None was, a place among the user's cached files."""
    if folder is None:
        import pooch  # here, because in a notebook the import prints a warning

        return pooch.os_cache("convolution-course") / name
    return Path(folder).expanduser()


def fetch(name: str, sha256: str, folder: Path, url: str, instead: Iterable[str]) -> Path:
    """Download the file name from below url, keep it in the folder and return its path.

    Raises:
        FileNotFoundError: If the file cannot be downloaded or kept. The message says to put the
            files `instead` into the folder by hand.
        ValueError: If the file has another checksum.
    """
    import pooch

    source = f"{url.rstrip('/')}/{name}"
    try:
        return Path(pooch.retrieve(source, known_hash=sha256, fname=name, path=folder))
    except OSError as error:
        raise FileNotFoundError(
            f"{name} is not in {folder} and could not be fetched ({type(error).__name__}): "
            f"get {', '.join(instead)} from {url.rstrip('/')}/ in another way and put all into "
            "that folder, or name the folder that has all as folder=..."
        ) from None


def read(path: Path) -> bytes:
    """The file's content, unpacked if it is packed with gzip, whatever its name says.

    Raises:
        ValueError: If it is packed but damaged.
    """
    content = path.read_bytes()
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        return gzip.decompress(content)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(damaged(path, error)) from None


def damaged(path: Path, error: Exception) -> str:
    """What to say of a packed file that cannot be unpacked."""
    return f"{path} is damaged or cut off ({error}): delete it and get it again"
