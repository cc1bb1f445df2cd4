"""Commands about the people of a workspace."""
