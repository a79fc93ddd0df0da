"""How much may be asked: rates, questions at once, and budgets of rows, cost and model tokens."""
