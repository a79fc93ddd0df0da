"""Words to a `semantic.Query`, with a confidence and what could not be used."""
