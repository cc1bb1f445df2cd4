"""``onepin doctor``: looks at what commonly goes wrong, in the order in which it goes wrong."""
