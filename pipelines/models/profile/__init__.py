"""What a model is for and how it is used, decided once from its files. Imports no torch."""
