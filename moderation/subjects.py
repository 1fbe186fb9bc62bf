"""What can be reported and decided on: one table, by kind, of how it is found, whose it is and what it says.

Whoever reports must see what they report; whoever decides must moderate it. Both are answered as if it were not there
otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from community.discussions.access import MODERATES, SEES_SPACE, blocked_with, sees_content
from community.foundation.errors import NotFound
from community.foundation.image_addresses import address_in_sql

if TYPE_CHECKING:
    from collections.abc import Mapping

    from community.foundation.database import Connection
    from community.members.acting import Acting

# $1 the subject, $2 to $4 the acting member, as the doors of discussions have them. Each answers whose it is, in which space,
# which revision it is, what it says, and how many it reaches: what is talked of a lot is seen a lot.
_POST = f"""
    SELECT post.author_id AS member_id, post.space_id, post.revision_count AS revision,
        jsonb_build_object('title', post.title, 'body', post.body) AS content,
        (1 + ln(1 + post.view_count + post.comment_count + post.reaction_count))::float8 AS reach
    FROM post JOIN space ON space.id = post.space_id JOIN member AS author ON author.id = post.author_id
    WHERE post.id = $1 AND {SEES_SPACE} AND {sees_content("post", "author")} AND NOT {blocked_with("post.author_id")}
"""  # noqa: S608 - made of predicates of ours
_COMMENT = f"""
    SELECT comment.author_id AS member_id, post.space_id, comment.revision_count AS revision,
        jsonb_build_object('body', comment.body) AS content,
        (1 + ln(1 + comment.reply_count + comment.reaction_count))::float8 AS reach
    FROM comment JOIN post ON post.id = comment.post_id JOIN space ON space.id = post.space_id
        JOIN member AS author ON author.id = comment.author_id JOIN member AS post_author ON post_author.id = post.author_id
    WHERE comment.id = $1 AND {SEES_SPACE} AND {sees_content("post", "post_author")}
        AND {sees_content("comment", "author")} AND NOT {blocked_with("comment.author_id")}
        AND NOT {blocked_with("post.author_id")}
"""  # noqa: S608 - made of predicates of ours
_MEMBER = f"""
    SELECT member.id AS member_id, NULL::bigint AS space_id, 0 AS revision,
        jsonb_build_object('handle', handle, 'displayName', display_name, 'bio', bio) AS content,
        (1 + ln(1 + member.follower_count))::float8 AS reach
    FROM member WHERE member.id = $1 AND member.state <> 'ERASED' AND $3::boolean IS NOT NULL
        AND $4::bigint[] IS NOT NULL AND NOT {blocked_with("member.id")}
"""  # noqa: S608 - made of predicates of ours
# Seen where something shows it that is seen; by its owner until it is removed; whatever became of it, by who moderates a
# space in which it stands or stood. It is of the one space in which alone it stands, and else of none.
_SHOWN_IN = f"""
    SELECT FROM image_use
        LEFT JOIN comment ON comment.id = image_use.comment_id
        LEFT JOIN member AS comment_author ON comment_author.id = comment.author_id
        JOIN post ON post.id = coalesce(image_use.post_id, comment.post_id)
        JOIN space ON space.id = post.space_id
        JOIN member AS author ON author.id = post.author_id
    WHERE image_use.image_id = image.id AND ({MODERATES} OR image.visibility = 0 AND image_use.current
        AND {SEES_SPACE} AND {sees_content("post", "author")} AND NOT {blocked_with("post.author_id")}
        AND (comment.id IS NULL
            OR {sees_content("comment", "comment_author")} AND NOT {blocked_with("comment.author_id")}))
"""
_IN_PROFILE = f"""
    SELECT FROM member WHERE member.id = image.owner_id AND member.state = 'ACTIVE' AND image.visibility = 0
        AND (starts_with(member.avatar_url, '/media/' || image.public_id)
            OR strpos(member.bio_html, '/media/' || image.public_id) > 0)
        AND NOT {blocked_with("member.id")}
"""
_OF_IMAGE = f"""
    SELECT image.owner_id AS member_id, image_space(image.sha256) AS space_id, 0 AS revision,
        jsonb_build_object(
            'image', {address_in_sql("image")}, 'alt', (
                SELECT string_agg(DISTINCT image_use.alt, E'\n') FROM image_use
                WHERE image_use.image_id = image.id AND image_use.alt <> ''
            ),
            'perceptualHash', lpad(to_hex(image.perceptual_hash), 16, '0'), 'sha256', encode(image.sha256, 'hex')
        ) AS content,
        (1 + ln(1 + (SELECT count(*) FROM image_use WHERE image_use.image_id = image.id AND image_use.current)))::float8
            AS reach
    FROM image WHERE image.id = $1
