"""The stdout of a command holds its own output; what its parts log goes elsewhere."""

import subprocess
import sys

import pytest

SPEAKS = "import logging, structlog; log = structlog.get_logger(); said = logging.getLogger('x')\n"
TELLS = "log.info('told'); log.warning('warned'); said.info('told'); said.warning('warned too')"
COMMAND = f"""
import sys
import click
from corpusmill import cli
from corpusmill.settings import load
{SPEAKS}
@cli.app.command("probe")
@click.argument("folder")
def probe(folder):
    from corpusmill.place.local import open_ledger
    {TELLS}
    with open_ledger(load(data_dir=folder), upgrade=True):
        {TELLS}
    click.echo("own")
sys.argv = ["corpusmill", "probe", sys.argv[1]]
cli.main()
"""
DEMO = f"""
from corpusmill import demo
from corpusmill.output import Refusal
{SPEAKS}
def server(settings):
    {TELLS}
    raise SystemExit(0)
demo._server = server
print("own")
demo.main()
"""


@pytest.mark.parametrize("script", [COMMAND, DEMO], ids=["command", "demo"])
def test_the_output_of_a_command_holds_no_line_of_a_log(script, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout == "own\n"
    assert "warned" in done.stderr
    assert "warned too" in done.stderr
    assert "told" not in done.stderr
