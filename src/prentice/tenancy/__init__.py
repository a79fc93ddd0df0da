"""Practices, and the `TenantScope` that everything touching their data must hold."""
