"""Every counter of discussions counted anew, to prove that the stored ones are right."""

from dataclasses import dataclass

from community.foundation.database import Connection

# Each statement returns id, counted, stored of the rows where the two differ. Arrays of counts are compared without
# the zeros at their end.
_VISIBLE_POSTS = "SELECT count(*) FROM post WHERE visibility = 0 AND post."
_REACTIONS = """
    SELECT id, counted, stored FROM (
        SELECT
            {subject}.id,
            coalesce(
                (
                    SELECT array_agg(reactions.amount::int ORDER BY kinds.id)
                    FROM generate_series(1, (SELECT max(kind_id) FROM {subject}_reaction WHERE {subject}_id = {subject}.id))
                            AS kinds (id)
                        CROSS JOIN LATERAL (
                            SELECT count(*) AS amount FROM {subject}_reaction
                            WHERE {subject}_id = {subject}.id AND kind_id = kinds.id
                        ) AS reactions
                ),
                ARRAY[]::int[]
            )::text AS counted,
            coalesce(
                reaction_counts[1:(
                    SELECT max(place) FROM generate_subscripts(reaction_counts, 1) AS place
                    WHERE reaction_counts[place] <> 0
                )],
                ARRAY[]::int[]
            )::text AS stored
        FROM {subject}
    ) AS both_counts
    WHERE counted <> stored
"""


def _simple(table: str, column: str, counted: str) -> str:
    key = "post_id" if table == "post_activity" else "id"
    return f"""
        SELECT {key} AS id, counted::text AS counted, stored::text AS stored FROM (
            SELECT {key}, ({counted}) AS counted, {column} AS stored FROM {table}
        ) AS both_counts
        WHERE counted IS DISTINCT FROM stored
    """  # noqa: S608 - made of names of ours


STATEMENTS: dict[tuple[str, str], str] = {
    ("space", "member_count"): _simple(
        "space", "member_count", "SELECT count(*) FROM space_member WHERE space_id = space.id"
    ),
    ("space", "post_count"): _simple("space", "post_count", f"{_VISIBLE_POSTS}space_id = space.id"),
    ("tag", "post_count"): _simple(
        "tag",
        "post_count",
        "SELECT count(*) FROM post_tag JOIN post ON post.id = post_id WHERE tag_id = tag.id AND visibility = 0",
    ),
    ("tag", "follower_count"): _simple(
        "tag", "follower_count", "SELECT count(*) FROM tag_follow WHERE tag_id = tag.id"
    ),
    ("member", "post_count"): _simple("member", "post_count", f"{_VISIBLE_POSTS}author_id = member.id"),
    ("member", "comment_count"): _simple(
        "member",
        "comment_count",
        "SELECT count(*) FROM comment WHERE author_id = member.id AND visibility = 0",
    ),
    ("post", "comment_count"): _simple(
        "post", "comment_count", "SELECT count(*) FROM comment WHERE post_id = post.id AND visibility = 0"
    ),
    ("post", "reaction_count"): _simple(
        "post", "reaction_count", "SELECT count(*) FROM post_reaction WHERE post_id = post.id"
    ),
    ("post", "revision_count"): _simple(
        "post", "revision_count", "SELECT count(*) FROM post_revision WHERE post_id = post.id"
    ),
    ("post", "reaction_counts"): _REACTIONS.format(subject="post"),
    ("comment", "reply_count"): _simple(
        "comment",
        "reply_count",
        "SELECT count(*) FROM comment AS reply WHERE reply.parent_id = comment.id AND reply.visibility = 0",
    ),
    ("comment", "reaction_count"): _simple(
        "comment", "reaction_count", "SELECT count(*) FROM comment_reaction WHERE comment_id = comment.id"
    ),
    ("comment", "revision_count"): _simple(
        "comment", "revision_count", "SELECT count(*) FROM comment_revision WHERE comment_id = comment.id"
    ),
    ("comment", "reaction_counts"): _REACTIONS.format(subject="comment"),
    ("post_activity", "score"): _simple(
        "post_activity",
        "score",
        """
            (SELECT count(*) FROM post_reaction WHERE post_reaction.post_id = post_activity.post_id)
            + 2 * (SELECT count(*) FROM comment WHERE comment.post_id = post_activity.post_id AND visibility = 0)
        """,
    ),
    ("post_activity", "visibility"): _simple(
        "post_activity", "visibility", "SELECT post.visibility FROM post WHERE post.id = post_id"
    ),
    ("post_activity", "space_id"): _simple(
        "post_activity", "space_id", "SELECT post.space_id FROM post WHERE post.id = post_id"
    ),
    ("post_activity", "active_at"): _simple(
        "post_activity",
        "active_at",
        """
            SELECT greatest(
                post.created_at,
                (SELECT max(created_at) FROM comment WHERE comment.post_id = post.id AND comment.visibility = 0)
            )
            FROM post WHERE post.id = post_activity.post_id
        """,
    ),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A counter that is not what counting gives."""

    table: str
    column: str
    id: int
    stored: str
    counted: str


async def recount(connection: Connection) -> list[Difference]:
    """Count everything anew and return where a stored counter differs.

    It reads all posts, comments and reactions: for a transaction at REPEATABLE READ, or for a quiet moment, since each
    counter is counted by a statement of its own.
    """
    differences = []
    for (table, column), statement in STATEMENTS.items():
        for row in await connection.raw.fetch(statement):
            differences.append(Difference(table, column, row["id"], row["stored"], row["counted"]))  # noqa: PERF401 - an inner loop reads better
    return differences
