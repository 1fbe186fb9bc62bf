"""What a request knows: who asks, from where, and the server that answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from api.application import Application
    from community.members.principals import Principal
    from community.members.viewer import Viewer


@dataclass(slots=True)
class Context:
    """One request, or one operation on a socket."""

    application: Application
    principal: Principal | None
    viewer: Viewer
    address: str = ""
    client: str = ""
    idempotency_key: str | None = None
    touch: str = ""
    """The token of a referral link that was followed, as its cookie has it."""
    device: str = ""
    """What the browser's cookie names its device; empty if it has none."""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    """What the answer's head says besides, such as a cookie that is set."""
    facts: dict[str, Any] = field(default_factory=dict)
    """What events shall say of the circumstances: campaign, channel, client."""
