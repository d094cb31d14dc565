"""The SSRU student is an ordinary Transformers model, and steps give what teacher forcing gives."""

import pytest
import torch
from safetensors import safe_open
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from pipelines.engine.decoding.generated import TokenizerFacts
from pipelines.engine.decoding.generator import generator
from pipelines.engine.ssru.configuration import SsruMarianConfig
from pipelines.engine.ssru.modeling import SsruMarianForConditionalGeneration, sinusoids
from pipelines.engine.ssru.registration import register


def read(directory, **options):
    register()
    return AutoModelForSeq2SeqLM.from_pretrained(directory, use_safetensors=True, **options).eval()


SOURCE = torch.tensor([[5, 9, 30, 0], [7, 8, 0, 0]])
MASK = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])
TARGET = torch.tensor([[4, 17, 22, 0], [11, 3, 0, -100]])


def test_it_loads_through_the_auto_class_and_saves_the_same_weights_again(ssru_checkpoint, tmp_path):
    model = read(ssru_checkpoint)
    model.save_pretrained(tmp_path)
    again = read(tmp_path)
    assert isinstance(again, SsruMarianForConditionalGeneration)
    assert all(torch.equal(one, other) for one, other in zip(model.parameters(), again.parameters(), strict=True))
    assert again.config.layer_norm_eps == 1e-6


def test_the_tied_embedding_is_saved_once(ssru_checkpoint):
    with safe_open(ssru_checkpoint / "model.safetensors", "pt") as file:
        shapes = [tuple(file.get_slice(name).get_shape()) for name in file.keys()]  # noqa: SIM118 -- not a dict
    assert shapes.count((104, 32)) == 1


def test_steps_give_the_logits_of_teacher_forcing(ssru_checkpoint):
    model = read(ssru_checkpoint)
    with torch.inference_mode():
        forced = model(input_ids=SOURCE, attention_mask=MASK, labels=TARGET)
        state = model.start(model.encode(SOURCE, MASK), MASK)
        tokens = [torch.zeros(len(TARGET), dtype=torch.long), *TARGET.clamp(min=0).T[:-1]]
        stepped = torch.stack([model.step(token, state) for token in tokens], dim=1)
    torch.testing.assert_close(stepped, forced.logits, rtol=1e-4, atol=1e-5)


def test_the_loss_ignores_padding_and_trains(ssru_checkpoint):
    model = read(ssru_checkpoint)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    losses = []
    for _ in range(6):
        loss = model(input_ids=SOURCE, attention_mask=MASK, labels=TARGET).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    assert not model.shared.weight.grad.isnan().any()


def test_padding_changes_nothing(ssru_checkpoint):
    model = read(ssru_checkpoint)
    with torch.inference_mode():
        alone = model.encode(SOURCE[1:, :3], MASK[1:, :3])
        padded = model.encode(SOURCE, MASK)[1:, :3]
    torch.testing.assert_close(alone, padded, rtol=1e-4, atol=1e-5)


def test_bfloat16_is_close_to_float32(ssru_checkpoint):
    exact, half = read(ssru_checkpoint), read(ssru_checkpoint, dtype=torch.bfloat16)
    with torch.inference_mode():
        wanted = exact(input_ids=SOURCE, attention_mask=MASK, labels=TARGET).logits
        found = half(input_ids=SOURCE, attention_mask=MASK, labels=TARGET).logits
    assert found.dtype == torch.bfloat16
    assert torch.nn.functional.cosine_similarity(found.float(), wanted, dim=-1).min() > 0.99


def test_rows_of_a_state_can_be_selected(ssru_checkpoint):
    model = read(ssru_checkpoint)
    with torch.inference_mode():
        state = model.start(model.encode(SOURCE, MASK), MASK)
        both = model.step(torch.zeros(2, dtype=torch.long), state)
        chosen = state.select(torch.tensor([1]), torch.tensor([1]))
        torch.testing.assert_close(
            model.step(both.argmax(-1)[1:], chosen), model.step(both.argmax(-1), state)[1:], rtol=1e-4, atol=1e-5
        )


def test_positions_are_sines_first_then_cosines():
    like = torch.zeros(1)
    table = sinusoids(0, 3, 8, like)
    torch.testing.assert_close(table[0], torch.tensor([0.0] * 4 + [1.0] * 4))
    torch.testing.assert_close(sinusoids(2, 1, 8, like), table[2:])


@pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses")
def test_the_tokenizer_is_sentencepiece_with_the_same_ids(ssru_checkpoint, pieces):
    import sentencepiece

    plain = sentencepiece.SentencePieceProcessor(model_proto=pieces)
    tokenizer = AutoTokenizer.from_pretrained(ssru_checkpoint)
    for text in ("River stone winter.", "Unbekannt 😀 lamp", "  two  spaces "):
        ids = tokenizer(text)["input_ids"]
        assert ids == [*plain.encode(text), 0]
        assert tokenizer.decode(ids, skip_special_tokens=True) == plain.decode(
            [token for token in ids if token not in (0, 1)]
        )


@pytest.fixture
def listed():
    """A model whose source id 5 may become 40 or 41, id 9 may become 41, and any id the first three."""
    torch.manual_seed(3)
    sizes = {"vocab_size": 60, "d_model": 16, "attention_heads": 2, "encoder_layers": 1, "decoder_layers": 1}
    model = SsruMarianForConditionalGeneration(
        SsruMarianConfig(**sizes, ffn_dim=16, shortlist_entries=3, shortlist_common=3)
    ).eval()
    counts = torch.zeros(60, dtype=torch.int32)
    counts[5], counts[9] = 2, 1
    model.shortlist.offsets[1:] = counts.cumsum(0)
    model.shortlist.ids[:] = torch.tensor([40, 41, 41])
    return model


def test_a_shortlist_allows_what_a_row_of_its_own_may_become(listed):
    ids = torch.tensor([[5, 9, 0], [9, 0, 5], [7, 0, 0]])
    allowed = listed.shortlist(ids, torch.tensor([[1, 1, 1], [1, 1, 0], [1, 1, 0]]))
    assert [row.nonzero().flatten().tolist() for row in allowed] == [[0, 1, 2, 40, 41], [0, 1, 2, 41], [0, 1, 2]]


def test_logits_of_candidates_are_those_of_the_whole_vocabulary(listed):
    ids = torch.tensor([[5, 9, 0], [9, 0, 0]])
    mask = torch.tensor([[1, 1, 1], [1, 1, 0]])
    with torch.inference_mode():
        encoded = listed.encode(ids, mask)
        whole = listed.step(ids[:, 0], listed.start(encoded, mask, (1,)))
        state = listed.start(encoded, mask, (1,), ids)
        few = listed.step(ids[:, 0], state)
        second = listed.step(
            ids[1:, 0], listed.start(encoded, mask, (1,), ids).select(torch.tensor([1]), torch.tensor([1]))
        )
    assert state.token_ids(torch.arange(5)).tolist() == [0, 1, 2, 40, 41]
    torch.testing.assert_close(few[0, :5], whole[0, [0, 1, 2, 40, 41]])
    assert few[1, :5].isneginf().tolist() == [False, True, False, True, False]
    assert few[:, 5:].isneginf().all()  # there so that products have few shapes
    torch.testing.assert_close(second[0], few[1])


def test_a_shortlist_is_saved_and_read_with_the_model(listed, tmp_path):
    listed.save_pretrained(tmp_path)
    again = read(tmp_path, dtype=torch.bfloat16)
    assert torch.equal(again.shortlist.ids, listed.shortlist.ids)
    assert again.shortlist.offsets.dtype == torch.int32


@pytest.mark.parametrize("beams", [2, 5])
def test_beams_are_those_of_transformers(ssru_checkpoint, beams):
    model = read(ssru_checkpoint)
    model.generation_config.update(num_beams=beams)
    theirs = model.generate(
        input_ids=SOURCE[:1],
        attention_mask=MASK[:1],
        max_new_tokens=12,
        output_scores=True,
        return_dict_in_generate=True,
    )
    ours = generator(model, TokenizerFacts(0, 0))(SOURCE, MASK, [12] * len(SOURCE), [None] * len(SOURCE))[0]
    assert ours.ids == theirs.sequences[0, 1 : 1 + len(ours.ids)].tolist()
    assert ours.score == pytest.approx(float(theirs.sequences_scores[0]), rel=1e-4)
