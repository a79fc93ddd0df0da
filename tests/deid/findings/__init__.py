"""Findings taken from notes."""
