"""Devices that are signed in as you."""
