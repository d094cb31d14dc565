"""Which token comes next, under which rules. Imports torch."""
