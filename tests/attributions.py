"""Attributions made without a ledger, and the control characters that none of their exports may hold."""

import unicodedata
from typing import Any

from ledger.catalog.attribution import Runtime, Used, Wording
from ledger.catalog.tables import License, Model
from tests.conftest import NOON

STEERING = "\x00\x07\x1b[31m\r\x85\u2028\u202e\u2066"
HOSTILE = f"evil{STEERING}\n2. trusted\n   Licence: MIT"
APACHE = Wording("LICENSE", "1" * 64, "Apache License\n\nVersion 2.0\f\n\tTerms.\r\n")
POLICY = Wording("USE_POLICY.md", "2" * 64, "Do no harm.\n")
CPU = Runtime("cpu", "float32", "torch", "3", (("torch", "2.13.0+cpu"), ("transformers", "5.23.0")))
CUDA = Runtime("cuda:0", "bfloat16", "ctranslate2", "3", (("ctranslate2", "4.8.5"), ("torch", "2.13.0")))


def license_(id_: str, **changes: Any) -> License:
    """A permissive licence of that id."""
    fields = {
        "title": f"The {id_} licence",
        "commercial_use": True,
        "attribution": True,
        "share_alike": False,
        "use_restrictions": False,
        "naming": None,
        "clause": "",
        "source": f"https://licences.example/{id_}",
    }
    return License(id=id_, **(fields | changes))


def model(name: str, **changes: Any) -> Model:
    """A model out of a hub repository."""
    fields = {
        "id": f"mdl_{name}",
        "revision": "a" * 40,
        "source": {"repo": f"someone/{name}", "commit": "a" * 40},
        "architecture": "MarianMTModel",
        "tasks": ["translation"],
        "languages": ["en", "pt"],
        "parameter_count": 17_000_000,
        "weights_sha256": "c" * 64,
        "manifest": {"model.safetensors": "d" * 64, "config.json": "e" * 64},
        "admitted_at": NOON,
    }
    return Model(name=name, **(fields | changes))


def used(name: str, terms: License | str = "MIT", **changes: Any) -> Used:
    """An attribution; `changes` are of the attribution itself, a licence may be given by its id."""
    fields = {
        "model": model(name),
        "license": license_(terms) if isinstance(terms, str) else terms,
        "declared": "mit",
        "verdict": {"purpose": "evaluation", "reason": "Evaluation is always permitted."},
        "results": 3,
        "runtimes": (CPU,),
        "wordings": (),
    }
    return Used(**(fields | changes))


def hostile() -> Used:
    """An attribution in which every string that came from outside tries to steer or to forge."""
    terms = license_(HOSTILE, title=HOSTILE, naming=HOSTILE, source=f"https://x/{HOSTILE}", clause=HOSTILE)
    source = {"repo": HOSTILE, "commit": HOSTILE}
    made_up = model(
        HOSTILE,
        revision=HOSTILE,
        source=source,
        architecture=HOSTILE,
        tasks=[HOSTILE],
        languages=[HOSTILE],
        manifest={HOSTILE: "d" * 64},
    )
    return used(
        HOSTILE,
        terms,
        model=made_up,
        declared=HOSTILE,
        verdict={"purpose": HOSTILE, "reason": HOSTILE},
        runtimes=(Runtime(HOSTILE, HOSTILE, HOSTILE, HOSTILE, ((HOSTILE, HOSTILE),)),),
        wordings=(Wording(HOSTILE, "3" * 64, HOSTILE),),
    )


def steering(text: str) -> set[str]:
    """The characters in `text` that could steer a terminal or a reader; line feeds and tabs are none."""
    bad = {c for c in text if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} or c in "\u202e\u2066"}
    return bad - {"\n", "\t"}


def strings(value: Any) -> str:
    """Every string in a JSON value, keys left out, one after the other as a reader would get them."""
    if isinstance(value, dict):
        return "".join(map(strings, value.values()))
    return "".join(map(strings, value)) if isinstance(value, list) else str(value)
