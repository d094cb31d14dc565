"""One file for each group of commands; each imports what it runs only when it runs."""
