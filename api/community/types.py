"""The community as clients need to know it: what it is called, what it asks of people, and what fits where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import case, literal_column

from api.discussions.label_types import MOST_LABELS, ContentLabel, labels_offered
from api.discussions.reaction_types import ReactionKind
from api.discussions.types import LONGEST_EXCERPT
from api.graph.arguments import Level
from api.reading.connections import COUNTED_UP_TO, LONGEST_PAGE
from api.reading.cursors import by_number
from api.reading.fields import column, configured, embedded, entity, expression, object_type, rows
from api.reading.json_sql import literal
from api.reading.readings import Scope, Source
from community.discussions.tables import reaction_kinds
from community.discussions.tags import LONGEST_TAG, MOST_TAGS
from community.discussions.texts import LONGEST_TITLE
from community.foundation.markdown import LONGEST as LONGEST_BODY
from community.foundation.tables import community_profile
from community.foundation.visibility import Visible
from community.members import handles, passwords
from community.members.contributing import NEW_FOR
from community.members.names import LONGEST_DISPLAY_NAME
from community.members.openid_provider import parse_providers
from community.members.profiles import LONGEST_BIO, LONGEST_LOCATION
from community.members.tables import LOCALES, level_policies
from graph.tables import LEVELS_FROM

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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


def _by_level(values: Sequence[ColumnElement[Any]]) -> Callable[[Scope], Any]:
    """Return what gives the value of a row's level, of levels from 1 on; null for who is new."""
    return lambda scope: case(dict(enumerate(values, 1)), value=scope.row.c.level)


@object_type
class CommunityLevel:
    """How much somebody is part of the community, and what they may do for it. Staff may do it in any case."""

    number: int = column("level", "0, who is new, to 4.")
    level: Level | None = expression(
        _by_level([literal(level.name) for level in Level]),
        f"What it is called; null for who is new: in their first {NEW_FOR} days, until a scoring finds them.",
    )
    from_percentile: int | None = expression(
        _by_level([literal_column(str(begins)) for begins in LEVELS_FROM]),
        "From which percentile of social capital; null for who is new.",
    )
    contributions_an_hour: int | None = column(
        "contributions_an_hour", "How many posts and comments; null: as many as they like."
    )
    links: int | None = column("links", "How many in one post or comment; null: as many as they like.")
    images: int | None = column("images", "How many in one post or comment; null: as many as they like.")
    mentions: int | None = column("mentions", "How many in one post or comment; null: as many as they like.")
    creates_spaces: bool = column("creates_spaces", "Whether they may open spaces.")
    report_weight: float = column("report_weight", "What a report counts before the reporter's record.")


def _levels(scope: Scope) -> Source:
    policy = scope.enter(level_policies)
    return Source(policy, (by_number(policy.c.level),), "level")


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
    levels: list[CommunityLevel] = rows(
        _levels, "How much somebody can be part of it, and what they may do, the lowest first."
    )
    content_labels: list[ContentLabel] = rows(
        labels_offered, "What readers can be told before they read something.", limit=MOST_LABELS
    )
    limits: CommunityLimits = embedded("What fits where.")


def the_community(_: Scope) -> ColumnElement[int]:
    """Return the key of the one community."""
    return literal_column("1")
