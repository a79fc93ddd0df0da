"""The tables of this capability in the platform database.

A user is one person with one way to sign in; what they are in each practice is a membership. So a
practice's owner gives and takes memberships, and never touches the password of somebody who also works
elsewhere. Secrets stand here hashed (tokens, keys, codes, passwords) or sealed (`*_sealed`: with the
data key of the practice, or of the platform where no practice is named; `ops.sealing`).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from prentice.tenancy.tables import metadata


def _id(length: int = 26) -> Column[str]:
    return Column("id", String(length), primary_key=True)


def _user() -> Column[str]:
    whose = ForeignKey("users.id", ondelete="CASCADE")
    return Column("user_id", String(26), whose, nullable=False, index=True)


def _tenant(*, nullable: bool = False) -> Column[str]:
    return Column("tenant_id", String(12), ForeignKey("tenants.id", ondelete="CASCADE"), nullable=nullable)


def _at(name: str, *, nullable: bool = True, now: bool = False) -> Column[object]:
    return Column(
        name, DateTime(timezone=True), nullable=nullable, server_default=func.now() if now else None
    )


users = Table(
    "users",
    metadata,
    _id(),  # 'u_' and 24 of a-z0-9
    Column("email", Text, nullable=False),  # lower case, NFKC
    Column("name", Text, nullable=False, server_default=""),
    Column("password_hash", Text),  # argon2id; null: signs in by passkey or provider alone
    Column("operator", Boolean, nullable=False, server_default="false"),
    Column("status", String(8), nullable=False, server_default="active"),  # active, disabled
    _at("password_at"),
    _at("signed_in_at"),
    _at("created_at", nullable=False, now=True),
    UniqueConstraint("email", name="users_email_key"),
)

memberships = Table(
    "memberships",
    metadata,
    Column("tenant_id", String(12), ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", String(26), ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("role", String(12), nullable=False),
    Column("grants", JSONB, nullable=False, server_default="[]"),
    _at("created_at", nullable=False, now=True),
)

invitations = Table(
    "invitations",
    metadata,
    _id(),
    _tenant(nullable=True),  # null: to be an operator
    Column("email", Text, nullable=False),
    Column("role", String(12), nullable=False),
    Column("grants", JSONB, nullable=False, server_default="[]"),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("invited_by", String(26)),
    _at("expires_at", nullable=False),
    _at("used_at"),
    _at("created_at", nullable=False, now=True),
)

totp = Table(
    "totp",
    metadata,
    Column("user_id", String(26), ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("secret_sealed", LargeBinary, nullable=False),
    _at("confirmed_at"),  # null: set-up has begun, and counts for nothing yet
    Column("last_step", BigInteger, nullable=False, server_default="0"),  # a code is good once
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("user_id", String(26), ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("code_hash", LargeBinary, primary_key=True),
    _at("used_at"),
)

passkeys = Table(
    "passkeys",
    metadata,
    _id(),
    _user(),
    Column("credential_id", LargeBinary, nullable=False, unique=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False, server_default="0"),
    Column("name", Text, nullable=False),
    _at("created_at", nullable=False, now=True),
    _at("used_at"),
)

sessions = Table(
    "sessions",
    metadata,
    _id(),
    _user(),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    _tenant(nullable=True),  # signed in at a practice's own provider: reaches that practice alone
    Column("csrf", String(43), nullable=False),
    Column("strong", Boolean, nullable=False, server_default="false"),  # a second factor was shown
    Column("address", Text, nullable=False, server_default=""),
    Column("browser", Text, nullable=False, server_default=""),  # 'Firefox on Windows', no more
    _at("created_at", nullable=False, now=True),
    _at("proved_at", nullable=False, now=True),
    _at("seen_at", nullable=False, now=True),
    _at("expires_at", nullable=False),
    _at("revoked_at"),
)

token_families = Table(
    "token_families",
    metadata,
    _id(),  # `sid` of the access token
    _user(),
    _tenant(),
    Column("strong", Boolean, nullable=False, server_default="false"),
    Column("name", Text, nullable=False, server_default=""),
    _at("created_at", nullable=False, now=True),
    _at("expires_at", nullable=False),
    _at("revoked_at"),
)

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column(
        "family_id",
        String(26),
        ForeignKey("token_families.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    _at("issued_at", nullable=False, now=True),
    _at("used_at"),  # used a second time: the whole family is revoked
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("kid", String(26), primary_key=True),
    Column("public", JSONB, nullable=False),  # a JWK
    Column("private_sealed", LargeBinary, nullable=False),
    _at("created_at", nullable=False, now=True),
    _at("retired_at"),  # signs nothing more; still verifies until the last token it signed has expired
)

api_keys = Table(
    "api_keys",
    metadata,
    _id(),
    _tenant(),
    _user(),
    Column("name", Text, nullable=False),
    Column("prefix", String(12), nullable=False, unique=True),  # shown, and looked up by
    Column("secret_hash", LargeBinary, nullable=False),
    Column("scopes", JSONB, nullable=False),
    Column("addresses", JSONB, nullable=False, server_default="[]"),  # CIDR; empty: from anywhere
    _at("created_at", nullable=False, now=True),
    _at("expires_at"),
    _at("used_at"),
    _at("revoked_at"),
    _at("suspended_at"),  # its owner was disabled, and no operator has given it back since
)

# The host's own tokens, and sign-in at a provider: one row for each practice and issuer.
host_issuers = Table(
    "host_issuers",
    metadata,
    _id(),
    _tenant(),
    Column("issuer", Text, nullable=False),
    Column("audience", Text),
    Column("secret_sealed", LargeBinary),  # HS256
    Column("jwks_url", Text),  # else: asymmetric
    Column("roles", JSONB, nullable=False, server_default="{}"),  # the host's role -> ours
    _at("created_at", nullable=False, now=True),
    UniqueConstraint("tenant_id", "issuer", name="host_issuers_key"),
)

oidc_providers = Table(
    "oidc_providers",
    metadata,
    _id(),
    _tenant(),
    Column("issuer", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("secret_sealed", LargeBinary),
    Column("name", Text, nullable=False),
    _at("created_at", nullable=False, now=True),
    UniqueConstraint("tenant_id", "issuer", name="oidc_providers_key"),
)

oidc_identities = Table(
    "oidc_identities",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    _user(),
    _at("created_at", nullable=False, now=True),
)

# A code that is to be brought back once: OIDC state, a WebAuthn challenge, a sign-in half done.
pending = Table(
    "identity_pending",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("purpose", String(16), nullable=False),
    Column("user_id", String(26), ForeignKey("users.id", ondelete="CASCADE")),
    Column("facts", JSONB, nullable=False, server_default="{}"),
    Column("tries", Integer, nullable=False, server_default="0"),
    _at("expires_at", nullable=False),
)
