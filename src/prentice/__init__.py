"""Prentice: governed questions and cited knowledge for optical practices."""

__version__ = "0.1.0"
