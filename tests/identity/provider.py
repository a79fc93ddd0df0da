"""A real OpenID provider on a real socket: idpyoidc, a certified implementation of its own lineage.

Prentice's side is made with Authlib; a provider made with Authlib as well would share its misreadings.
The provider signs with RS256, insists on PKCE (S256), publishes discovery and keys, and has a login form.
"""

from __future__ import annotations

import html
import json
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from cryptojwt.jwt import JWT
from idpyoidc.message.oidc import AuthorizationRequest
from idpyoidc.server import Server
from idpyoidc.server.configure import OPConfiguration
from idpyoidc.server.exception import FailedAuthentication
from idpyoidc.server.user_authn.user import UserAuthnMethod

ACR = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
PASSWORDS = {"ann": "red-lens-7", "bob": "blue-lens-8", "eve": "grey-lens-9"}
PEOPLE = {
    "ann": {"name": "Ann Able", "email": "Ann@north.example", "email_verified": True},
    "bob": {"name": "Bob Brown", "email": "bob@north.example", "email_verified": False},
    "eve": {"name": "Eve", "email": "eve@elsewhere.example", "email_verified": True},
}


class LoginForm(UserAuthnMethod):
    """Asks for name and password; the request under way travels in the form, signed."""

    def __call__(self, **kwargs: Any) -> str:
        keyjar = self.upstream_get("attribute", "keyjar")
        under_way = JWT(keyjar, iss=self.upstream_get("context").issuer, sign_alg="RS256").pack(kwargs)
        return (
            '<form method="post" action="/login">'
            f'<input type="hidden" name="token" value="{html.escape(under_way)}">'
            '<input name="username"><input name="password" type="password"><button>Sign in</button></form>'
        )

    def verify(self, **kwargs: Any) -> str:
        name: str = kwargs["username"]
        if PASSWORDS.get(name) != kwargs["password"]:
            raise FailedAuthentication()
        return name


def _endpoint(path: str, name: str, **options: Any) -> dict[str, Any]:
    return {"path": path, "class": f"idpyoidc.server.oidc.{name}", "kwargs": options}


def _settled(issuer: str) -> dict[str, Any]:
    crypt = {
        "kwargs": {"keys": {"key_defs": [{"type": "OCT", "use": ["enc"], "kid": "code"}]}, "iterations": 1}
    }
    return {
        "issuer": issuer,
        "subject_types_supported": ["public"],
        "scopes_supported": ["openid", "email", "profile"],
        "key_conf": {"key_defs": [{"type": "RSA", "use": ["sig"]}]},
        "token_handler_args": {
            "key_conf": {"key_defs": [{"type": "OCT", "bytes": 32, "use": ["sig"], "kid": "tokens"}]},
            "code": {"lifetime": 600, "kwargs": {"crypt_conf": crypt}},
            "token": {
                "class": "idpyoidc.server.token.jwt_token.JWTToken",
                "kwargs": {"lifetime": 3600, "alg": "RS256"},
            },
            "id_token": {
                "class": "idpyoidc.server.token.id_token.IDToken",
                "kwargs": {"base_claims": {"email": None, "email_verified": None, "name": None}},
            },
        },
        "claims_interface": {"class": "idpyoidc.server.session.claims.ClaimsInterface", "kwargs": {}},
        "endpoint": {
            "provider_info": _endpoint(
                ".well-known/openid-configuration",
                "provider_config.ProviderConfiguration",
                client_authn_method=None,
            ),
            "authorization": _endpoint(
                "authorization",
                "authorization.Authorization",
                client_authn_method=None,
                response_types_supported=["code"],
            ),
            "token": _endpoint("token", "token.Token", client_authn_method=["client_secret_basic"]),
        },
        "userinfo": {"class": "idpyoidc.server.user_info.UserInfo", "kwargs": {"db": PEOPLE}},
        "authentication": {"form": {"acr": ACR, "class": LoginForm, "kwargs": {}}},
        "add_on": {
            "pkce": {
                "function": "idpyoidc.server.oauth2.add_on.pkce.add_support",
                "kwargs": {"essential": True, "code_challenge_methods": {"S256": {}}},
            }
        },
        "session_params": {"encrypter": crypt},
    }


class _Desk(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        self._answer("")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self, body: str) -> None:
        parts = urlsplit(self.path)
        status, headers, text = self.server.answer(parts.path, parts.query, body, dict(self.headers.items()))
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())


