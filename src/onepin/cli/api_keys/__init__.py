"""Commands about API keys: each asks the server once and shows the answer."""
