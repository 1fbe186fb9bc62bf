"""The community as clients need to know it: what it is called, what it asks of people, and what fits where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import literal_column

from api.discussions.reaction_types import ReactionKind
from api.discussions.types import LONGEST_EXCERPT
from api.graph.arguments import Level
from api.reading.connections import COUNTED_UP_TO, LONGEST_PAGE
from api.reading.cursors import by_number
from api.reading.fields import column, configured, embedded, entity, object_type, rows
from api.reading.readings import Scope, Source
from community.discussions.tables import reaction_kinds
from community.discussions.tags import LONGEST_TAG, MOST_TAGS
from community.discussions.texts import LONGEST_TITLE
from community.foundation.markdown import LONGEST as LONGEST_BODY
from community.foundation.tables import community_profile
from community.foundation.visibility import Visible
from community.members import handles, passwords
from community.members.names import LONGEST_DISPLAY_NAME
from community.members.openid_provider import parse_providers
from community.members.profiles import LONGEST_BIO, LONGEST_LOCATION
from community.members.tables import LOCALES
from graph.tables import LEVELS_FROM

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from community.foundation.settings import Settings


@object_type
class OpenIdProvider:
    """Someone who vouches for members, so that they sign in here without a password."""

    name: str = configured(lambda _: None, "What `beginOpenIdSignIn` takes.")
    title: str = configured(lambda _: None, "What a button says.")


@object_type
class CommunityLimits:
    """How long and how many. Lengths are in characters as readers count them, where not said otherwise."""

    longest_title: int = configured(lambda _: LONGEST_TITLE, "Of a post's title.")
    longest_body: int = configured(lambda _: LONGEST_BODY, "Of a post's or comment's body, in code points.")
    longest_display_name: int = configured(lambda _: LONGEST_DISPLAY_NAME, "Of a member's name.")
    longest_bio: int = configured(lambda _: LONGEST_BIO, "Of what members say of themselves, in code points.")
    longest_location: int = configured(lambda _: LONGEST_LOCATION, "Of where members say they are.")
    shortest_handle: int = configured(lambda _: handles.SHORTEST, "Of a handle, at least.")
    longest_handle: int = configured(lambda _: handles.LONGEST, "Of a handle, at most.")
    shortest_password: int = configured(
        lambda _: passwords.SHORTEST,
        f"Of a password, at least; {passwords.SHORTEST_IN_HAN} where they are Chinese, Japanese or Korean.",
    )
    most_tags: int = configured(lambda _: MOST_TAGS, "On one post.")
    longest_tag: int = configured(lambda _: LONGEST_TAG, "Of a tag.")
    longest_excerpt: int = configured(lambda _: LONGEST_EXCERPT, "Of what `excerpt` gives.")
    largest_page: int = configured(lambda _: LONGEST_PAGE, "What `first` and `last` of a connection may be.")
    counted_up_to: int = configured(lambda _: COUNTED_UP_TO, "Where `totalCount` of a connection stops.")


@object_type
class CommunityLevel:
    """A level that members reach by their social capital."""

    level: Level = configured(lambda _: None, "Which.")
    from_percentile: int = configured(lambda _: None, "From which percentile of social capital.")


def _levels(_: Settings) -> list[dict[str, Any]]:
    return [{"level": level.name, "from_percentile": begins} for level, begins in zip(Level, LEVELS_FROM, strict=True)]


def _reaction_kinds(scope: Scope) -> Source:
    kind = scope.enter(reaction_kinds)
    keys = by_number(kind.c.position), by_number(kind.c.id)
    return Source(kind, keys, "position", where=[kind.c.retired_at.is_(None)])


def _providers(settings: Settings) -> list[dict[str, str]]:
    setting = settings.openid_providers
    providers = parse_providers(setting.get_secret_value() if setting else "")
    return [{"name": provider.name, "title": provider.title or provider.name} for provider in providers.values()]


@entity("community", community_profile, lambda _row, _viewer: Visible())
class Community:
    """The one community that this server runs."""

    name: str = column("name", "Its name.")
    description: str = column("description", "What it is for.")
    rules: str = column("rules", "What is asked of everyone, as Markdown.")
    rules_html: str = column("rules_html", "The same as safe HTML.")
    url: str = configured(lambda settings: settings.public_url, "Where it is on the web.")
    locales: list[str] = configured(lambda _: list(LOCALES), "The languages that it speaks, as language tags.")
    reaction_kinds: list[ReactionKind] = rows(_reaction_kinds, "How members may react, in the order to show.")
    open_id_providers: list[OpenIdProvider] = configured(_providers, "Who members may sign in through.")
    levels: list[CommunityLevel] = configured(_levels, "How much somebody can be part of it, the lowest first.")
    limits: CommunityLimits = embedded("What fits where.")


def the_community(_: Scope) -> ColumnElement[int]:
    """Return the key of the one community."""
    return literal_column("1")
