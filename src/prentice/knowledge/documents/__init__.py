"""A practice's own documents: read, looked over, cut, embedded, and seen by that practice alone."""
