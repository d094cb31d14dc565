"""Licence texts as people put them into folders: on pages, in fences, under headings, after a line on what follows."""

import html
from collections.abc import Callable

from ledger.catalog.terms.licenses import table
from tests.unit.ledger.catalog.evidence.texts import APACHE, BSD, MIT, spdx

TEXTS = {"MIT": MIT, "Apache-2.0": APACHE, "BSD-3-Clause": BSD} | {
    license_id: spdx(license_id)
    for license_id in ("CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0", "BSD-2-Clause", "ISC", "Unlicense", "MPL-2.0", "Zlib")
}


def title(license_id: str) -> str:
    return table()[license_id.lower()].title


def page(license_id: str, text: str) -> str:
    """As a site has it, with a paragraph for each of the text."""
    paragraphs = "\n".join(f'<p class="text">{html.escape(part)}</p>' for part in text.split("\n\n"))
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title(license_id)}</title><style>body {{ font-family: Arial, sans-serif; }}</style>"
    )
    body = f'<h1 id="license">{title(license_id)}</h1>\n{paragraphs}'
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'


FORMS: dict[str, Callable[[str, str], str]] = {
    "page": page,
    "preformatted": lambda _, text: f"<html><body><pre>\n{html.escape(text)}\n</pre></body></html>",
    "heading": lambda _, text: f"# Licence\n\n{text}",
    "headings": lambda license_id, text: f"# License\n\n## {license_id}\n\n{text}",
    "fence": lambda _, text: f"# License\n\n```text\n{text}\n```\n",
    "bare fence": lambda _, text: f"```\n{text}\n```\n",
    "work": lambda _, text: f"Acme Translate 1.0\n\n{text}",
    "work and maker": lambda _, text: f"# Acme Translate by Jane Doe\n\n{text}",
    "released": lambda license_id, text: f"This model is released under the {title(license_id)}.\n\n{text}",
    "short name": lambda license_id, text: f"This model is released under the {license_id} licence.\n\n{text}",
    "attribution": lambda license_id, text: (
        f"Acme Translate © 2024 by Jane Doe is licensed under {title(license_id)}. "
        f"To view a copy of this license, visit https://creativecommons.org/\n\n{text}"
    ),
    "follows": lambda license_id, text: (
        f"The model weights are licensed under the terms of the {license_id} license (see below).\n\n"
        f"The full license text follows:\n\n{text}"
    ),
    "link": lambda license_id, text: (
        f"[{title(license_id)}](https://spdx.org/licenses/{license_id}.html)\n===\n\n{text}"
    ),
    "bold": lambda license_id, text: f"**{title(license_id)}** ({license_id})\n\n{text}",
    "quote": lambda _, text: "\n".join(f"> {line}" for line in text.splitlines()),
    "comment": lambda _, text: "/*\n" + "\n".join(f" * {line}" for line in text.splitlines()) + "\n */",
    "line ends": lambda _, text: "\ufeff" + text.replace("\n", "\r\n"),
    "owner first": lambda license_id, text: (
        f"Copyright (c) 2024 Acme, Inc.\nThis project is licensed under the {title(license_id)}.\n\n{text}"
    ),
}
