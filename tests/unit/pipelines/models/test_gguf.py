"""A GGUF is read as ggml writes it, and refused where it is damaged or of a kind that is not read."""

import numpy as np
import pytest

from pipelines.models.starter import gguf
from tests.unit.pipelines.models.gguf_files import F32, Q4_1, Q8_0, gguf_file, q4_1, q8_0

SETTINGS = {"name": "tést", "layers": 3, "base": 0.5, "tied": True, "kinds": [3, -1], "pieces": ["<s>", "Ġé"]}


def test_settings_of_every_kind_are_read():
    assert gguf.read(gguf_file(SETTINGS, [])).settings == SETTINGS


def test_weights_are_read_from_blocks_in_the_order_of_the_matrix():
    nibbles = [[at % 16 for at in range(32)], [15 - at % 16 for at in range(32)]]
    integers = [*range(-128, -96), *range(96, 128)]
    model = gguf.read(
        gguf_file(
            SETTINGS,
            [
                ("norm", (3,), F32, np.array([1.5, -2.0, 0.25], "<f4").tobytes()),
                ("matrix", (2, 32), Q4_1, q4_1(0.5, -4.0, nibbles[0]) + q4_1(2.0, 1.0, nibbles[1])),
                ("table", (1, 64), Q8_0, q8_0(0.25, integers[:32]) + q8_0(4.0, integers[32:])),
            ],
        )
    )
    np.testing.assert_array_equal(model.weights("norm"), [1.5, -2.0, 0.25])
    expected = np.array([[0.5 * n - 4 for n in nibbles[0]], [2.0 * n + 1 for n in nibbles[1]]])
    np.testing.assert_array_equal(model.weights("matrix"), expected)
    np.testing.assert_array_equal(
        model.weights("table"), [[n * scale for n, scale in zip(integers, [0.25] * 32 + [4.0] * 32, strict=True)]]
    )
    assert model.weights("table").dtype == np.float32
    with pytest.raises(KeyError):
        model.weights("other")


def test_a_file_may_have_another_alignment():
    made = gguf_file({"general.alignment": 64}, [("norm", (1,), F32, np.array([7.0], "<f4").tobytes())])
    moved = made[:-32] + bytes(-(len(made) - 32) % 64) + made[-32:]
    np.testing.assert_array_equal(gguf.read(moved).weights("norm"), [7.0])


WHOLE = gguf_file(SETTINGS, [("table", (1, 32), Q8_0, q8_0(1.0, range(32)))])


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"GGML" + WHOLE[4:],
        WHOLE[:30],
        gguf_file(SETTINGS, [], version=1),
        gguf_file(SETTINGS, [], version=4),
        WHOLE.replace("tést".encode(), b"\xff\xfe\xff\xfe\xff"),
        b"GGUF" + WHOLE[4:8] + b"\xff" * 16 + WHOLE[24:],
    ],
)
def test_a_damaged_head_is_refused(damaged):
    with pytest.raises(gguf.GgufError):
        gguf.read(damaged)


@pytest.mark.parametrize(
    ("shape", "kind", "raw"), [((1, 32), 12, b"x" * 144), ((33,), Q8_0, bytes(68)), ((2, 32), Q8_0, bytes(34))]
)
def test_weights_that_are_not_whole_or_in_an_unknown_format_are_refused(shape, kind, raw):
    model = gguf.read(gguf_file({}, [("table", shape, kind, raw)]))
    with pytest.raises(gguf.GgufError, match="table"):
        model.weights("table")
