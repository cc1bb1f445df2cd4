"""The service: gate, keys, store and HTTP edge. Needs the ``server`` extra."""
