"""What may leave a clinical note: findings of a closed ophthalmic vocabulary, and nothing else."""

from prentice.deid.findings.extract import Finding, extract, extract_many, terms

__all__ = ["Finding", "extract", "extract_many", "terms"]
