"""What `corpusmill models tune` accepts, as the README writes it."""

import pytest
from click.testing import CliRunner

from corpusmill.commands.maintenance import db
from corpusmill.commands.models import models
from pipelines.engine.precision import Precision
from pipelines.models.options import Backend


@pytest.mark.parametrize(
    "wish",
    [("--precision", name) for name in ("auto", *(one.value for one in Precision))]
    + [("--backend", one.value) for one in Backend],
)
def test_every_format_and_backend_goes_by_the_name_in_the_documents(wish, tmp_path):
    assert CliRunner().invoke(db, ["upgrade", "--data-dir", str(tmp_path)]).exit_code == 0
    done = CliRunner().invoke(models, ["tune", "no-such-model", *wish, "--data-dir", str(tmp_path)])
    assert done.exit_code != 2, done.output
    assert "No model named no-such-model" in str(done.exception)
