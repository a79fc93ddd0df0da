"""The expert: a corpus that is cited, passages that are found, answers of supported sentences."""
