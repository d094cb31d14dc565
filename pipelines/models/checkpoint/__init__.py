"""What the files of a checkpoint say, and whether they still are what was admitted. Loads no weights."""
