"""What the normalizations share: their mathematics, their sizes, and the mistakes that are made in any of them."""
