"""The server's own TLS on real sockets: 1.3 and nothing older, and a browser told to come back so."""

from __future__ import annotations

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from tls_front import Papers
from warehouse.hosts import database

from prentice.embedded import Servers
from prentice.errors import BadConfiguration
from prentice.settings import Settings
from prentice.web.tls import server_context

SRC = Path(__file__).parents[2] / "src"


@contextmanager
def serving(servers: Servers, home: Path, *words: str, **environment: str) -> Iterator[str]:
    """The address that `prentice serve` printed."""
    with database(servers) as url:
        process = subprocess.Popen(
            [sys.executable, "-m", "prentice.cli", "serve", "--port", "0", *words],
            env={
                **os.environ,
                "PYTHONPATH": str(SRC),
                "PRENTICE_HOME": str(home),
                "PRENTICE_SOURCE_URL": url,
                "PRENTICE_PLATFORM_URL": url,
                "PRENTICE_REDIS_URL": servers.redis_url,
                **environment,
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        said = []
        try:
            for line in process.stderr:
                said.append(line)
                if found := re.search(r"open (\S+)", line):
                    yield found[1]
                    break
            else:
                pytest.fail("".join(said))
        finally:
            process.send_signal(signal.SIGINT)
            process.stderr.read()
            process.wait(20)
            process.stderr.close()


@pytest.fixture(scope="module")
def address(servers: Servers, papers: Papers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    words = ("--tls-cert", str(papers.certificate), "--tls-key", str(papers.key))
    with serving(servers, tmp_path_factory.mktemp("home"), *words) as address:
        yield address


def shaken(address: str, context: ssl.SSLContext) -> tuple[str | None, str | None]:
    host, port = httpx.URL(address).host, httpx.URL(address).port
    assert port
    with (
        socket.create_connection((host, port), 10) as plain,
        context.wrap_socket(plain, server_hostname=host) as inside,
    ):
        inside.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        assert inside.recv(8) == b"HTTP/1.1"
        return inside.version(), (inside.cipher() or (None,))[0]


def test_it_speaks_tls_1_3_and_prints_an_https_address(address: str, papers: Papers) -> None:
    assert address.startswith("https://127.0.0.1:")
    context = ssl.create_default_context(cafile=papers.authority)
    version, cipher = shaken(address, context)
    assert version == "TLSv1.3"
    assert str(cipher).startswith("TLS_")


def test_a_client_of_tls_1_2_or_older_is_refused(address: str, papers: Papers) -> None:
    context = ssl.create_default_context(cafile=papers.authority)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        shaken(address, context)
    context.maximum_version = ssl.TLSVersion.TLSv1_3  # nothing else about it was wrong
    assert shaken(address, context)[0] == "TLSv1.3"


def test_a_client_that_does_not_know_the_authority_goes_away(address: str, strangers: Papers) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(address, ssl.create_default_context(cafile=strangers.authority))


def test_nothing_is_served_unencrypted_beside_it(address: str) -> None:
    with pytest.raises(httpx.HTTPError), httpx.Client() as client:
        client.get(address.replace("https", "http") + "healthz")


def test_browsers_are_told_to_come_back_encrypted_only_where_it_serves_tls(
    address: str, papers: Papers, servers: Servers, tmp_path: Path
) -> None:
    with httpx.Client(verify=ssl.create_default_context(cafile=papers.authority)) as client:
        assert client.get(f"{address}healthz").headers["strict-transport-security"] == "max-age=31536000"
    with serving(servers, tmp_path) as plain, httpx.Client() as client:
        assert plain.startswith("http://")
        for claimed in ({}, {"X-Forwarded-Proto": "https"}):
            assert "strict-transport-security" not in client.get(f"{plain}healthz", headers=claimed).headers


def test_a_name_that_it_is_given_is_printed_and_answered_to(servers: Servers, tmp_path: Path) -> None:
    papers = Papers.issue(tmp_path / "papers", "prentice.example", "127.0.0.1")
    with serving(
        servers,
        tmp_path,
        PRENTICE_TLS_CERT=str(papers.certificate),
        PRENTICE_TLS_KEY=str(papers.key),
        PRENTICE_HOST_NAMES="prentice.example, other.example",
    ) as address:
        assert address.startswith("https://prentice.example:")
        here = address.replace("prentice.example", "127.0.0.1")
        with httpx.Client(verify=ssl.create_default_context(cafile=papers.authority)) as client:
            for name in ("prentice.example", "OTHER.example:8443"):
                assert client.get(f"{here}healthz", headers={"Host": name}).status_code == 200
            assert client.get(f"{here}healthz", headers={"Host": "evil.example"}).status_code == 400


# What cannot be used ---------------------------------------------------------------------------------


def test_without_certificate_and_key_there_is_no_tls(tmp_path: Path) -> None:
    assert server_context(Settings(home=tmp_path)) is None


def test_what_is_not_a_certificate_and_its_key_is_told_before_anything_starts(
    papers: Papers, strangers: Papers, tmp_path: Path
) -> None:
    def refused(cert: Path | None, key: Path | None, words: str) -> None:
        with pytest.raises(BadConfiguration, match=words) as told:
            server_context(Settings(home=tmp_path, tls_cert=cert, tls_key=key))
        assert told.value.next_step

    locked, read_by_all, empty = (tmp_path / name for name in ("locked.pem", "open.pem", "empty.pem"))
    key = serialization.load_pem_private_key(papers.key.read_bytes(), None)
    locked.touch(mode=0o600)
    locked.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"hush"),
        )
    )
    read_by_all.write_bytes(papers.key.read_bytes())
    read_by_all.chmod(0o644)
    empty.touch(mode=0o600)
    refused(papers.certificate, None, "PRENTICE_TLS_KEY is not")
    refused(None, papers.key, "PRENTICE_TLS_CERT is not")
    refused(tmp_path / "none.pem", papers.key, "PRENTICE_TLS_CERT cannot be read")
    refused(papers.certificate, tmp_path / "none.pem", "PRENTICE_TLS_KEY cannot be read")
    refused(papers.certificate, tmp_path, "PRENTICE_TLS_KEY cannot be read")
    refused(papers.certificate, read_by_all, "Every account can read")
    for wrong in (strangers.key, locked, empty):
        refused(papers.certificate, wrong, "are not a certificate and its key")
    refused(empty, papers.key, "are not a certificate and its key")
