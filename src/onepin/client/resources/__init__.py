"""The operations, a module per concept; each method twice (blocking, asynchronous), its logic in ``calls`` once."""
