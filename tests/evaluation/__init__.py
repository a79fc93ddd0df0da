"""Questions with hand-written gold, put to the running product and scored by tests/questions/README.md."""
