"""A data directory is blank where nothing is, or only what is fetched before models are admitted."""

import pytest

from corpusmill.place.installation import is_blank
from corpusmill.settings import load


@pytest.mark.parametrize(
    ("names", "blank"),
    [([], True), (["cache"], True), (["cache", "models"], True), (["cache", "models", "ledger.db"], False)],
)
def test_only_what_comes_before_models_leaves_it_blank(tmp_path, names, blank):
    for name in names:
        (tmp_path / name).mkdir()
    assert is_blank(load(data_dir=tmp_path)) is blank
    assert is_blank(load(data_dir=tmp_path / "none"))
