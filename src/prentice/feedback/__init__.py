"""What people say of the answers they got, and what becomes of it: satisfaction, corrections, candidates."""
