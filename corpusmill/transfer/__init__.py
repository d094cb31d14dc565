"""Files on their way: sent, fetched whole, and gone on with where they broke off."""
