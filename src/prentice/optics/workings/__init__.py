"""The work of each calculator: from inputs to a solution in words, with its steps."""
