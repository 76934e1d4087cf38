"""Where the course is published, and the links that are made from it."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

REPOSITORY_VARIABLE = "COURSE_REPOSITORY"
PLACEHOLDER = "convolution-course/convolution-course"
"""What site/address.toml says until the course is published; there is nothing at that address."""


@dataclass(frozen=True)
class Address:
    """A repository on GitHub, "owner/name", and the site that its Pages show."""

    repository: str
    branch: str

    @property
    def published(self) -> bool:
        """Whether there is a repository to link to."""
        return self.repository != PLACEHOLDER

    @property
    def site(self) -> str:
        """Where GitHub Pages serves the site, with a slash at its end."""
        owner, _, name = self.repository.partition("/")
        host = f"https://{owner.lower()}.github.io/"
        return host if f"{name}/" == urlsplit(host).netloc + "/" else f"{host}{name}/"

    @property
    def prefix(self) -> str:
        """The site's folder on its host, with a slash at both ends."""
        return urlsplit(self.site).path

    @property
    def source(self) -> str:
        """The repository's page."""
        return f"https://github.com/{self.repository}"

    def binder(self, name: str) -> str:
        """JupyterLab on Binder, open at a lesson's notebook."""
        notebook = f"urlpath=lab/tree/notebooks/{name}.ipynb"
        return f"https://mybinder.org/v2/gh/{self.repository}/{self.branch}?{notebook}"

    def colab(self, name: str) -> str:
        """A lesson's notebook in Colab."""
        path = f"{self.repository}/blob/{self.branch}/notebooks/{name}.ipynb"
        return f"https://colab.research.google.com/github/{path}"

    @property
    def for_pip(self) -> str:
        """What pip installs the course from."""
        return f"git+{self.source}@{self.branch}"

    def lines(self, file: str, first: int, last: int) -> str:
        """Some lines of a file of the repository."""
        return f"{self.source}/blob/{self.branch}/{file}#L{first}-L{last}"


def read_address(file: Path, environment: Mapping[str, str] = os.environ) -> Address:
    """The address that site/address.toml gives, or the environment in its place."""
    given = tomllib.loads(file.read_text(encoding="utf-8"))
    repository = environment.get(REPOSITORY_VARIABLE) or given["repository"]
    return Address(repository, given["branch"])
