"""The redactor of free text."""
