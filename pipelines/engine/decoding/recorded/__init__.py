"""Steps recorded once and run without Python. Imports torch."""
