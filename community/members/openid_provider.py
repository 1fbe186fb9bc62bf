"""One OpenID Connect provider, as its discovery document describes it: where to send people, and what to believe."""

import ipaddress
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlsplit

import httpx
import orjson
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from community.members.errors import ProviderFailed

# Signatures that a provider alone can make. "none" is nobody's, and HS256 would be anyone's who knows our secret.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
# How far two clocks may differ.
LEEWAY_SECONDS = 60
METADATA_SECONDS = 3600
# A token that names an unknown key makes us ask for the keys again, but not as often as someone likes.
KEYS_SECONDS = 30
TIMEOUT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Provider:
    """What the operator knows of a provider. `name` is in addresses, `title` on buttons."""

    name: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    title: str = ""
    scopes: tuple[str, ...] = ("openid", "email", "profile")


def parse_providers(setting: str) -> dict[str, Provider]:
    """Read the setting TEAHOUSE_OPENID_PROVIDERS.

    It is a JSON list of objects with name, issuer, client_id, client_secret and, if wanted, title and scopes.

    Raises:
        ValueError: saying which provider cannot be used, and why.
    """
    providers: dict[str, Provider] = {}
    for entry in orjson.loads(setting or "[]"):
        try:
            provider = Provider(**entry | {"scopes": tuple(entry.get("scopes", ("openid", "email", "profile")))})
        except TypeError as error:
            raise ValueError(f"A sign-in provider is described wrongly: {error}") from error
        if not _private(provider.issuer):
            raise ValueError(f"The issuer of {provider.name} must be an https address")
        if provider.name in providers:
            raise ValueError(f"Two sign-in providers are called {provider.name}")
        providers[provider.name] = provider
    return providers


class ProviderClient:
    """Speaks to one provider; keeps its description and keys for a while."""

    def __init__(self, provider: Provider, http: httpx.AsyncClient) -> None:
        """Use the HTTP client for this provider. It must not follow redirects, which httpx does not by default."""
        self.provider = provider
        self._http = http
        self._metadata: dict[str, Any] = {}
        self._metadata_until = 0.0
        self._keys: KeySet | None = None
        self._keys_at = 0.0

    async def metadata(self) -> dict[str, Any]:
        """Return the provider's description of itself (OpenID Connect Discovery 1.0).

        Raises:
            ProviderFailed: if it has none, or is not who it should be.
        """
        if time.monotonic() >= self._metadata_until:
            metadata = await self._fetch(f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration")
            if metadata.get("issuer") != self.provider.issuer:
                raise self.failed("it calls itself by another name")
            for endpoint in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if not _private(str(metadata.get(endpoint, ""))):
                    raise self.failed(f"its {endpoint} is not an https address")
            self._metadata, self._metadata_until = metadata, time.monotonic() + METADATA_SECONDS
        return self._metadata

    async def exchange(self, *, code: str, verifier: str, redirect_uri: str) -> dict[str, Any]:
        """Exchange the code that someone came back with for tokens (RFC 6749 section 4.1.3, with RFC 7636)."""
        metadata = await self.metadata()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        basic: tuple[str, str] | None = None
        # A provider that says nothing takes the secret as a header (OpenID Connect Discovery 1.0, section 3).
        if "client_secret_basic" in metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]):
            # RFC 6749 section 2.3.1 encodes both before they are joined by a colon.
            basic = (quote_plus(self.provider.client_id), quote_plus(self.provider.client_secret))
        else:
            form |= {"client_id": self.provider.client_id, "client_secret": self.provider.client_secret}
        try:
            answer = await self._http.post(
                metadata["token_endpoint"],
                data=form,
                auth=basic if basic is not None else httpx.USE_CLIENT_DEFAULT,
                headers={"Accept": "application/json"},
                timeout=TIMEOUT_SECONDS,
            )
            answer.raise_for_status()
            return self._object(answer.content)
        except httpx.HTTPError as error:
            raise self.failed("it did not take the code") from error

    async def read_id_token(self, tokens: dict[str, Any], *, nonce: str) -> dict[str, Any]:
        """Check the ID token (OpenID Connect Core 1.0, section 3.1.3.7) and return what it claims.

        Raises:
            ProviderFailed: unless the provider signed it, for us, for this very sign-in, and not too long ago.
        """
        id_token = tokens.get("id_token")
        if not isinstance(id_token, str):
            raise self.failed("it sent no ID token")
        try:
            try:
                token = self._decode(id_token, await self._key_set())
            except InvalidKeyIdError:
                token = self._decode(id_token, await self._key_set(anew=True))
            claims = CodeIDToken(
                token.claims,
                token.header,
                options={
                    "iss": {"essential": True, "value": self.provider.issuer},
                    "aud": {"essential": True, "value": self.provider.client_id},
                    "sub": {"essential": True},
                    "exp": {"essential": True},
                },
                params={
                    "nonce": nonce,
                    "client_id": self.provider.client_id,
                    "access_token": tokens.get("access_token"),
                },
            )
            claims.validate(leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise self.failed("its word could not be verified") from error
        # Authlib lets a token for several parties pass if we are one; then it must have been made out to us.
        if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and "azp" not in claims:
            raise self.failed("its word was not meant for us alone")
        return dict(claims)

    def failed(self, reason: str) -> ProviderFailed:
        """Return the refusal that says what this provider did."""
        return ProviderFailed(provider=self.provider.title or self.provider.name, reason=reason)

    def _decode(self, id_token: str, keys: KeySet) -> jwt.Token:
        return jwt.decode(id_token, keys, registry=JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False))

    async def _key_set(self, *, anew: bool = False) -> KeySet:
        age = time.monotonic() - self._keys_at
        if self._keys is None or age > METADATA_SECONDS or (anew and age > KEYS_SECONDS):
            described = await self._fetch((await self.metadata())["jwks_uri"])
            # Keys for encryption are not for signatures.
            signing = [key for key in described.get("keys", []) if key.get("use", "sig") == "sig"]
            self._keys, self._keys_at = KeySet.import_key_set({"keys": signing}), time.monotonic()
        return self._keys

    async def _fetch(self, url: str) -> dict[str, Any]:
        try:
            answer = await self._http.get(url, headers={"Accept": "application/json"}, timeout=TIMEOUT_SECONDS)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise self.failed("it cannot be reached") from error
        return self._object(answer.content)

    def _object(self, content: bytes) -> dict[str, Any]:
        try:
            value = orjson.loads(content)
        except orjson.JSONDecodeError as error:
            raise self.failed("its answer is no JSON") from error
        if not isinstance(value, dict):
            raise self.failed("its answer is no JSON object")
        return value


def _private(url: str) -> bool:
    """Say whether nobody on the way can read along: by https, or within this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return True
    try:
        return parts.scheme == "http" and ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return parts.scheme == "http" and parts.hostname == "localhost"
