"""A document's text: running text, sentences, form and languages. Imports the standard library and sentencex only."""
