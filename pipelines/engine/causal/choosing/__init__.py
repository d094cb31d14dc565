"""Which token comes next, by what each row asks for. Imports torch and numpy."""
