"""The way of one question, from words to answer. Open `pipeline.py` first."""
