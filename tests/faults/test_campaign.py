"""A short seeded campaign on both databases, with its control run; `make faults` runs the long one."""

import json
import subprocess
import sys
from pathlib import Path

from tests.faults.slot import ROOT


def test_a_short_campaign_keeps_the_promise_and_its_control_does_not(tmp_path: Path) -> None:
    out = tmp_path / "faults.json"
    command = [sys.executable, "-m", "tests.faults.campaign", "--seeds", "2", "--seconds", "12", "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    summary = json.loads(out.read_text(encoding="utf-8"))
    assert (summary["lost"], summary["double"], summary["innocent_quarantined"]) == (0, 0, 0)
    assert summary["poison_isolated"] == summary["poison"]
    assert summary["acknowledged"] > 0
    assert summary["control_failed"]