class Provider(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Desk)
        self.issuer = f"http://127.0.0.1:{self.server_address[1]}"
        self.op = Server(OPConfiguration(conf=_settled(self.issuer)))
        self.op.context.provider_info["jwks_uri"] = f"{self.issuer}/jwks.json"
        self._lock = threading.Lock()

    def register(self, redirect_uri: str) -> tuple[str, str]:
        """A client that the provider knows: its id and its secret."""
        client, secret = secrets.token_hex(8), secrets.token_urlsafe(24)
        self.op.context.cdb[client] = {
            "client_secret": secret,
            "redirect_uris": [(redirect_uri, None)],
            "token_endpoint_auth_method": "client_secret_basic",
            "response_types_supported": ["code"],
            "allowed_scopes": ["openid", "email", "profile"],
        }
        self.op.context.keyjar.add_symmetric(client, secret)
        return client, secret

    def answer(
        self, path: str, query: str, body: str, headers: dict[str, str]
    ) -> tuple[int, list[tuple[str, str]], str]:
        with self._lock:
            match path:
                case "/.well-known/openid-configuration":
                    return self._ask("provider_config", query, headers)
                case "/authorization":
                    return self._ask("authorization", query, headers)
                case "/token":
                    return self._ask("token", body, headers)
                case "/login":
                    return self._login(body)
                case "/jwks.json":
                    return 200, [("Content-Type", "application/json")], self.op.keyjar.export_jwks_as_json()
        return 404, [], ""

    def _ask(self, name: str, text: str, headers: dict[str, str]) -> tuple[int, list[tuple[str, str]], str]:
        endpoint = self.op.get_endpoint(name)
        given = {key.lower(): value for key, value in headers.items()}
        request = endpoint.parse_request(text, http_info={"headers": given})
        if "error" in request:
            return 400, [("Content-Type", "application/json")], request.to_json()
        return self._sent(endpoint, endpoint.process_request(request), request)

    def _login(self, body: str) -> tuple[int, list[tuple[str, str]], str]:
        sent = {name: values[0] for name, values in parse_qs(body).items()}
        method = self.op.context.authn_broker.get_method_by_id("form")
        try:
            name = method.verify(username=sent["username"], password=sent["password"])
        except FailedAuthentication:
            return 401, [], "Wrong name or password"
        under_way = JWT(self.op.keyjar, iss=self.op.issuer).unpack(sent["token"])
        request = AuthorizationRequest().from_urlencoded(under_way["query"])
        endpoint = self.op.get_endpoint("authorization")
        session = endpoint.create_session(request, name, under_way["authn_class_ref"], 0, method)
        return self._sent(endpoint, endpoint.authz_part2(request, session), request)

    def _sent(self, endpoint: Any, made: Any, request: Any) -> tuple[int, list[tuple[str, str]], str]:
        if "http_response" in made:
            return 200, [("Content-Type", "text/html")], made["http_response"]
        if made.get("error"):
            return 400, [("Content-Type", "application/json")], json.dumps({"error": made["error"]})
        response = endpoint.do_response(request=request, **made)
        if endpoint.response_placement == "url":
            return 302, [("Location", response["response"])], ""
        return response.get("response_code", 200), response["http_headers"], response["response"]


@contextmanager
def open_provider() -> Iterator[Provider]:
    with Provider() as provider:
        thread = threading.Thread(target=provider.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield provider
        finally:
            provider.shutdown()
            thread.join()


def sign_in_there(url: str, name: str, password: str | None = None) -> tuple[str, dict[str, str]]:
    """What a browser does: open the address, fill the form, follow back. Returns where it came to."""
    with httpx.Client(trust_env=False) as browser:
        page = browser.get(url)
        if page.status_code != 200:
            return "", {"status": str(page.status_code), "body": page.text}
        found = re.search(r'name="token" value="([^"]+)"', page.text)
        assert found, page.text
        action = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}/login"
        form = {
            "token": html.unescape(found[1]),
            "username": name,
            "password": password or PASSWORDS[name],
        }
        back = browser.post(action, data=form)
    if back.status_code != 302:
        return "", {"status": str(back.status_code), "body": back.text}
    came = urlsplit(back.headers["Location"])
    query = {key: values[0] for key, values in parse_qs(came.query).items()}
    return f"{came.scheme}://{came.netloc}{came.path}", query
