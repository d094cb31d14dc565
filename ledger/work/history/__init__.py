"""Tables that grow with every item, and how their oldest rows go: ranges of item ids, and pruning."""
