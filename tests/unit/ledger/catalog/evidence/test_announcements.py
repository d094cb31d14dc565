"""Above a licence's text may stand what is known to announce it; any other line is a part of the text."""

import pytest

from ledger.catalog.evidence.texts.recognition import recognised
from tests.unit.ledger.catalog.evidence.texts import APACHE, MIT, OWNER

CONDITIONS = [
    "MODEL WEIGHTS REQUIRE WRITTEN APPROVAL BY ACME",
    "Model Requires Payment To Acme Inc",
    "MODEL COSTS 500 EUR",
    "MODEL EMBARGOED UNTIL 2027",
    "Model v2.0 Expires December 2025",
    "Expired Model 1.0",
    "Leaked Translator 2.0",
    "Staff Model 1.0",
    "Geheim 1.0",
    "MODEL WEIGHTS RENTED FROM ACME",
    "Acme Model Bildung",
    "Acme Modelo Pagamento 2.0",
    "Bildung",
    "Acme Translate 1.0 by Permission",
    "None",
]
OTHERS = [
    "THE MODEL WEIGHTS ARE EXCLUDED",
    "Model Weights Excluded",
    "Weights Llama 3",
    "Llama Model 3.1",
    "Gemma 2.0",
    "Model CreativeML",
    "Code License",
    "Source Code Licence",
    "Data License",
    "The code is licensed under the MIT License.",
    "This source code is licensed under the MIT License.",
    "The source code in this repository is released under the MIT License.",
    "The model code is licensed under the MIT License.",
    "The model card is licensed under the MIT License.",
    "The dataset is licensed under the MIT License.",
    "Acme Corpus 1.0 is licensed under the MIT License.",
    "Acme Tokenizer 1.0 is licensed under the MIT License.",
]
OTHER_LICENCES = [
    "AGPL-3.0-only",
    "# GNU Affero General Public License v3.0 only",
    "This model is licensed under the GPL-3.0-only.",
    "License: https://ai.google.dev/gemma/terms",
    "https://acme.example/terms",
    "[MIT License](https://ai.google.dev/gemma/terms)",
    "[MIT License](https://spdx.org/licenses/AGPL-3.0-only.html)",
    "[MIT License](https://creativecommons.org/licenses/by-sa/4.0/)",
]
NAMES = [
    "Acme Translate 1.0",
    "Acme Embeddings v1.9.0",
    "# Acme Summarizer 2.1 © 2024 by Jane Doe",
    "This model and its weights are licensed under the MIT License.",
    "This repository is licensed under the MIT License (https://opensource.org/licenses/MIT)",
    "Software License",
]


@pytest.mark.parametrize("line", [*CONDITIONS, *OTHERS, *OTHER_LICENCES])
def test_a_line_that_is_not_known_to_announce_a_text_makes_it_another(line: str):
    assert not recognised(f"{line}\n\n{MIT}")
    assert not recognised(f"# License\n\n{line}\n\n{MIT}")


@pytest.mark.parametrize("line", NAMES)
def test_what_announces_the_text_of_a_model_does_not_count(line: str):
    assert recognised(f"{line}\n\n{MIT}") == {"MIT"}


@pytest.mark.parametrize(
    "owner",
    [
        "(c) Model Weights Excluded",
        "Copyright 2024 Acme Inc. Confidential and Proprietary",
        "Copyright 2024 Approval Required By Acme",
        "Copyright 2024 Acme, Weights Excluded",
        "Copyright 2024 Acme Internal",
        "Copyright 2024 Acme Payment To Acme",
        "Copyright 2024 Acme\nBildung Schule Lehre",
        "Copyright 2024 Acme\nStaff Alone",
    ],
)
def test_an_owner_states_no_condition(owner: str):
    assert not recognised(MIT.replace(OWNER, owner))
    assert not recognised(f"{owner}\n\n{MIT}")


def test_owners_whose_names_sound_like_conditions_are_owners():
    assert recognised(MIT.replace(OWNER, "Copyright (c) 2021 Weights and Biases, Inc.")) == {"MIT"}
    assert recognised(MIT.replace(OWNER, "Copyright (c) 1997-2011 by Secret Labs AB")) == {"MIT"}
    assert recognised(MIT.replace(OWNER, "Copyright (c) 2021 somebody1710")) == {"MIT"}


def test_a_title_of_another_licence_that_asks_to_share_alike_is_a_contradiction():
    assert not recognised(f"GPL-3.0-only\n\n{APACHE}")
    assert not recognised(f"MPL-2.0\n{MIT}")
