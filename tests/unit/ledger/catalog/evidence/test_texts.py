"""A text is a licence only where all of it is; what counts of it is every word, in any script, but for its owner."""

import re
import time
from pathlib import Path

import pytest

from ledger.catalog.evidence.texts.known import counted, digest, digests
from ledger.catalog.evidence.texts.known import spdx as listed
from ledger.catalog.evidence.texts.recognition import recognised
from tests.unit.ledger.catalog.evidence.texts import APACHE, BANS, BSD, MIT, OWNER, spdx

OWNERS = [
    "Copyright 2026",
    "Copyright (c) 2018-2020 The Google AI Language Team Authors and The HuggingFace Inc. team. All rights reserved.",
    "© 2024 Alibaba Cloud",
    "Copyright (C) 2023 DeepSeek <service@deepseek.com>",
    "Copyright (c) 2024 清华大学",
    "Copyright (c) 2019-present, Facebook, Inc. and its affiliates.",
    "Copyright 2010 numpy developers",
    "Copyright (c) [year] [fullname]",
    "Copyright (c) 2020 Sebastián Ramírez\nCopyright (c) 2021, 2022 Ångström & Søn GmbH",
    "",
]


def test_at_least_sixty_licences_are_known_by_their_texts():
    assert len({license_id for ids in digests().values() for license_id in ids}) >= 60


def test_every_text_of_the_list_is_recognised_as_its_own():
    for license_id, row in listed().items():
        text = row["metadata"]["licenseText"]
        assert license_id in digests()[digest(counted(text))]
        assert license_id in recognised(re.sub(r"[ \t]+", "  ", text).replace("\n", "\r\n"))


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize(("text", "license_id"), [(MIT, "MIT"), (BSD, "BSD-3-Clause")])
def test_owners_and_titles_do_not_count(text: str, license_id: str, owner: str):
    assert recognised(text.replace(OWNER, owner)) == {license_id}
    assert recognised("The MIT License (MIT)\n\n" + text.replace(OWNER, owner)) == {license_id}
    assert recognised(f"{owner}\n\n{APACHE}") == {"Apache-2.0"}


def test_the_name_of_a_holder_in_the_midst_of_a_text_does_not_count():
    assert recognised(MIT.replace("THE AUTHORS OR COPYRIGHT HOLDERS", "ACME RESEARCH, INC.")) == {"MIT"}
    assert recognised(BSD.replace("the copyright holder", "the University of Somewhere")) == {"BSD-3-Clause"}


@pytest.mark.parametrize("ban", [*BANS.values(), "The Software shall be used for Good, not Evil."])
@pytest.mark.parametrize("text", [MIT, BSD, APACHE, spdx("CC-BY-4.0")])
def test_one_more_sentence_in_any_language_makes_it_another_text(text: str, ban: str):
    lines = text.splitlines()
    for place in (0, len(lines) // 2, len(lines)):
        assert not recognised("\n".join([*lines[:place], ban, *lines[place:]]))
    assert not recognised(f"{text.rstrip()} {ban}")


@pytest.mark.parametrize(
    "owner",
    [
        "Copyright (c) 2024 Foo. Non-commercial research use only",
        "Copyright (c) 2024 Foo Non-Commercial",
        "Copyright (c) 2024 Foo, Academic Use Only",
        "Copyright 2024 Foo [commercial use prohibited]",
        "Copyright 2024 Foo <no commercial use>",
        "Copyright 2024 禁止商业用途",
        "Copyright 2024 Foo, Kommerzielle Nutzung Verboten",
        "Copyright 2024 Foo Uso Comercial Proibido",
        "Copyright 2024 Только Для Исследований",
        "Copyright 2024 Foo\nResearch Purposes Only",
        "Copyright 2024 Foo. Research. Not For Sale",
        *(f"Copyright (c) 2024 Foo. {ban}" for ban in BANS.values()),
    ],
)
def test_an_owner_line_that_says_more_is_a_text_of_its_own(owner: str):
    assert not recognised(MIT.replace(OWNER, owner))
    assert not recognised(MIT.replace("THE AUTHORS OR COPYRIGHT HOLDERS", owner.removeprefix("Copyright (c) 2024 ")))


@pytest.mark.parametrize("change", [("free of charge", "for a fee"), ("WARRANTY", "GUARANTEE"), ("without", "wіthout")])
def test_another_word_makes_it_another_text(change: tuple[str, str]):
    assert not recognised(MIT.replace(*change))


def test_half_of_a_text_and_two_texts_are_none():
    assert not recognised(MIT[: len(MIT) // 2])
    assert not recognised(MIT + spdx("CC-BY-NC-4.0"))


def test_only_and_or_later_have_one_text():
    assert recognised(spdx("GPL-3.0-only")) == {"GPL-3.0-only", "GPL-3.0-or-later"}


@pytest.mark.parametrize(
    "text",
    ["- " * 200_000, "Copyright " * 40_000, "a." * 200_000, "(c) " * 100_000, "permission is hereby granted " * 15_000],
    ids=["dashes", "copyrights", "numbers", "signs", "a licence's words"],
)
def test_no_text_takes_long(text: str):
    recognised(MIT + "x")  # templates are read once
    started = time.process_time()
    assert not recognised(text)
    assert time.process_time() - started < 10


def test_the_licence_files_of_this_installation_are_never_taken_for_another():
    expected = {
        "MIT": "mit",
        "Apache-2.0": "apache",
        "BSD-3-Clause": "redistribution",
        "BSD-2-Clause": "redistribution",
    }
    seen = 0
    for path in sorted(Path(pytest.__file__).parents[1].glob("*.dist-info/licenses/LICENSE*")):
        text = path.read_text(errors="replace")
        for license_id in recognised(text) & expected.keys():
            seen += 1
            assert expected[license_id] in text.lower() or "permission is hereby granted" in text.lower()
    assert seen >= 20


@pytest.mark.parametrize(
    "line",
    [
        "Academic Use Only License",
        "License: For Educational Use Only",
        "MIT License BY NC",
        "MIT License, No Derivatives",
    ],
)
def test_a_title_is_the_whole_name_of_a_licence(line: str):
    assert not recognised(f"{line}\n\n{MIT}")
    assert not recognised(MIT.replace(OWNER, f"{OWNER}, CC BY-NC 4.0"))
    assert not recognised(MIT.replace(OWNER, f"{OWNER}\nAcademic Research"))
