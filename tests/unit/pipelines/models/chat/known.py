"""Chat templates as well-known models have them, and small tokenizers with their control words."""

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import PreTrainedTokenizerFast

CHATML = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + "
    "message['content'] + '<|im_end|>' + '\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
LLAMA_2 = (
    "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}"
    "{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}"
    "{% set system_message = false %}{% endif %}{% for message in loop_messages %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Roles alternate') }}{% endif %}"
    "{% if loop.index0 == 0 and system_message != false %}"
    "{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}"
    "{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}"
    "{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}"
    "{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}"
)
LLAMA_3 = (
    "{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' + "
    "message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}"
    "{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)
MISTRAL = (
    "{{ bos_token }}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
    "{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}"
    "{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token}}"
    "{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}{% endfor %}"
)
GEMMA = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}"
    "{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate') }}{% endif %}{% if (message['role'] == 'assistant') %}"
    "{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}"
    "{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% endif %}"
)
PHI_3 = (
    "{% for message in messages %}{% if message['role'] == 'system' %}"
    "{{'<|system|>\n' + message['content'] + '<|end|>\n'}}"
    "{% elif message['role'] == 'user' %}{{'<|user|>\n' + message['content'] + '<|end|>\n'}}"
    "{% elif message['role'] == 'assistant' %}{{'<|assistant|>\n' + message['content'] + '<|end|>\n'}}{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %}"
)
ZEPHYR = (
    "{% for message in messages %}\n{% if message['role'] == 'user' %}\n"
    "{{ '<|user|>\n' + message['content'] + eos_token }}"
    "\n{% elif message['role'] == 'system' %}\n{{ '<|system|>\n' + message['content'] + eos_token }}\n"
    "{% elif message['role'] == 'assistant' %}\n"
    "{{ '<|assistant|>\n'  + message['content'] + eos_token }}\n{% endif %}\n"
    "{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}"
)
# The manner of newer ones: namespaces, macros, reversed slices, tests, dates, marked generations.
MODERN = """{%- macro turn(role, content) -%}
{{ '<|im_start|>' ~ role ~ '\n' ~ content ~ '<|im_end|>\n' }}
{%- endmacro -%}
{%- if tools is defined and tools %}{{ tools | tojson(indent=2) }}{% endif %}
{%- set ns = namespace(last=none, seen=[]) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if message.role == "user" and ns.last is none %}{% set ns.last = index %}{% endif %}
    {%- set ns.seen = ns.seen + [message.role] %}
{%- endfor %}
{{- 'Today is ' + strftime_now("%d %b %Y") + '.' if strftime_now is defined else '' }}
{%- for message in messages if message.role in ["system", "user", "assistant"] %}
    {%- if message.role == "assistant" %}
        {%- generation %}{{- turn("assistant", message.get("content").split('<think>')[-1]) }}{% endgeneration %}
    {%- elif loop.index0 == ns.last %}
        {{- turn(message.role, message.content) + ns.seen|select("equalto", "tool")|join(",") }}
    {%- else %}
        {{- turn(message.role, message.content) }}{% continue %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\n\n</think>\n\n' }}{% endif %}
{%- endif %}
"""
TEMPLATES = {"chatml": CHATML, "llama-2": LLAMA_2, "llama-3": LLAMA_3, "mistral": MISTRAL, "gemma": GEMMA}
TEMPLATES |= {"phi-3": PHI_3, "zephyr": ZEPHYR, "modern": MODERN}
WITHOUT_SYSTEM = {"mistral", "gemma"}

SPECIAL = """
<unk> <s> </s> <|im_start|> <|im_end|> <|start_header_id|> <|end_header_id|> <|eot_id|> <start_of_turn> <end_of_turn>
""".split()
RSTRIPPED = "<|system|> <|user|> <|assistant|> <|end|>".split()
PLAIN_ADDED = ["<think>", "</think>", "\n\n", "<table>"]
"""Known as whole words without being special, as Qwen's and Gemma's are."""


def byte_level():
    """Bytes as signs, as GPT-2's and Llama 3's."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [("i", "n"), ("Ċ", "Ċ"), ("t", "h"), ("th", "e"), ("<", "|"), ("|", ">")]
    pieces = [*alphabet, *("".join(merge) for merge in merges)]
    made = Tokenizer(models.BPE({piece: at for at, piece in enumerate(pieces)}, merges))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    return with_words(made)


def metaspace(scheme):
    """Words begun by a sign, as SentencePiece has them: only the text's first ("first"), or every stretch's."""
    pieces = ["▁", *(f"<0x{byte:02X}>" for byte in range(256)), *map(chr, range(33, 127)), "▁t", "in"]
    made = Tokenizer(
        models.BPE({piece: at for at, piece in enumerate(pieces)}, [("▁", "t"), ("i", "n")], byte_fallback=True)
    )
    if scheme == "legacy":
        made.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    else:
        made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme, split=False)
    made.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    return with_words(made)


def with_words(made):
    made.add_special_tokens([AddedToken(word, normalized=False, special=True) for word in SPECIAL])
    made.add_special_tokens([AddedToken(word, normalized=False, special=True, rstrip=True) for word in RSTRIPPED])
    made.add_tokens([AddedToken(word, normalized=False, special=False) for word in PLAIN_ADDED])
    return PreTrainedTokenizerFast(tokenizer_object=made, bos_token="<s>", eos_token="</s>", unk_token="<unk>")


TOKENIZERS = {
    "bytes": byte_level,
    **{name: lambda name=name: metaspace(name) for name in ("first", "always", "legacy")},
}
