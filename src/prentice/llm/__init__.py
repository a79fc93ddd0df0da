"""Language models: embeddings that run in the process, without torch."""
