"""Language models: a client of their servers, and embeddings that run in the process, without torch."""
