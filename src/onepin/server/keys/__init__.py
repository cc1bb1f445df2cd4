"""API keys: their text, their digest and their life."""
