"""What a checkpoint's tokenizer makes of text, and whether it belongs to the model. Imports decoding for its facts."""