"""  # noqa: S608 - made of an expression of ours
_IMAGE = f"""
    {_OF_IMAGE}
        AND ($3::boolean OR image.owner_id = $2::bigint AND image.visibility < 2 OR EXISTS ({_SHOWN_IN}) OR EXISTS ({_IN_PROFILE}))
"""

# The same as it is to whoever wrote it: nobody asks whether they see it.
_ITSELF: Final[Mapping[str, str]] = {
    "post": """
        SELECT author_id AS member_id, space_id, revision_count AS revision,
            jsonb_build_object('title', title, 'body', body) AS content,
            (1 + ln(1 + view_count + comment_count + reaction_count))::float8 AS reach
        FROM post WHERE id = $1
    """,
    "comment": """
        SELECT comment.author_id AS member_id, post.space_id, comment.revision_count AS revision,
            jsonb_build_object('body', comment.body) AS content,
            (1 + ln(1 + comment.reply_count + comment.reaction_count))::float8 AS reach
        FROM comment JOIN post ON post.id = comment.post_id WHERE comment.id = $1
    """,
    "member": """
        SELECT id AS member_id, NULL::bigint AS space_id, 0 AS revision,
            jsonb_build_object('handle', handle, 'displayName', display_name, 'bio', bio) AS content,
            (1 + ln(1 + follower_count))::float8 AS reach
        FROM member WHERE id = $1
    """,
}
# Of the two who see it, each reports the other. The brand's own is reported by nobody: it brought them.
_REFERRAL = """
    SELECT CASE WHEN referrer_id = $2::bigint THEN member_id ELSE coalesce(referrer_id, member_id) END AS member_id,
        NULL::bigint AS space_id, 0 AS revision,
        jsonb_build_object('title', referral_program.name, 'body', concat_ws(' · ', source, channel, campaign)) AS content,
        1::float8 AS reach
    FROM referral JOIN referral_program ON referral_program.id = referral.program_id
    WHERE referral.id = $1 AND $2::bigint IN (member_id, referrer_id)
        AND $3::boolean IS NOT NULL AND $4::bigint[] IS NOT NULL
"""
_SEEN: Final[Mapping[str, str]] = {
    "post": _POST,
    "comment": _COMMENT,
    "member": _MEMBER,
    "image": _IMAGE,
    "referral": _REFERRAL,
}
_POST_OF_IDEA = "SELECT post_id FROM idea WHERE id = $1"
REPORTABLE: Final = tuple(_SEEN)


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that can be reported or decided on, as it is now."""

    kind: str
    id: int
    member_id: int | None
    """Whose it is, or who it is; None: a guest."""
    space_id: int | None
    revision: int
    content: dict[str, Any]
    reach: float
    """1 and more: one and the logarithm of how many looked at it, answered or reacted."""


async def subject_seen(connection: Connection, acting: Acting | None, kind: str, subject_id: int) -> Subject:
    """Return what somebody (None: a guest) sees and wants to report. Nothing is locked: a storm of reports holds up nobody.

    Raises:
        NotFound: if there is no such thing that they may see.
    """
    if kind == "idea":  # what it says is a post
        kind, subject_id = "post", await connection.raw.fetchval(_POST_OF_IDEA, subject_id) or 0
    statement = _SEEN.get(kind)
    viewer: tuple[int | None, bool, list[int]] = (None, False, [])
    if acting is not None:
        viewer = acting.member_id, acting.moderates_everywhere, sorted(acting.moderated_space_ids)
    row = statement and await connection.raw.fetchrow(statement, subject_id, *viewer)
    if not row:
        raise NotFound  # of whatever kind it says it is: kinds that cannot be reported are answered alike
    return Subject(kind, subject_id, row["member_id"], row["space_id"], row["revision"], row["content"], row["reach"])


async def subject_itself(connection: Connection, kind: str, subject_id: int) -> Subject:
    """Return what has just been written, as the system looks at it."""
    row = await connection.raw.fetchrow(_ITSELF[kind], subject_id)
    assert row is not None  # this transaction has written it
    return Subject(kind, subject_id, row["member_id"], row["space_id"], row["revision"], row["content"], row["reach"])
