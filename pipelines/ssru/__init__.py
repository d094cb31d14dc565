"""The Marian "tiny" student, an encoder with a recurrent decoder, as a Transformers architecture. Imports nothing here."""
