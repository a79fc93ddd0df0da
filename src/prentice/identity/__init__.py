"""Who asks: users, sessions, tokens and keys, and what each role may do."""
