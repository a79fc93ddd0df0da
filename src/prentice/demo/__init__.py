"""Two practices that do not exist."""
