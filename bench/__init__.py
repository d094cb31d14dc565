"""Comparisons: each row is a ratio of two measurements of one run. Imports the product; never part of it."""
