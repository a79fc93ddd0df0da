"""The one error tree.

PrenticeError                  code, HTTP status, message, the next step to take
├── BadQuestion                422  the words cannot be read (too long, empty, control characters)
├── BadQuery                   422  a Query names what does not exist, or asks what cannot be compiled
├── Forbidden                  403  this role may not see this metric
├── UnknownTenant              404
├── BadConfiguration           500  a setting is missing or wrong
├── CannotOpen                 500  what is sealed was altered, is another's, or its key is gone
├── BadSetting                 422  a practice's setting that does not exist, or a value that it cannot have
├── TenantExists               409
├── ExportNeeded               409  a practice is removed only after an export of it
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
├── WatchFull                  429  a user was told about too many groups of patients to watch more
├── ModelUnavailable           503  the model server does not answer, or not as it should
├── BadCorpus                  500  the corpus cannot be read, or says what it must not
├── BadDocument                422  a document that cannot be taken in: too large, locked, damaged, not text
├── DocumentHeldBack           422  a document that holds what looks like an identifier
├── UnknownDocument            404
├── UnknownAnswer              404  feedback: no such answer was given to this person
├── UnknownFeedback            404  no correction of that id waits for review
├── SignInNeeded               401  nobody, or what was shown is unknown, expired or revoked
├── WrongCredentials           401  address and password, or a code, do not fit; never which of them
├── SecondFactorNeeded         403  the practice asks this role for a second factor
├── WrongForm                  403  a form that did not come from our own page (CSRF)
├── AddressRefused             403  not an address from which the practice or the key may be used
├── TenantSuspended            403  the operator has suspended the practice
├── TooManyRequests            429  faster than the rate allows
├── BudgetSpent                429  the day's or month's rows, cost or model tokens are used up
├── LimitsUnavailable          503  budgets cannot be looked up, so nothing that costs is done
├── AuditUnavailable           503  what would be seen cannot be written down, so it is not shown
├── UnknownUser                404
├── UnknownCredential          404  no session or key of that id that is still good
├── UserExists                 409
├── FactorExists               409  an authenticator app or this passkey is set up already
├── WeakPassword               422
├── BadInvitation              410  unknown, used or expired
├── BadValue                   422  a calculator was given what cannot be (axis 200), or lacks what it needs
├── UnknownCalculator          404
└── NotConfigured              422  a licensed table (ISO 21987) that nobody has entered
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType

PLATFORM = "platform"  # in place of a practice's id: what belongs to none


@dataclass(frozen=True, slots=True)
class Credential:
    """Whose credential was refused: ids, never the credential itself."""

    kind: str  # 'session', 'token', 'host', 'key'
    id: str
    user_id: str
    tenant_id: str  # or `PLATFORM`, where it is of no one practice


class PrenticeError(Exception):
    """A failure that is told to the person who asked.

    `message` says what is wrong, `next_step` what to do about it. Neither may hold a secret, an
    identifier or a database's own error text.
    """

    code = "internal"
    status = 500
    retry_after_s: int | None = None  # sent as Retry-After
    credential: Credential | None = None  # what was shown and refused, where it is known: for the audit alone

    def __init__(self, message: str, next_step: str) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()


@contextmanager
def refusing(credential: Credential) -> Iterator[None]:
    """Around what refuses a credential that was proved: the error says whose it was."""
    try:
        yield
    except PrenticeError as error:
        error.credential = credential
        raise


class BadQuestion(PrenticeError):
    code, status = "bad_question", 422


class BadQuery(PrenticeError):
    code, status = "bad_query", 422


class Forbidden(PrenticeError):
    code, status = "forbidden", 403


class UnknownTenant(PrenticeError):
    code, status = "unknown_tenant", 404


class CannotOpen(PrenticeError):
    code, status = "cannot_open", 500


class BadSetting(PrenticeError):
    code, status = "bad_setting", 422


class TenantExists(PrenticeError):
    code, status = "tenant_exists", 409


class ExportNeeded(PrenticeError):
    code, status = "export_needed", 409


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


class ModelUnavailable(PrenticeError):
    code, status = "model_unavailable", 503


class BadCorpus(PrenticeError):
    code, status = "bad_corpus", 500


class BadDocument(PrenticeError):
    code, status = "bad_document", 422


class DocumentHeldBack(PrenticeError):
    code, status = "document_held_back", 422


class UnknownDocument(PrenticeError):
    code, status = "unknown_document", 404


class UnknownAnswer(PrenticeError):
    code, status = "unknown_answer", 404


class UnknownFeedback(PrenticeError):
    code, status = "unknown_feedback", 404


class SignInNeeded(PrenticeError):
    code, status = "sign_in_needed", 401

    def __init__(
        self,
        message: str = "You are not signed in.",
        next_step: str = "Sign in, or send a valid token or API key.",
    ) -> None:
        super().__init__(message, next_step)


class WrongCredentials(PrenticeError):
    code, status = "wrong_credentials", 401


class SecondFactorNeeded(PrenticeError):
    code, status = "second_factor_needed", 403


class WrongForm(PrenticeError):
    code, status = "wrong_form", 403


class AddressRefused(PrenticeError):
    code, status = "address_refused", 403


class TenantSuspended(PrenticeError):
    code, status = "tenant_suspended", 403


class TooManyRequests(PrenticeError):
    """`headers` are sent with it: what the rate is, and when there is room again."""

    code, status = "too_many_requests", 429
    headers: Mapping[str, str] = MappingProxyType({})


class BudgetSpent(PrenticeError):
    code, status = "budget_spent", 429


class LimitsUnavailable(PrenticeError):
    code, status = "limits_unavailable", 503


class AuditUnavailable(PrenticeError):
    code, status = "audit_unavailable", 503


class UnknownUser(PrenticeError):
    code, status = "unknown_user", 404


class UnknownCredential(PrenticeError):
    code, status = "unknown_credential", 404


class UserExists(PrenticeError):
    code, status = "user_exists", 409


class FactorExists(PrenticeError):
    code, status = "factor_exists", 409


class WeakPassword(PrenticeError):
    code, status = "weak_password", 422


class BadInvitation(PrenticeError):
    code, status = "bad_invitation", 410


class BadValue(PrenticeError):
    code, status = "bad_value", 422


class UnknownCalculator(PrenticeError):
    code, status = "unknown_calculator", 404


class NotConfigured(PrenticeError):
    code, status = "not_configured", 422
