"""Commands about invites to a workspace."""
