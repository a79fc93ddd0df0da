"""Users and how they sign in; a practice's state and settings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tenants", sa.Column("status", sa.String(10), nullable=False, server_default="active"))
    op.add_column("tenants", sa.Column("settings", JSONB, nullable=False, server_default="{}"))
    op.create_table(
        "users",
        _id(),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False, server_default=""),
        sa.Column("password_hash", sa.Text),
        sa.Column("operator", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("status", sa.String(8), nullable=False, server_default="active"),
        _at("password_at"),
        _at("signed_in_at"),
        _at("created_at", nullable=False, now=True),
        sa.UniqueConstraint("email", name="users_email_key"),
    )
    op.create_table(
        "memberships",
        _tenant(primary_key=True),
        _user(primary_key=True, index=True),
        sa.Column("role", sa.String(12), nullable=False),
        sa.Column("grants", JSONB, nullable=False, server_default="[]"),
        _at("created_at", nullable=False, now=True),
    )
    op.create_table(
        "invitations",
        _id(),
        _tenant(nullable=True),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("role", sa.String(12), nullable=False),
        sa.Column("grants", JSONB, nullable=False, server_default="[]"),
        sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("invited_by", sa.String(26)),
        _at("expires_at", nullable=False),
        _at("used_at"),
        _at("created_at", nullable=False, now=True),
    )
    _make_factors()
    _make_sessions_and_tokens()
    _make_api_keys()
    _make_issuers_and_providers()
    op.create_table(
        "identity_pending",
        sa.Column("token_hash", sa.LargeBinary, primary_key=True),
        sa.Column("purpose", sa.String(16), nullable=False),
        _user(nullable=True),
        sa.Column("facts", JSONB, nullable=False, server_default="{}"),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        _at("expires_at", nullable=False),
    )


def _make_factors() -> None:
    op.create_table(
        "totp",
        _user(primary_key=True),
        sa.Column("secret_sealed", sa.LargeBinary, nullable=False),
        _at("confirmed_at"),
        sa.Column("last_step", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.create_table(
        "recovery_codes",
        _user(primary_key=True),
        sa.Column("code_hash", sa.LargeBinary, primary_key=True),
        _at("used_at"),
    )
    op.create_table(
        "passkeys",
        _id(),
        _user(index=True),
        sa.Column("credential_id", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("name", sa.Text, nullable=False),
        _at("created_at", nullable=False, now=True),
        _at("used_at"),
    )


def _make_sessions_and_tokens() -> None:
    op.create_table(
        "sessions",
        _id(),
        _user(index=True),
        sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
        _tenant(nullable=True),
        sa.Column("csrf", sa.String(43), nullable=False),
        sa.Column("strong", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("address", sa.Text, nullable=False, server_default=""),
        sa.Column("browser", sa.Text, nullable=False, server_default=""),
        _at("created_at", nullable=False, now=True),
        _at("proved_at", nullable=False, now=True),
        _at("seen_at", nullable=False, now=True),
        _at("expires_at", nullable=False),
        _at("revoked_at"),
    )
    op.create_table(
        "token_families",
        _id(),
        _user(index=True),
        _tenant(),
        sa.Column("strong", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("name", sa.Text, nullable=False, server_default=""),
        _at("created_at", nullable=False, now=True),
        _at("expires_at", nullable=False),
        _at("revoked_at"),
    )
    family = sa.ForeignKey("token_families.id", ondelete="CASCADE")
    op.create_table(
        "refresh_tokens",
        sa.Column("token_hash", sa.LargeBinary, primary_key=True),
        sa.Column("family_id", sa.String(26), family, nullable=False, index=True),
        _at("issued_at", nullable=False, now=True),
        _at("used_at"),
    )
    op.create_table(
        "signing_keys",
        sa.Column("kid", sa.String(26), primary_key=True),
        sa.Column("public", JSONB, nullable=False),
        sa.Column("private_sealed", sa.LargeBinary, nullable=False),
        _at("created_at", nullable=False, now=True),
        _at("retired_at"),
    )


def _make_api_keys() -> None:
    op.create_table(
        "api_keys",
        _id(),
        _tenant(),
        _user(index=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("prefix", sa.String(12), nullable=False, unique=True),
        sa.Column("secret_hash", sa.LargeBinary, nullable=False),
        sa.Column("scopes", JSONB, nullable=False),
        sa.Column("addresses", JSONB, nullable=False, server_default="[]"),
        _at("created_at", nullable=False, now=True),
        _at("expires_at"),
        _at("used_at"),
        _at("revoked_at"),
    )


def _make_issuers_and_providers() -> None:
    op.create_table(
        "host_issuers",
        _id(),
        _tenant(),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("audience", sa.Text),
        sa.Column("secret_sealed", sa.LargeBinary),
        sa.Column("jwks_url", sa.Text),
        sa.Column("roles", JSONB, nullable=False, server_default="{}"),
        _at("created_at", nullable=False, now=True),
        sa.UniqueConstraint("tenant_id", "issuer", name="host_issuers_key"),
    )
    op.create_table(
        "oidc_providers",
        _id(),
        _tenant(),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary),
        sa.Column("name", sa.Text, nullable=False),
        _at("created_at", nullable=False, now=True),
        sa.UniqueConstraint("tenant_id", "issuer", name="oidc_providers_key"),
    )
    op.create_table(
        "oidc_identities",
        sa.Column("issuer", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
        _user(index=True),
        _at("created_at", nullable=False, now=True),
    )


def downgrade() -> None:
    for table in (
        "identity_pending",
        "oidc_identities",
        "oidc_providers",
        "host_issuers",
        "api_keys",
        "signing_keys",
        "refresh_tokens",
        "token_families",
        "sessions",
        "passkeys",
        "recovery_codes",
        "totp",
        "invitations",
        "memberships",
        "users",
    ):
        op.drop_table(table)
    op.drop_column("tenants", "settings")
    op.drop_column("tenants", "status")


def _id() -> sa.Column[str]:
    return sa.Column("id", sa.String(26), primary_key=True)


def _tenant(*, primary_key: bool = False, nullable: bool = False) -> sa.Column[str]:
    whose = sa.ForeignKey("tenants.id", ondelete="CASCADE")
    return sa.Column("tenant_id", sa.String(12), whose, primary_key=primary_key, nullable=nullable)


def _user(*, primary_key: bool = False, nullable: bool = False, index: bool = False) -> sa.Column[str]:
    whose = sa.ForeignKey("users.id", ondelete="CASCADE")
    return sa.Column(
        "user_id", sa.String(26), whose, primary_key=primary_key, nullable=nullable, index=index or None
    )


def _at(name: str, *, nullable: bool = True, now: bool = False) -> sa.Column[object]:
    made = sa.func.now() if now else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, server_default=made)
