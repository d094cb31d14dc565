"""Mutation sampling: break one line at random, and see whether the fast tests notice. `make mutants`; not in CI."""
