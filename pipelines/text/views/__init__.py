"""What a model, or a reader, sees of a document, and how what was written goes back into it. Imports the elements."""
