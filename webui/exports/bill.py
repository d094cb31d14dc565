"""What a bill of materials says in either format: its number, the libraries, the words of a licence. Imports plain."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from ledger.catalog.attribution import Used
from webui.exports.origin import pypi
from webui.exports.plain import block, line


class Library(NamedTuple):
    """A package that a model ran on."""

    name: str
    version: str

    @property
    def purl(self) -> str:
        """Its package URL."""
        return pypi(self.name, self.version)


def serial(job_id: str) -> UUID:
    """The number of a job's bill: the same for the same job, on every machine."""
    return uuid5(NAMESPACE_URL, f"urn:corpusmill:job:{job_id}")


def libraries(attributions: Iterable[Used]) -> list[Library]:
    """Every library in the runtimes, once for each version."""
    return sorted(
        {
            Library(line(name), line(version))
            for used in attributions
            for runtime in used.runtimes
            for name, version in runtime.versions
        }
    )


def words(used: Used) -> str:
    """The licence texts that came with a model, one after the other under their paths; "" where none did."""
    return "\n\n".join(f"{line(wording.path)}\n\n{block(wording.text)}" for wording in used.wordings)
