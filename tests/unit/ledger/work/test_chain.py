"""The key and the chain of closings: made once, private, whole after a killed process, and noticed when changed."""

import stat
import threading

import pytest

from ledger.errors import StampError
from ledger.work.stamps import key
from ledger.work.stamps.chain import Chain


@pytest.fixture
def folder(tmp_path):
    key.make(tmp_path / "stamps", after_item=7)
    return tmp_path / "stamps"


@pytest.fixture
def chain(folder):
    return Chain(folder, key.read(folder))


def append(chain, job_id: str, digest: str) -> None:
    with chain.held() as file:
        chain.append(file, job_id, digest)


def test_a_key_is_made_once_for_its_user_alone(folder):
    first = key.read(folder)
    key.make(folder, after_item=99)
    assert key.read(folder) == first
    assert first.after_item == 7
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name for path in folder.iterdir()} == {"key", "closings"}
    assert first.secret.hex() not in repr(first) + first.name


def test_of_processes_that_make_a_key_at_once_one_is_first(tmp_path):
    threads = [threading.Thread(target=key.make, args=(tmp_path / "k",), kwargs={"after_item": n}) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert {path.name for path in (tmp_path / "k").iterdir()} == {"key", "closings"}


def test_a_key_signs_each_use_otherwise_and_another_key_signs_otherwise(folder, tmp_path):
    key.make(tmp_path / "b", after_item=0)
    one, other = key.read(folder), key.read(tmp_path / "b")
    assert len({one.sign("a", b"m"), one.sign("b", b"m"), one.sign("a", b"n"), other.sign("a", b"m")}) == 4
    assert one.sign("a", b"m") == key.read(folder).sign("a", b"m")
    assert len(one.sign("a", b"m")) == 22


@pytest.mark.parametrize(
    "said", ["", "[]", "{}", '{"key": "xy", "after_item": 0}', '{"key": "00", "after_item": null}']
)
def test_a_file_that_is_no_key_is_refused_by_its_path(folder, said):
    (folder / key.FILE).write_text(said)
    with pytest.raises(StampError, match=f"{folder / key.FILE} is no key of stamps"):
        key.read(folder)


def test_a_key_that_is_a_folder_is_refused_with_the_systems_reason(tmp_path):
    (tmp_path / key.FILE).mkdir()
    with pytest.raises(StampError, match="cannot be read: Is a directory"):
        key.read(tmp_path)


def test_a_chain_says_what_it_was_told_of_each_job(chain):
    for number in range(20):
        append(chain, f"job_{number}", f"digest{number}")
    append(chain, "job_3", "another")
    assert chain.of("job_3") == ["digest3", "another"]
    assert chain.of("job_19") == ["digest19"]
    assert chain.of("job_99") == []


@pytest.mark.parametrize("line", [0, 1, 2])
@pytest.mark.parametrize(
    "change", [lambda line: "", lambda line: line + line, lambda line: line.replace("digest", "Digest")]
)
def test_a_line_that_is_changed_taken_out_or_doubled_is_noticed(folder, chain, line, change):
    for number in range(4):
        append(chain, f"job_{number}", f"digest{number}")
    path = folder / key.CHAIN
    lines = path.read_text().splitlines(keepends=True)
    lines[line] = change(lines[line])
    path.write_text("".join(lines))
    with pytest.raises(StampError, match="is not what was written there"):
        chain.of("job_3")


@pytest.mark.parametrize("torn", [b"job", b"job_2 dig", b"\xff\x00"])
def test_what_a_killed_process_left_of_a_line_is_overwritten(folder, chain, torn):
    append(chain, "job_1", "one")
    with (folder / key.CHAIN).open("ab") as file:
        file.write(torn)
    assert chain.of("job_1") == ["one"]
    append(chain, "job_2", "two")
    assert (chain.of("job_1"), chain.of("job_2")) == (["one"], ["two"])


def test_a_torn_first_line_is_overwritten(folder, chain):
    (folder / key.CHAIN).write_bytes(b"job_1 on")
    append(chain, "job_1", "one")
    assert chain.of("job_1") == ["one"]


def test_closings_at_once_wait_for_each_other(folder, chain):
    def many(name: str) -> None:
        for number in range(25):
            append(Chain(folder, key.read(folder)), f"{name}_{number}", "d")

    threads = [threading.Thread(target=many, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert all(chain.of(f"{name}_{number}") == ["d"] for name in "abcd" for number in range(25))


def test_the_chain_of_a_key_that_was_lost_is_put_aside(folder, chain):
    append(chain, "job_1", "one")
    (folder / key.FILE).unlink()
    key.make(folder, after_item=50)
    fresh = Chain(folder, key.read(folder))
    assert fresh.of("job_1") == []
    (aside,) = folder.glob("closings.before-*")
    assert aside.read_text().startswith("job_1 one ")
