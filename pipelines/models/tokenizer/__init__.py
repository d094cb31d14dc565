"""What a checkpoint's tokenizer makes of texts and conversations, and whether it fits the model. Imports jinja2."""
