"""What the files of a model say about its licence, and what follows. Imports the terms."""
