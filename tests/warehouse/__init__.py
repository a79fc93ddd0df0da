"""Practices' databases of several makes, connected for real."""
