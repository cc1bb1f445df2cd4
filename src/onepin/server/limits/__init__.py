"""How much a key may do: an exact sliding window, and a bound on failed attempts per client address."""
