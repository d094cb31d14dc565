"""Whether a fast number format keeps a model's quality, found out on a fixed sample. Imports loading."""
