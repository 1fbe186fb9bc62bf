"""What members say of themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import strawberry

from api.changing import Change, Returns, change, payload
from api.ids import MUTATION_ID
from api.members.types import Member
from api.moderation.screening import write_screened
from api.reading.fields import object_type, returned
from community.foundation.database import Connection
from community.foundation.errors import Invalid
from community.members.profiles import update_profile
from community.members.restrictions import Deed
from moderation.automod.drafts import Draft
from moderation.rules.candidates import Kind

if TYPE_CHECKING:
    from community.members.profiles import ProfileChanges

_FIELDS = ("display_name", "bio", "avatar_url", "website_url", "location", "locale")
_SHOWN = frozenset({"display_name", "bio", "avatar_url", "website_url", "location"})
"""What others read, or see."""
_NEEDED = frozenset({"display_name", "locale"})


@strawberry.input(description="What of the viewer's profile is to be changed. What is left out stays.")
class UpdateProfileInput:
    """What of the viewer's profile is to be changed. What is left out stays."""

    display_name: str | None = strawberry.field(description="The name to show.", default=strawberry.UNSET)
    bio: str | None = strawberry.field(
        description="Of oneself, as Markdown; null for nothing.", default=strawberry.UNSET
    )
    avatar_url: str | None = strawberry.field(
        description="A picture's address; null for none.", default=strawberry.UNSET
    )
    website_url: str | None = strawberry.field(description="A page elsewhere; null for none.", default=strawberry.UNSET)
    location: str | None = strawberry.field(description="Where one is; null for nowhere.", default=strawberry.UNSET)
    locale: str | None = strawberry.field(
        description="The language of one's letters; see `community.locales`.",
        default=strawberry.UNSET,
    )
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@payload
class UpdateProfilePayload(Returns):
    """What `updateProfile` answers."""

    member: Member | None = returned("The viewer as others see them now.")


@object_type
class ProfileMutations:
    """What members say of themselves."""

    @change
    async def update_profile(info: Change, input: UpdateProfileInput) -> UpdateProfilePayload:
        """Change what others see of the viewer. The community's rules may refuse it.

        Who may do nothing that others see may still take something away.
        """
        given = {name: value for name in _FIELDS if (value := getattr(input, name)) is not strawberry.UNSET}
        takes_away = all(name == "locale" or not value for name, value in given.items())
        acting = await info.acting(deed=Deed.OWN if takes_away else Deed.SHOWN)
        for name in _NEEDED & {name for name, value in given.items() if value is None}:
            raise Invalid(field=name, reason="It cannot be taken away.")
        if "bio" in given:
            given["bio"] = given["bio"] or ""

        async def write(connection: Connection, _: bool) -> int:  # noqa: FBT001 - as it is screened
            await update_profile(connection, acting.member_id, **cast("ProfileChanges", given))
            return acting.member_id

        if _SHOWN.isdisjoint(given):
            await write(info.connection, False)
        else:
            said = {name: given.get(name) or "" for name in _SHOWN}
            body = "\n".join(filter(None, (said["bio"], said["location"], said["website_url"])))
            draft = Draft(Kind.PROFILE, body, said["display_name"], picture=said["avatar_url"])
            await write_screened(info, draft, "member", write)
        return UpdateProfilePayload.of(member=acting.member_id)
