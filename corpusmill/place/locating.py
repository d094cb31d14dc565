"""Where the stack of a data directory listens, by the note that its web server leaves. Imports output only."""

import json
from dataclasses import dataclass
from pathlib import Path

from corpusmill.output import Refusal, Unreachable

SERVER_FILE = Path("run") / "web.json"


@dataclass(frozen=True, slots=True)
class Note:
    """What a web server wrote when it began: its URL, and the id by which it can be told from another on its port."""

    url: str
    instance: str | None


def locate(data_dir: Path) -> Note:
    """The note in `data_dir`. Raises Unreachable where there is none, Refusal where `data_dir` is no directory."""
    if data_dir.exists() and not data_dir.is_dir():
        raise Refusal(f"{data_dir} is no directory; name the one of an installation with --data-dir")
    try:
        read = json.loads((data_dir / SERVER_FILE).read_text(encoding="utf-8"))
        return Note(str(read["url"]), read.get("instance"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreachable(
            f"no server is running in {data_dir}; start one with corpusmill up, or name one with --server"
        ) from error


def url(host: str, port: int) -> str:
    """The URL of a server; an IPv6 address stands in brackets."""
    return f"http://{netloc(host, port)}"


def netloc(host: str, port: int) -> str:
    """Host and port as they stand in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
