"""Running it: secrets, health."""
