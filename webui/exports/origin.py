"""Where a model came from, in words and as addresses. Imports plain and the ledger's catalog."""

from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from ledger.catalog.tables import Model
from webui.exports.plain import line


@dataclass(frozen=True, slots=True)
class Origin:
    """A source in words, and where they are known who supplied it, its package URL and its web address."""

    words: str
    supplier: str | None = None
    purl: str | None = None
    url: str | None = None


def origin(model: Model) -> Origin:
    """The origin of a model. Of a directory only its last name is told: the rest is about this machine."""
    source = model.source
    if "repo" in source:
        return _repository(str(source["repo"]), str(source.get("commit", model.revision)))
    if "package" in source:
        return _package(source)
    name = line(PurePath(str(source.get("directory", ""))).name) or "unnamed"
    return Origin(f"directory {name}")


def pypi(name: str, version: str) -> str:
    """The package URL of a Python package."""
    return f"pkg:pypi/{quote(name.lower(), safe='')}@{quote(version, safe='')}"


def _repository(repo: str, commit: str) -> Origin:
    path, at = quote(repo, safe="/"), quote(commit, safe="")
    return Origin(
        f"repository {line(repo)} at commit {line(commit)}",
        line(repo.split("/")[0]),
        f"pkg:huggingface/{path}@{at}",
        f"https://huggingface.co/{path}/tree/{at}",
    )


def _package(source: dict[str, Any]) -> Origin:
    name, version = str(source["package"]), str(source.get("version", ""))
    words = f"package {line(name)} {line(version)}".rstrip()
    if "file" in source:
        words += f", file {line(source['file'])}"
    url = f"https://pypi.org/project/{quote(name, safe='')}/{quote(version, safe='')}/"
    return Origin(words, f"publisher of {line(name)}", pypi(name, version), url)
