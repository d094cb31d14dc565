"""Three hundred folders with a ban in them: none may serve commerce; and folders without one: they may."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.catalog.evidence.conclusion import conclude
from ledger.catalog.evidence.declaration import Declaration
from ledger.catalog.gate.policy import Purpose, read
from ledger.catalog.gate.verdict import judge
from ledger.catalog.tables import License, Model
from ledger.catalog.terms.licenses import row_of
from ledger.errors import LedgerError
from pipelines.models.checkpoint.card import read_card
from pipelines.models.checkpoint.license_files import license_files, license_headers
from tests.unit.ledger.catalog.evidence.spellings import FORMS, TEXTS
from tests.unit.ledger.catalog.evidence.texts import APACHE, BANS, BSD, MIT, OWNER, spdx

Folder = dict[str, str]
OPEN = {"mit": MIT, "apache-2.0": APACHE, "bsd-3-clause": BSD}
NC = spdx("CC-BY-NC-4.0")
NAMES = ("LICENSE", "license.md", "LICENSES/extra.txt", "MODEL_LICENSE.md", "docs/TERMS.txt", "EULA", "USE_POLICY.md")
NAMES = (*NAMES, "NOTICE", "legal/model.txt", "weights/COPYING", "AcceptableUsePolicy.txt", "LICENCE-zh.txt")


def card(tag: str, prose: str = "A model.", **more: str) -> str:
    front = "".join(f"{name}: {value}\n" for name, value in {"license": tag, **more}.items() if value)
    return f"---\n{front}---\n# Model\n\n{prose}\n"


def forbidden() -> Iterator[tuple[str, Folder]]:
    """Folders that look open and hold a ban, by what was done to them."""
    for (tag, text), (language, ban) in itertools.product(OPEN.items(), BANS.items()):
        said = f"{tag} {language}"
        yield f"after {said}", {"README.md": card(tag), "LICENSE": f"{text}\n{ban}\n"}
        yield f"owner {said}", {"README.md": card(tag), "LICENSE": f"Copyright 2026 Acme. {ban}\n\n{text}"}
        yield f"only text {said}", {"README.md": card(""), "LICENSE": text.replace(OWNER, f"{OWNER}. {ban}") + ban}
        yield f"prose {said}", {"README.md": card(tag, f"It translates.\n\n## Use\n{ban}"), "LICENSE": text}
        yield f"policy {said}", {"README.md": card(tag), "LICENSE": text, "USE_POLICY.md": f"# Policy\n\n{ban}\n"}
    for (tag, text), name in itertools.product(OPEN.items(), NAMES):
        yield f"beside {tag} {name}", {"README.md": card(tag), "COPYING": text, name: NC}
        yield f"no card {tag} {name}", {"COPYING": text, name: NC}
        yield (
            f"terms {tag} {name}",
            {"README.md": card(tag), "COPYING": text, name: "You may evaluate it, no more."},
        )
    for expression in ("MIT AND CC-BY-NC-4.0", "cc-by-nc-4.0", "MIT WITH LicenseRef-NonCommercial", "LicenseRef-Acme"):
        yield f"says {expression}", {"README.md": card(expression), "LICENSE": MIT}
        yield f"says only {expression}", {"README.md": card(expression)}
    for name in ("acme-noncommercial", "MIT-NC", "research only"):
        yield f"named {name}", {"README.md": card("mit", license_name=name), "LICENSE": MIT}
    for header in ("cc-by-nc-4.0", "acme-internal", "non-commercial"):
        yield f"header {header}", {"README.md": card("mit"), "config.json": json.dumps({"license": header})}
    for parts in ("third_party/LICENSE", "vendor/acme/COPYING", "licenses/3rdparty.txt"):
        yield f"parts {parts}", {"README.md": card("mit"), "LICENSE": MIT, parts: NC}
        yield f"only parts {parts}", {"README.md": card(""), parts: MIT}
        yield f"ban in parts {parts}", {"README.md": card("mit"), "LICENSE": MIT, parts: f"{MIT}\n{BANS['en']}"}
    for form, spelled in FORMS.items():
        for language in ("en", "zh", "pt"):
            text = spelled("MIT", f"{MIT}\n\n{BANS[language]}")
            yield f"{form} {language}", {"README.md": card("mit"), "LICENSE": text}
        yield f"NC {form}", {"README.md": card("mit"), "LICENSE": spelled("MIT", NC)}
    yield "base", {"README.md": card("mit", base_model="acme/nc"), "LICENSE": MIT}


def clean() -> Iterator[tuple[str, Folder]]:
    owners = (
        "Copyright (c) 2024 Acme, Inc.",
        "© 2019-present Facebook, Inc. and its affiliates",
        "© 2026 清华大学",
        "",
    )
    for (tag, text), owner in itertools.product(OPEN.items(), owners):
        body = f"{owner}\n\n{text}" if tag == "apache-2.0" else text.replace(OWNER, owner)
        for name in ("LICENSE", "license.txt", "LICENSES/LICENSE.md"):
            yield f"{tag} {name} {owner}", {"README.md": card(tag, "It may be used in products."), name: body}
    for license_id, text in TEXTS.items():
        for form, spelled in FORMS.items():
            name = "LICENSE.html" if form in ("page", "preformatted") else "LICENSE.md"
            yield f"{license_id} {form}", {"README.md": card(license_id), name: spelled(license_id, text)}
    for parts in ("third_party/LICENSE", "third-party-licenses/acme/LICENSE.txt", "vendor/acme/COPYING"):
        yield f"parts {parts}", {"README.md": card("apache-2.0"), "LICENSE": APACHE, parts: MIT}
        yield f"parts without card {parts}", {"LICENSE": APACHE, parts: BSD}
    yield "two of a sum", {"README.md": card("MIT AND Apache-2.0"), "LICENSE-MIT": MIT, "LICENSE-APACHE": APACHE}
    yield "a choice", {"README.md": card("MIT OR CC-BY-NC-4.0"), "LICENSE": MIT, "LICENSE-OTHER": NC}
    yield "a notice", {"README.md": card("apache-2.0"), "LICENSE": APACHE, "NOTICE": "Acme\nCopyright 2026 Acme"}
    yield "a card alone", {"README.md": card("cc-by-4.0")}
    yield "a header", {"README.md": card("mit"), "LICENSE": MIT, "config.json": '{"license": "MIT"}'}


def may_serve_commerce(folder: Folder, directory: Path) -> bool:
    """What admission and the gate make of these files, without weights."""
    for name, text in folder.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)
    read_ = read_card(directory / "README.md")
    files = license_files(directory, folder)
    settings = {"config.json": json.loads(folder["config.json"])} if "config.json" in folder else {}
    try:
        found = conclude(
            Declaration(
                read_.licenses,
                read_.front.get("license_name"),
                files.texts,
                files.unread,
                license_headers(directory, settings),
                read_.prose,
                read_.base_models,
            ),
            {"acme/nc": conclude(Declaration(("cc-by-nc-4.0",), None, {})).terms},
        )
    except LedgerError:
        return False
    model = Model(name="m", concluded_by=found.by, concluded_reason=found.reason, unknown_bases=None)
    return judge(model, License(**row_of(found.terms)), Purpose.COMMERCIAL, read()).allowed


FORBIDDEN, CLEAN = dict(forbidden()), dict(clean())


def test_there_are_three_hundred_of_them():
    assert len(FORBIDDEN) >= 300
    assert len(CLEAN) >= 200


@pytest.mark.parametrize("what", FORBIDDEN)
def test_a_folder_with_a_ban_serves_no_commerce(what: str, tmp_path: Path):
    assert not may_serve_commerce(FORBIDDEN[what], tmp_path)


@pytest.mark.parametrize("what", CLEAN)
def test_a_folder_without_one_does(what: str, tmp_path: Path):
    assert may_serve_commerce(CLEAN[what], tmp_path)
