"""Processes that comparisons run: ours and those of others. Imports what each side needs."""
