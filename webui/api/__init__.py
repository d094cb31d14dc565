"""The REST surface under /api/v1, one noun a file. Imports what webui imports."""
