"""A document said louder: a task that is not there, to see that adding one is adding a folder."""
