"""What a container leaves a worker, and how its children share it. Real files, laid out as the kernel lays them out."""

import os

import pytest

from corpusmill.settings import load
from worker.models import share
from worker.models.cgroups import Cgroups
from worker.models.memory import machine_bytes

GIB = 2**30
NONE_V1 = "9223372036854771712"


@pytest.fixture
def groups(tmp_path):
    def make(membership: str, **files: str) -> Cgroups:
        mount = tmp_path / "cgroup"
        mount.mkdir()
        (tmp_path / "membership").write_text(membership)
        for path, text in files.items():
            file = mount / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return Cgroups(mount, tmp_path / "membership")

    return make


def test_a_container_with_a_namespace_of_its_own_sees_its_limits_at_the_root(groups):
    found = groups("0::/\n", **{"memory.max": f"{GIB}\n", "cpu.max": "150000 100000\n"})
    assert (found.memory_bytes(), found.cpus()) == (GIB, 1.5)


def test_the_lowest_limit_of_a_group_and_those_above_it_counts(groups):
    found = groups(
        "0::/system.slice/corpusmill.service\n",
        **{
            "system.slice/memory.max": str(2 * GIB),
            "system.slice/corpusmill.service/memory.max": str(3 * GIB),
            "system.slice/other.service/memory.max": str(GIB),
            "system.slice/cpu.max": "max 100000",
            "system.slice/corpusmill.service/cpu.max": "200000 100000",
        },
    )
    assert (found.memory_bytes(), found.cpus()) == (2 * GIB, 2.0)


def test_version_one_has_a_tree_for_each_controller(groups):
    found = groups(
        "11:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n0::/\n",
        **{
            "memory/docker/abc/memory.limit_in_bytes": str(GIB),
            "memory/memory.limit_in_bytes": NONE_V1,
            "cpu,cpuacct/docker/abc/cpu.cfs_quota_us": "50000",
            "cpu,cpuacct/docker/abc/cpu.cfs_period_us": "100000",
        },
    )
    assert (found.memory_bytes(), found.cpus()) == (GIB, 0.5)


def test_a_path_of_the_host_that_the_container_does_not_see_leads_to_its_root(groups):
    found = groups(
        "9:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n",
        **{
            "memory/memory.limit_in_bytes": str(GIB),
            "cpu/cpu.cfs_quota_us": "400000",
            "cpu/cpu.cfs_period_us": "100000",
        },
    )
    assert (found.memory_bytes(), found.cpus()) == (GIB, 4.0)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"memory.max": "max", "cpu.max": "max 100000"},
        {"memory.max": "", "cpu.max": ""},
        {"memory.max": "many", "cpu.max": "1 0"},
        {"memory/memory.limit_in_bytes": "-1", "cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"},
    ],
)
def test_what_cannot_be_read_or_is_unlimited_limits_nothing(groups, files):
    found = groups("2:memory:/\n3:cpu:/\n0::/\n", **files)
    assert (found.memory_bytes(), found.cpus()) == (None, None)


def test_a_system_without_groups_limits_nothing(tmp_path):
    nowhere = Cgroups(tmp_path / "none", tmp_path / "nobody")
    assert (nowhere.memory_bytes(), nowhere.cpus()) == (None, None)
    assert machine_bytes(nowhere) == os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def test_the_memory_of_a_machine_is_its_containers_where_that_is_less(groups):
    assert machine_bytes(groups("0::/\n", **{"memory.max": "1000000"})) == 1_000_000


@pytest.mark.parametrize(
    ("cores", "quota", "children", "threads"),
    [
        (16, "max", 1, 16),
        (16, "max", 4, 4),
        (16, "300000", 1, 3),
        (16, "150000", 1, 1),
        (2, "800000", 1, 2),
        (2, "max", 8, 1),
    ],
)
def test_threads_are_the_cores_that_may_be_used_divided_by_the_children(
    groups, monkeypatch, cores, quota, children, threads
):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(cores)), raising=False)
    assert share.threads(children, groups("0::/\n", **{"cpu.max": f"{quota} 100000"})) == threads


def test_a_process_that_may_use_one_core_has_one_thread(tmp_path):
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert share.threads(1, Cgroups(tmp_path, tmp_path / "none")) == 1
    finally:
        os.sched_setaffinity(0, allowed)


@pytest.mark.parametrize(("asked", "visible", "children"), [(0, "0,1,2", 3), (0, "", 1), (5, "0,1", 5)])
def test_there_is_one_child_for_each_gpu_unless_the_operator_says(monkeypatch, tmp_path, asked, visible, children):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert share.children(load(data_dir=tmp_path, children=asked)) == children
