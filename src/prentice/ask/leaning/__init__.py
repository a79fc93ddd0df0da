"""Which way a question leans: to the practice's figures or to knowledge."""

from prentice.ask.leaning.scorer import leaning

__all__ = ["leaning"]
