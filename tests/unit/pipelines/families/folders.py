"""A family as a folder of a hub: config.json as it was written years ago, its tokenizer's files, weights."""

import json
import warnings

import torch
import transformers

IDS = ("pad_token_id", "bos_token_id", "eos_token_id", "decoder_start_token_id")


def tokenizer_of(folder):
    """As transformers alone reads it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Recommended: pip install sacremoses")
        return transformers.AutoTokenizer.from_pretrained(folder)


def write(family, folder, seed=5, **generation):
    """Make the folder of `family`; its settings of generation lie in config.json, unless `generation` are given."""
    folder.mkdir(parents=True)
    family.vocabulary(folder)
    (folder / "tokenizer_config.json").write_text(json.dumps(family.tokenizer))
    raw = {**family.config, "architectures": [family.architecture]}
    (folder / "config.json").write_text(json.dumps(raw))
    tokenizer = tokenizer_of(folder)
    raw["vocab_size"] = len(tokenizer) + family.extra
    raw |= {name: tokenizer.convert_tokens_to_ids(token) for name, token in family.ids.items()}
    (folder / "config.json").write_text(json.dumps(raw))
    config = transformers.AutoConfig.from_pretrained(folder)
    torch.manual_seed(seed)
    model = getattr(transformers, family.architecture)(config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0.0, 0.3)
    kept = {key: value for key, value in model.state_dict().items() if not key.endswith(family.absent)}
    model.save_pretrained(folder, state_dict=kept, max_shard_size=family.shard_size)
    (folder / "config.json").write_text(json.dumps(raw))
    (folder / "generation_config.json").unlink(missing_ok=True)
    if generation:
        named = {key: raw[key] for key in IDS if raw.get(key) is not None}
        (folder / "generation_config.json").write_text(json.dumps({**named, **generation}))
    return folder
