"""What requests say, checked before anything is done. Imports Flask, pydantic and the problems."""
