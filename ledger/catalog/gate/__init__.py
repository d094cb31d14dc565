"""Decide what a model may be used for, by its licence and the policy, and keep what was decided. Imports tables."""
