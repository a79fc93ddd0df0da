"""Scheduled and long work: Celery over Redis or Valkey."""
