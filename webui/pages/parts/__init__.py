"""What pages are made of. Imports what webui imports."""
