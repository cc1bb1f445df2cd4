"""The Python SDK: ``onepin.OnePinClient``. It loads on first use, not with ``import onepin``."""
