"""A practice database that the demo's generator had no hand in: other code, other spelling, other gaps."""
