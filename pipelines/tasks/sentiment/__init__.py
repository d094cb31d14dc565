"""How a document feels."""
