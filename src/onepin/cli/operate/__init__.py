"""Commands that run or operate a server; the only part of the CLI that imports it."""
