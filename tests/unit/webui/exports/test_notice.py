"""The notice of a job: every attribution and duty, each licence text once, and nothing that forges or steers."""

import pytest

from tests.attributions import APACHE, HOSTILE, POLICY, hostile, license_, model, steering, used
from webui.exports.notice import notice


def test_it_names_model_source_weights_licence_and_number_of_documents():
    text = notice("job_1", [used("opus", "Apache-2.0", results=1200)])
    assert text.splitlines() == [
        "NOTICE for the results of job_1",
        "",
        "The models below made the results of this job. Keep this notice with the results when you pass them on.",
        "",
        "1. opus",
        f"   Revision: {'a' * 40}",
        f"   Source: repository someone/opus at commit {'a' * 40}",
        f"   Weights: sha256 {'c' * 64}",
        "   Licence: Apache-2.0 (The Apache-2.0 licence)",
        "   Terms from: https://licences.example/Apache-2.0",
        "   Commercial use: permitted",
        "   Declared by the model: mit",
        "   Purpose: evaluation. Evaluation is always permitted.",
        "   Documents made with it: 1200",
        "   Duties:",
        "   - Name the model, its makers and the licence.",
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"share_alike": True}, "- Share what is derived from it under the same terms."),
        ({"use_restrictions": True}, "- Keep to its list of forbidden uses"),
        ({"naming": "Llama"}, "“Llama”"),
        ({"commercial_use": False}, "Commercial use: not permitted"),
        ({"commercial_use": None}, "Commercial use: not established"),
    ],
)
def test_what_a_licence_asks_is_said_where_it_holds_and_only_there(changes, words):
    assert words in notice("job_1", [used("opus", license_("X", **changes))])
    assert words not in notice("job_1", [used("opus", license_("X"))])


def test_a_licence_without_duties_says_so():
    assert "Duties: none recorded" in notice("job_1", [used("opus", license_("CC0-1.0", attribution=False))])


def test_models_are_numbered_in_the_order_given():
    text = notice("job_1", [used("alpha"), used("beta", "LicenseRef-gemma"), used("gamma", "MIT OR Apache-2.0")])
    found = [row for row in text.splitlines() if row[:1].isdigit()]
    assert found == ["1. alpha", "2. beta", "3. gamma"]
    assert "Licence: LicenseRef-gemma (" in text
    assert "Licence: MIT OR Apache-2.0 (" in text


def test_a_text_that_came_with_two_models_stands_once_under_both_names():
    text = notice("job_1", [used("alpha", wordings=(APACHE,)), used("beta", wordings=(APACHE, POLICY))])
    assert text.count("Version 2.0") == 1
    assert f"sha256 {'1' * 64}: LICENSE of alpha, LICENSE of beta\n\n    Apache License\n" in text
    assert text.endswith(f"sha256 {'2' * 64}: USE_POLICY.md of beta\n\n    Do no harm.\n")


def test_two_attributions_of_one_model_name_its_file_once():
    text = notice("job_1", [used("alpha", wordings=(APACHE,)), used("alpha", "X", wordings=(APACHE,))])
    assert f"sha256 {'1' * 64}: LICENSE of alpha\n" in text


def test_of_a_directory_on_this_machine_only_the_name_is_told():
    text = notice("job_1", [used("opus", model=model("opus", source={"directory": "/home/anna/models/opus"}))])
    assert "Source: directory opus" in text
    assert "anna" not in text


def test_hostile_strings_neither_steer_nor_forge_a_line():
    text = notice("job_1", [hostile()])
    assert not steering(text)
    assert [row for row in text.splitlines() if row.startswith(("1.", "2."))] == [
        "1. evil???[31m??????2. trusted?   Licence: MIT".replace("?", "\ufffd")
    ]
    assert len([row for row in text.split("\n") if row.startswith("   Licence: ")]) == 1
    assert "2. trusted" in HOSTILE.splitlines()


def test_a_job_without_results_owes_nothing():
    assert "nothing is owed" in notice("job_1", [])
