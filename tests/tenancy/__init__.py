"""Practices connected, changed and taken away."""
