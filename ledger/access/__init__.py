"""Who owns what: tenants, and the people and keys inside them."""
