"""Everything that was seen, written down: one chain of hashes for each practice."""
