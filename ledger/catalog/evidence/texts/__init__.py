"""Recognise licences by their texts: words, owners, templates. Imports the table of terms and SPDX's data."""
