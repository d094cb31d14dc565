"""Decoder-only models: prompts of token ids in, continuations out; rows enter and leave a batch at any step."""
