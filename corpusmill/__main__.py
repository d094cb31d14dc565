"""`python -m corpusmill` is the `corpusmill` command."""

from corpusmill.cli import main

main()
