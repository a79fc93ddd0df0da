"""Where numbers come from: views and logins, execution under limits, the result cache."""
