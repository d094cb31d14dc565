"""What in a document is not language: tags, links, placeholders, code, signs. Imports the standard library only."""
