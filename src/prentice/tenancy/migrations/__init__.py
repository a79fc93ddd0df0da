"""How the tables of `tenancy.tables` came to be, one step a file in `versions`."""
