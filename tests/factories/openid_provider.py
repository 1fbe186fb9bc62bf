"""A small OpenID Connect provider on loopback: it keeps the rules, except those that a test tells it to break."""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import secrets
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID = "teahouse & friends"
CLIENT_SECRET = "s:cret/与茶"
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


class LoopbackProvider:
    """Signs in whoever `person` describes, without asking."""

    def __init__(self) -> None:
        self.issuer = ""
        self.person: dict[str, object] = {"sub": "1"}
        self.claims: dict[str, object] = {}
        self.without: set[str] = set()
        self.metadata: dict[str, object] = {}
        self.key = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
        self.published = [self.key]
        self.sign: Callable[[dict[str, object]], str] = lambda claims: jwt.encode(
            {"alg": "RS256", "kid": "first"}, claims, self.key
        )
        self.codes: dict[str, dict[str, str]] = {}
        self.exchanges = 0

    def authorize(self, url: str) -> dict[str, str]:
        """Do what a browser and its person do at the provider; return what comes back in the address."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["client_id"] == CLIENT_ID
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe()
        self.codes[code] = asked
        return {"code": code, "state": asked["state"]}

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        body = (await receive()).get("body", b"")
        status, answer = self._answer(scope["path"], dict(scope["headers"]), body.decode())
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [(b"content-type", b"application/json"), (b"connection", b"close")],
            }
        )
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    def _answer(self, path: str, headers: dict[bytes, bytes], body: str) -> tuple[int, dict[str, Any]]:
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            } | self.metadata
        if path == "/keys":
            return 200, {"keys": [key.as_dict(private=False) for key in self.published]}
        return self._exchange(headers, {name: values[0] for name, values in parse_qs(body).items()})

    def _exchange(self, headers: dict[bytes, bytes], form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.exchanges += 1
        pair = urlencode({CLIENT_ID: CLIENT_SECRET}).replace("=", ":")
        if headers.get(b"authorization") != b"Basic " + base64.b64encode(pair.encode()):
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if (
            asked is None
            or asked["redirect_uri"] != form["redirect_uri"]
            or asked["code_challenge"] != challenge.decode()
            or form["grant_type"] != "authorization_code"
        ):
            return 400, {"error": "invalid_grant"}
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": int(time.time()),
            "exp": int(time.time()) + 300,
            "nonce": asked["nonce"],
        }
        said = {name: value for name, value in (claims | self.person | self.claims).items() if name not in self.without}
        return 200, {"access_token": "opaque", "token_type": "Bearer", "id_token": self.sign(said)}


def forged(header: dict[str, object], claims: dict[str, object], secret: bytes | None) -> str:
    """Return a token as libraries refuse to make it: unsigned, or signed with what is no secret."""
    content = ".".join(_base64(json.dumps(part).encode()) for part in (header, claims))
    return f"{content}.{_base64(hmac.digest(secret, content.encode(), 'sha256')) if secret else ''}"


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@contextlib.asynccontextmanager
async def running_provider() -> AsyncIterator[LoopbackProvider]:
    """Serve a provider on a free port of this machine."""
    provider = LoopbackProvider()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        provider.issuer = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = uvicorn.Config(provider, ws="none", lifespan="off", log_level="warning", access_log=False)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        yield provider
        server.should_exit = True
        await serving
