"""One short handler per operation."""
