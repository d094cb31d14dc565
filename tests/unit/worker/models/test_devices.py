"""Devices are counted without loading torch."""

import pytest

from worker.models.devices import count_gpus, expected


@pytest.mark.parametrize(("visible", "count"), [("0", 1), ("0,1", 2), ("", 0), ("GPU-a, GPU-b", 2)])
def test_the_visible_cuda_devices_are_counted(visible: str, count: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert count_gpus("auto") == count
    assert expected("auto") == ("cuda" if count else "cpu")


def test_a_worker_told_to_use_the_cpu_has_no_gpu(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert count_gpus("cpu") == 0
    assert expected("cpu") == "cpu"
