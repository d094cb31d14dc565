"""What lies around a text where it is a page: tags, layout, links and references."""
