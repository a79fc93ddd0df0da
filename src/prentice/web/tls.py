"""The web server's own TLS: version 1.3 and nothing older."""

from __future__ import annotations

import ssl

from prentice.errors import BadConfiguration
from prentice.settings import Settings, variable


def server_context(settings: Settings) -> ssl.SSLContext | None:
    """What the server shows browsers, or None where it serves unencrypted.

    Raises `BadConfiguration` where only one of certificate and key is set, one cannot be read, the two do
    not belong together, other accounts can read the key, or the key asks for a password.
    """
    if settings.tls_cert is None and settings.tls_key is None:
        return None
    if settings.tls_cert is None or settings.tls_key is None:
        given, lacking = ("tls_cert", "tls_key") if settings.tls_cert else ("tls_key", "tls_cert")
        raise BadConfiguration(
            f"{variable(given)} is set, and {variable(lacking)} is not.", "Set both, or neither."
        )
    for field, path in (("tls_cert", settings.tls_cert), ("tls_key", settings.tls_key)):
        try:
            with path.open("rb"):
                rights = path.stat().st_mode
        except OSError as refused:
            raise BadConfiguration(
                f"{variable(field)} cannot be read ({(refused.strerror or 'not possible').lower()}).",
                "Name a file that this account can read.",
            ) from None
        if field == "tls_key" and rights & 0o007:
            raise BadConfiguration(
                f"Every account can read the private key of {variable(field)}.",
                f"Run: chmod o= {path}; get a new certificate if someone may have read it.",
            )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols(["http/1.1"])
    try:
        # Without the last argument OpenSSL would stop and ask at the terminal.
        context.load_cert_chain(settings.tls_cert, settings.tls_key, password=_no_password)
    except (ssl.SSLError, ValueError):
        raise BadConfiguration(
            f"{variable('tls_cert')} and {variable('tls_key')} are not a certificate and its key.",
            "Give both as PEM, the certificate first in its file, the key without a password.",
        ) from None
    return context


def _no_password() -> bytes:
    raise ValueError("the key has a password")
