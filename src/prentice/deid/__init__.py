"""People to anonymised rows: HIPAA Safe Harbor, 45 CFR 164.514(b)(2). Open `run.py` first."""
