"""The sign-in providers that the operator named, as one process speaks to them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from community.foundation.errors import Invalid
from community.members.errors import ProviderUnknown
from community.members.openid_provider import ProviderClient, parse_providers

if TYPE_CHECKING:
    from community.foundation.settings import Settings


class OpenId:
    """The providers, and whom they may send people back to."""

    def __init__(self, settings: Settings) -> None:
        """Read the settings; nobody is spoken to yet."""
        setting = settings.openid_providers
        self._providers = parse_providers(setting.get_secret_value() if setting else "")
        self._origins = {_origin(address) for address in (settings.public_url, *settings.allowed_origins)}
        self._clients: dict[str, ProviderClient] = {}
        self._http: httpx.AsyncClient | None = None

    def client(self, name: str) -> ProviderClient:
        """Return what speaks to a provider.

        Raises:
            ProviderUnknown: if the operator named none so.
        """
        if name not in self._providers:
            raise ProviderUnknown(provider=name[:80], path=("provider",))
        if name not in self._clients:
            # Made at first use: most communities name no provider.
            self._http = self._http or httpx.AsyncClient()
            self._clients[name] = ProviderClient(self._providers[name], self._http)
        return self._clients[name]

    def own_address(self, url: str) -> str:
        """Return an address that people may be sent back to.

        Raises:
            Invalid: if it is somebody else's: a code that came to it would sign them in.
        """
        if _origin(url) not in self._origins or urlsplit(url).fragment:
            raise Invalid(
                field="redirectUrl",
                reason="This is no page of this server or of an allowed origin.",
            )
        return url

    async def close(self) -> None:
        """Hang up."""
        if self._http is not None:
            await self._http.aclose()


def _origin(url: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return (parts.scheme, parts.netloc.lower()) if parts.scheme in {"http", "https"} and parts.netloc else None
