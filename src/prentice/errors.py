"""The one error tree.

PrenticeError                  code, HTTP status, message, the next step to take
├── BadQuestion                422  the words cannot be read (too long, empty, control characters)
├── BadQuery                   422  a Query names what does not exist, or asks what cannot be compiled
├── Forbidden                  403  this role may not see this metric
├── UnknownTenant              404
├── BadConfiguration           500  a setting is missing or wrong
├── TenantExists               409
├── SourceUnavailable          503  the practice's database cannot be reached
├── SourceUnsuitable           422  the database was reached, but lacks what Prentice needs or refuses it
├── QueryTooCostly             422  EXPLAIN's estimate is over the gate
├── QueryTimedOut              504  the outside canceller ended it
├── EmbeddedServerFailed       500  an embedded server did not start
├── PolicyGap                  422  anonymisation: the source has a column that no rule names
├── IdentifierFound            422  anonymisation: a closed list holds what looks like an identifier
├── RunUnderWay                409  anonymisation: another run of the same practice is at work
├── NotVerified                500  anonymisation: the new copy did not pass; the old one stands
├── NoCopy                     404  the practice has no anonymised copy yet
├── WatchUnavailable           503  what a user was told about patients cannot be read or written down
└── WatchFull                  429  a user was told about too many groups of patients to watch more
"""

from __future__ import annotations


class PrenticeError(Exception):
    """A failure that is told to the person who asked.

    `message` says what is wrong, `next_step` what to do about it. Neither may hold a secret, an
    identifier or a database's own error text.
    """

    code = "internal"
    status = 500

    def __init__(self, message: str, next_step: str) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()


class BadQuestion(PrenticeError):
    code, status = "bad_question", 422


class BadQuery(PrenticeError):
    code, status = "bad_query", 422


class Forbidden(PrenticeError):
    code, status = "forbidden", 403


class UnknownTenant(PrenticeError):
    code, status = "unknown_tenant", 404


class TenantExists(PrenticeError):
    code, status = "tenant_exists", 409


class BadConfiguration(PrenticeError):
    code, status = "bad_configuration", 500


class SourceUnavailable(PrenticeError):
    code, status = "source_unavailable", 503


class SourceUnsuitable(PrenticeError):
    code, status = "source_unsuitable", 422


class QueryTooCostly(PrenticeError):
    code, status = "query_too_costly", 422


class QueryTimedOut(PrenticeError):
    code, status = "query_timed_out", 504


class EmbeddedServerFailed(PrenticeError):
    code, status = "embedded_server_failed", 500


class PolicyGap(PrenticeError):
    code, status = "policy_gap", 422


class IdentifierFound(PrenticeError):
    code, status = "identifier_found", 422


class RunUnderWay(PrenticeError):
    code, status = "run_under_way", 409


class NotVerified(PrenticeError):
    code, status = "not_verified", 500


class NoCopy(PrenticeError):
    code, status = "no_copy", 404


class WatchUnavailable(PrenticeError):
    code, status = "watch_unavailable", 503


class WatchFull(PrenticeError):
    code, status = "watch_full", 429
