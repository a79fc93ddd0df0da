"""What may be asked: models, the typed Query, and Query to SQL. Pure: no network, clock or session."""
