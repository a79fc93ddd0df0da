"""The servers that come with pip: PostgreSQL with pgvector, and Valkey, for one folder of Prentice."""

from prentice.embedded.servers import Servers

__all__ = ["Servers"]
