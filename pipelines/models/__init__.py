"""A checkpoint, from its inspection to a resident pipeline. Loads torch in the modules that run it, and only there."""
