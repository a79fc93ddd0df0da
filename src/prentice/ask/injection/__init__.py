"""Questions that want Prentice to do something else than answer: told apart by rules and by a score."""
