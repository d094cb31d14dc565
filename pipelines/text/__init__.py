"""A document's text: running text, sentences, elements, checks. Imports sentencex and py3langid, nothing of ours."""
