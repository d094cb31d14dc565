"""The Marian "tiny" student, an encoder with a recurrent decoder, for transformers. Imports nothing here."""
