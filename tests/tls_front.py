"""A real certificate in front of a real server that speaks no TLS itself, on sockets of this machine.

The PostgreSQL and the Valkey that come with pip are built without TLS. In front of either this ends TLS as
such a server would (PostgreSQL first asks for it in its own words), and hands the bytes on.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import trustme

_SSL_REQUEST = bytes.fromhex("0000000804d2162f")  # length 8, code 80877103


@dataclass(frozen=True)
class Papers:
    """A certificate for some names, and the authority that signed it, as files."""

    authority: Path
    certificate: Path
    key: Path

    @classmethod
    def issue(cls, folder: Path, *names: str) -> Papers:
        folder.mkdir(parents=True, exist_ok=True)
        authority = trustme.CA()
        issued = authority.issue_cert(*names)
        papers = cls(folder / "ca.pem", folder / "cert.pem", folder / "key.pem")
        authority.cert_pem.write_to_path(papers.authority)
        papers.certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        papers.key.touch(mode=0o600)
        papers.key.write_bytes(issued.private_key_pem.bytes())
        return papers


@dataclass
class Front:
    """Where it listens, and the versions of TLS that clients came with."""

    port: int
    versions: list[str] = field(default_factory=list)


@contextmanager
def tls_front(target_port: int, papers: Papers, *, postgres: bool) -> Iterator[Front]:
    """Ends TLS on a port of 127.0.0.1 and hands on to `target_port` until the block ends."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(papers.certificate, papers.key)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        front = Front(listener.getsockname()[1])

        def accept() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:  # closed: the end
                    return
                threading.Thread(target=serve, args=(client,), daemon=True).start()

        def serve(client: socket.socket) -> None:
            with suppress(OSError), client:
                if postgres:
                    if client.recv(8, socket.MSG_WAITALL) != _SSL_REQUEST:
                        return  # as `hostssl` alone: nobody comes in without
                    client.sendall(b"S")
                with (
                    context.wrap_socket(client, server_side=True) as inside,
                    socket.create_connection(("127.0.0.1", target_port)) as server,
                ):
                    front.versions.append(str(inside.version()))
                    back = threading.Thread(target=_hand_on, args=(server, inside), daemon=True)
                    back.start()
                    _hand_on(inside, server)
                    back.join(5)

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        yield front
        listener.shutdown(socket.SHUT_RDWR)
    accepting.join(5)


def _hand_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65_536):
            target.sendall(part)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
