"""Numbers, money and times in running text. Imports the standard library and languages only."""
