"""Linear layers that were made ready give what they gave before, within their format, and no row changes another."""

import pytest
import torch
from torch import nn

from pipelines.engine.precision import Precision, fastest
from pipelines.engine.projections import (
    Int8Linear,
    PackedLinear,
    followed,
    in_blocks,
    make_ready,
    make_smaller,
    ready,
    unchanged,
)

CPU = "cpu"


def linear(inputs, outputs, *, bias=True):
    torch.manual_seed(0)
    return nn.Linear(inputs, outputs, bias=bias).requires_grad_(False)


def rows(count, width):
    torch.manual_seed(1)
    return torch.randn(count, width)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(1, 64), (7, 64), (3, 5, 64)])
def test_a_packed_layer_gives_the_same_numbers(shape, bias):
    layer, states = linear(64, 90, bias=bias), torch.randn(shape, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(PackedLinear(layer)(states), layer(states), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("precision", [Precision.FLOAT32, Precision.BFLOAT16])
@pytest.mark.parametrize("shape", [(64, 90), (5632, 512)])
def test_a_row_of_a_layer_in_blocks_is_the_same_among_any_number(shape, precision):
    layer = in_blocks(PackedLinear)(linear(*shape).to(precision.dtype))
    states = rows(300, shape[0]).to(precision.dtype)
    whole = layer(states)
    torch.testing.assert_close(whole, PackedLinear(linear(*shape).to(precision.dtype))(states), rtol=0.02, atol=0.02)
    assert all(torch.equal(layer(states[:count]), whole[:count]) for count in (1, 3, 16, 63, 64, 65, 80, 200))


@pytest.mark.parametrize("activate", [nn.GELU(), nn.GELU(approximate="tanh"), nn.ReLU(), nn.SiLU()])
@pytest.mark.parametrize("how", [PackedLinear, in_blocks(PackedLinear), Int8Linear, unchanged])
def test_an_activation_in_the_same_call_gives_the_same_numbers(activate, how):
    layer, states = how(linear(64, 90)), rows(7, 64) * 3
    torch.testing.assert_close(followed(layer, activate)(states), activate(layer(states)), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("bias", [True, False])
def test_an_int8_layer_is_off_by_less_than_a_hundredth(bias):
    layer, states = linear(256, 300, bias=bias), rows(40, 256)
    exact = layer(states)
    assert float((Int8Linear(layer)(states) - exact).norm() / exact.norm()) < 0.01


def test_a_large_row_does_not_blur_a_small_one_in_int8():
    layer, states = Int8Linear(linear(64, 32)), rows(6, 64)
    loud = torch.cat((states, states * 1e4))
    assert torch.equal(layer(loud)[:6], layer(states))


def test_an_int8_layer_of_zeros_is_its_bias():
    layer = linear(64, 32)
    nn.init.zeros_(layer.weight)
    assert torch.equal(Int8Linear(layer)(torch.zeros(3, 64)), layer.bias.expand(3, -1))


def test_every_linear_layer_at_any_depth_is_made_ready():
    class Odd(nn.Linear):
        """A layer of a kind of its own, which is not known to be a plain product."""

    model = nn.Sequential(linear(8, 8), nn.ModuleDict({"deep": nn.Sequential(linear(8, 8))}), Odd(8, 8))
    make_ready(model, Int8Linear)
    kinds = [type(module) for module in model.modules() if not list(module.children())]
    assert kinds == [Int8Linear, Int8Linear, Odd]


def test_layers_that_would_only_be_held_twice_stay_as_they_are():
    model = nn.Sequential(linear(8, 8))
    make_smaller(model, PackedLinear)
    assert type(model[0]) is nn.Linear
    make_smaller(model, Int8Linear)
    assert type(model[0]) is Int8Linear


def test_int8_keeps_what_passes_between_layers_in_float32():
    assert Precision.INT8.dtype is torch.float32
    assert Precision.BFLOAT16.dtype is torch.bfloat16
    assert ready(CPU, Precision.INT8) is Int8Linear


def test_layers_of_an_accelerator_stay_as_they_are():
    assert ready("cuda:0", Precision.BFLOAT16) is unchanged
    layer = linear(4, 4)
    assert unchanged(layer) is layer


@pytest.mark.parametrize(
    ("able", "expected"),
    [
        ({"amx_bf16": True}, Precision.BFLOAT16),
        ({"avx512_bf16": True}, Precision.BFLOAT16),
        ({"avx512_vnni": True}, Precision.FLOAT32),
        ({}, Precision.FLOAT32),
    ],
)
def test_a_cpu_without_bfloat16_products_computes_in_float32(monkeypatch, able, expected):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    assert fastest(CPU) is expected
