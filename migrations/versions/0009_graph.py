"""The social graph: kinds of interactions, scoring runs and what they find."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KINDS = (
    (1, "POST", 3, 90, "A post starts something for others to take up.", "发帖为大家开启话题。"),
    (2, "FOLLOW", 1, 365, "A follow is meant to last, and takes one tap.", "关注意在长久，却只需轻轻一点。"),
    (3, "COMMENT", 2, 90, "A comment takes time and a thought.", "评论需要时间和思考。"),
    (4, "REPLY", 2.5, 90, "A reply is meant for one person.", "回复是专门说给一个人的。"),
    (5, "REACTION", 1, 60, "A reaction takes one tap.", "表态只需轻轻一点。"),
    (6, "MENTION", 1.5, 90, "A mention calls on somebody by name.", "提及是点名相邀。"),
    (
        7,
        "ACCEPTED_ANSWER",
        4,
        365,
        "An accepted answer solved a problem, and goes on doing so.",
        "被采纳的回答解决了问题，并且一直有用。",
    ),
)
TIES = """
    SELECT kept.member_id, each_tie.other_id, each_tie.place::integer AS place, each_tie.given, each_tie.received,
        each_tie.given + each_tie.received AS strength
    FROM strongest_ties AS kept,
        unnest(kept.others, kept.given, kept.received) WITH ORDINALITY AS each_tie (other_id, given, received, place)
"""
# What is undone leaves its table, and so this view. Each part can be entered by actor and by target through an index.
# Members are joined from the left, though they are always there: who does not ask for `brand` is then spared of it.
INTERACTIONS = """
    SELECT post.author_id AS actor_id, NULL::bigint AS target_id, 1::smallint AS kind, post.id AS post_id, post.space_id,
        false AS brand, false AS official, post.created_at AS occurred_at
    FROM post WHERE post.visibility = 0
    UNION ALL
    SELECT follow.follower_id, follow.member_id, 2::smallint, NULL, NULL, member.official, false, follow.created_at
    FROM follow LEFT JOIN member ON member.id = follow.member_id
    UNION ALL
    -- A comment is towards the post's author, unless it answers another comment that can be seen.
    SELECT comment.author_id, post.author_id, 3::smallint, post.id, post.space_id, post.official OR member.official,
        post.official, comment.created_at
    FROM comment
    JOIN post ON post.id = comment.post_id AND post.visibility = 0
    LEFT JOIN member ON member.id = post.author_id
    WHERE comment.visibility = 0 AND (
        comment.parent_id IS NULL
        OR NOT EXISTS (SELECT FROM comment AS parent WHERE parent.id = comment.parent_id AND parent.visibility = 0)
    )
    UNION ALL
    SELECT comment.author_id, parent.author_id, 4::smallint, post.id, post.space_id, parent.official OR member.official,
        parent.official, comment.created_at
    FROM comment
    JOIN comment AS parent ON parent.id = comment.parent_id AND parent.visibility = 0
    JOIN post ON post.id = comment.post_id AND post.visibility = 0
    LEFT JOIN member ON member.id = parent.author_id
    WHERE comment.visibility = 0
    UNION ALL
    SELECT post_reaction.member_id, post.author_id, 5::smallint, post.id, post.space_id, post.official OR member.official,
        post.official, post_reaction.created_at
    FROM post_reaction
    JOIN post ON post.id = post_reaction.post_id AND post.visibility = 0
    LEFT JOIN member ON member.id = post.author_id
    UNION ALL
    SELECT comment_reaction.member_id, comment.author_id, 5::smallint, post.id, post.space_id, comment.official OR member.official,
        comment.official, comment_reaction.created_at
    FROM comment_reaction
    JOIN comment ON comment.id = comment_reaction.comment_id AND comment.visibility = 0
    JOIN post ON post.id = comment.post_id AND post.visibility = 0
    LEFT JOIN member ON member.id = comment.author_id
    UNION ALL
    -- No table holds a mention; the log does.
    SELECT event.actor_id, event.member_id, 6::smallint, post.id, post.space_id, member.official, false, event.occurred_at
    FROM event
    JOIN post ON post.id = event.post_id AND post.visibility = 0
    LEFT JOIN member ON member.id = event.member_id
    WHERE event.kind = 'MemberMentioned' AND event.actor_id IS NOT NULL
    UNION ALL
    -- No table says when an answer was accepted: it counts from when it was given.
    SELECT post.author_id, comment.author_id, 7::smallint, post.id, post.space_id, member.official, false, comment.created_at
    FROM post
    JOIN comment ON comment.id = post.accepted_comment_id AND comment.visibility = 0
    LEFT JOIN member ON member.id = comment.author_id
    WHERE post.visibility = 0
"""
# Breadth first from both ends in turn, the smaller front first, until they meet. No front grows beyond what fits a request.
# A front may hold again who was found before: that lengthens no path, and to look for them took longer than all the rest,
# as the server plans without knowing how long an array is. Who led to whom is asked of the few on the path alone.
PATH = """
    CREATE FUNCTION tie_path(source bigint, target bigint, longest integer) RETURNS bigint[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
    DECLARE
        most_members CONSTANT integer := 20000;
        near_ids bigint[] := ARRAY[source];
        near_starts integer[] := ARRAY[1];
        far_ids bigint[] := ARRAY[target];
        far_starts integer[] := ARRAY[1];
        front bigint[];
        near_turn boolean;
        meeting bigint;
        path bigint[];
        step bigint;
    BEGIN
        IF source IS NULL OR target IS NULL OR source = target THEN RETURN '{}'; END IF;
        IF EXISTS (SELECT FROM profiling_objection WHERE member_id IN (source, target)) THEN RETURN '{}'; END IF;
        FOR length IN 1..longest LOOP
            near_turn := cardinality(near_ids) - near_starts[cardinality(near_starts)]
                <= cardinality(far_ids) - far_starts[cardinality(far_starts)];
            front := CASE
                WHEN near_turn THEN near_ids[near_starts[cardinality(near_starts)]:]
                ELSE far_ids[far_starts[cardinality(far_starts)]:]
            END;
            front := ARRAY(
                SELECT other_id FROM strongest_ties, unnest(others) AS other_id WHERE member_id = ANY(front)
                EXCEPT SELECT member_id FROM profiling_objection
            );
            IF cardinality(front) = 0 THEN RETURN '{}'; END IF;
            SELECT min(id) INTO meeting FROM (
                SELECT unnest(front) AS id INTERSECT SELECT unnest(CASE WHEN near_turn THEN far_ids ELSE near_ids END)
            ) AS both_ends;
            IF near_turn THEN
                near_starts := near_starts || cardinality(near_ids) + 1;
                near_ids := near_ids || front;
            ELSE
                far_starts := far_starts || cardinality(far_ids) + 1;
                far_ids := far_ids || front;
            END IF;
            EXIT WHEN meeting IS NOT NULL;
            IF cardinality(near_ids) + cardinality(far_ids) > most_members THEN RETURN '{}'; END IF;
        END LOOP;
        IF meeting IS NULL THEN RETURN '{}'; END IF;
        path := ARRAY[meeting];
        FOR place IN REVERSE width_bucket(array_position(near_ids, meeting), near_starts) - 1 .. 1 LOOP
            step := path[1];
            SELECT member_id INTO step FROM strongest_ties
            WHERE member_id = ANY(near_ids[near_starts[place] : near_starts[place + 1] - 1]) AND step = ANY(others)
            ORDER BY given[array_position(others, step)] + received[array_position(others, step)] DESC, member_id LIMIT 1;
            path := step || path;
        END LOOP;
        FOR place IN REVERSE width_bucket(array_position(far_ids, meeting), far_starts) - 1 .. 1 LOOP
            step := path[cardinality(path)];
            SELECT member_id INTO step FROM strongest_ties
            WHERE member_id = ANY(far_ids[far_starts[place] : far_starts[place + 1] - 1]) AND step = ANY(others)
            ORDER BY given[array_position(others, step)] + received[array_position(others, step)] DESC, member_id LIMIT 1;
            path := path || step;
        END LOOP;
        RETURN path;
    END $$
"""
DIMENSIONS = (("trust_and_support", 1), ("strong_ties", 1), ("participation", 1), ("brand_support", 1))


def upgrade() -> None:
    op.create_table(
        "interaction_kind",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "weight", sa.Double(), nullable=False, comment="What the first of its kind adds to a tie; 0: nothing."
        ),
        sa.Column("half_life_days", sa.Double(), nullable=False, comment="After how many days one counts half."),
        sa.Column("reasons", postgresql.JSONB(), nullable=False, comment="Why it weighs so, by locale."),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("half_life_days BETWEEN 1 AND 36500", name=op.f("interaction_kind_half_life_check")),
        sa.CheckConstraint("weight BETWEEN 0 AND 100", name=op.f("interaction_kind_weight_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("interaction_kind_pkey")),
        sa.UniqueConstraint("name", name=op.f("interaction_kind_name_key")),
        comment="What members do towards each other, and how much it counts: the brand's to choose.",
    )
    op.create_table(
        "job",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="What is to be done; each feature names its own."),
        sa.Column("state", sa.Text(), server_default=sa.text("'QUEUED'"), nullable=False),
        sa.Column("asked_by", sa.BigInteger(), comment="The member who asked; null: the server itself."),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("progress", sa.Double(), server_default=sa.text("0"), nullable=False, comment="0 to 1."),
        sa.Column("step", sa.Text(), comment="What is being done."),
        sa.Column("parameters", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("result", postgresql.JSONB()),
        sa.Column("failure", sa.Text()),
        sa.CheckConstraint("state IN ('QUEUED', 'RUNNING', 'DONE', 'FAILED')", name=op.f("job_state_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("job_pkey")),
        comment="Long work, asked for and done by a process of its own.",
    )
    op.create_index(op.f("job_asked_by_id_index"), "job", ["asked_by", "id"], unique=False)
    op.create_index(op.f("job_kind_id_index"), "job", ["kind", "id"], unique=False)
    op.create_index(
        "job_waiting_index", "job", ["id"], unique=False, postgresql_where=sa.text("state IN ('QUEUED', 'RUNNING')")
    )
    op.create_table(
        "score_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'RUNNING'"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("as_of", sa.DateTime(timezone=True), comment="What had happened until then was counted."),
        sa.Column(
            "model", sa.Integer(), nullable=False, comment="The version of the definitions that the scores follow."
        ),
        sa.Column(
            "parameters",
            postgresql.JSONB(),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Weights, half-lives and the rest.",
        ),
        sa.Column("members", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("ties", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("interactions", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "seconds",
            postgresql.JSONB(),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="How long each step took.",
        ),
        sa.Column("failure", sa.Text()),
        sa.Column(
            "watermark",
            sa.BigInteger(),
            comment="Below which transaction everything in the event log was counted.",
        ),
        sa.Column(
            "whole",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether everything was read; otherwise the graph of the run before was brought up to date.",
        ),
        sa.CheckConstraint("state IN ('RUNNING', 'DONE', 'FAILED')", name=op.f("score_run_state_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("score_run_pkey")),
        comment="One scoring of the whole community.",
    )
    op.create_index(
        op.f("score_run_finished_at_index"),
        "score_run",
        ["finished_at"],
        unique=False,
        postgresql_where=sa.text("state = 'DONE'"),
    )
    op.create_index(
        "score_run_one_running_index",
        "score_run",
        ["state"],
        unique=True,
        postgresql_where=sa.text("state = 'RUNNING'"),
    )
    op.create_table(
        "score_weight",
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("weight BETWEEN 0 AND 100", name=op.f("score_weight_weight_check")),
        sa.PrimaryKeyConstraint("dimension", name=op.f("score_weight_pkey")),
        comment="How much each dimension weighs in the composite: the brand's to choose.",
    )
    op.create_table(
        "graph_snapshot",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["score_run.id"], name=op.f("graph_snapshot_run_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "part", name=op.f("graph_snapshot_pkey")),
        comment="The graph that a run scored, packed; in parts, as one value holds less than a gigabyte.",
    )
    op.create_table(
        "profiling_objection",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("objected_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("profiling_objection_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("profiling_objection_pkey")),
        comment="Who is not to be scored: in no ranking, and with no social capital.",
    )
    op.create_table(
        "seeding_pick",
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, comment="In the order in which they were chosen."),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "gain", sa.Double(), nullable=False, comment="How many more are reached with this member than without."
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("seeding_pick_job_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("seeding_pick_member_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "position", name=op.f("seeding_pick_pkey")),
        comment="Whom a seeding plan would tell.",
    )
    op.create_index(op.f("seeding_pick_member_id_index"), "seeding_pick", ["member_id"], unique=False)
    op.create_table(
        "social_capital_point",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("composite", sa.REAL(), nullable=False),
        sa.Column("trust_and_support", sa.REAL(), nullable=False),
        sa.Column("strong_ties", sa.REAL(), nullable=False),
        sa.Column("participation", sa.REAL(), nullable=False),
        sa.Column("brand_support", sa.REAL(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "as_of", name=op.f("social_capital_point_pkey")),
        comment="Percentiles of the past; thinned as they age.",
    )
    op.create_index(op.f("social_capital_point_as_of_index"), "social_capital_point", ["as_of"], unique=False)
    op.create_table(
        "strongest_ties",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("others", postgresql.ARRAY(sa.BigInteger()), nullable=False, comment="To whom, the strongest first."),
        sa.Column("given", postgresql.ARRAY(sa.REAL()), nullable=False, comment="What the member did towards each."),
        sa.Column("received", postgresql.ARRAY(sa.REAL()), nullable=False, comment="What each did towards the member."),
        sa.PrimaryKeyConstraint("member_id", name=op.f("strongest_ties_pkey")),
        comment="The few dozen strongest ties of each member, in both directions together.",
    )
    op.create_table(
        "tribe",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("since_run_id", sa.BigInteger(), comment="The run that found it first."),
        sa.Column("run_id", sa.BigInteger()),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column(
            "cohesion", sa.REAL(), nullable=False, comment="The share of its members' tie weight that stays within."
        ),
        sa.ForeignKeyConstraint(["run_id"], ["score_run.id"], name=op.f("tribe_run_id_fkey"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("tribe_pkey")),
        comment="Members who are tied to each other more than to others.",
    )
    op.create_index(op.f("tribe_size_id_index"), "tribe", ["size", "id"], unique=False)
    op.create_table(
        "graph_scope",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("space_id", sa.BigInteger(), comment="None: in all open spaces."),
        sa.Column("tag_id", sa.BigInteger(), comment="None: about anything."),
        sa.Column("since", sa.Text(), server_default=sa.text("'ALL'"), nullable=False, comment="Which window of time."),
        sa.Column("run_id", sa.BigInteger(), comment="Which run ranked it last."),
        sa.Column("members", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("since IN ('ALL', 'YEAR', 'QUARTER', 'MONTH')", name=op.f("graph_scope_since_check")),
        sa.CheckConstraint("space_id IS NULL OR tag_id IS NULL", name=op.f("graph_scope_one_place_check")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["score_run.id"], name=op.f("graph_scope_run_id_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("graph_scope_space_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("graph_scope_tag_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("graph_scope_pkey")),
        sa.UniqueConstraint(
            "space_id",
            "tag_id",
            "since",
            name=op.f("graph_scope_space_id_tag_id_since_key"),
            postgresql_nulls_not_distinct=True,
        ),
        comment="Within what members are ranked: everywhere, in a space or about a tag; ever, or of late.",
    )
    op.create_table(
        "social_capital",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger()),
        sa.Column("composite", sa.Double(), nullable=False),
        sa.Column("composite_percentile", sa.REAL(), nullable=False),
        sa.Column("composite_change", sa.REAL(), comment="Null for who was not scored then."),
        sa.Column("trust_and_support", sa.Double(), nullable=False),
        sa.Column("trust_and_support_percentile", sa.REAL(), nullable=False),
        sa.Column("trust_and_support_change", sa.REAL(), comment="Null for who was not scored then."),
        sa.Column("strong_ties", sa.Double(), nullable=False),
        sa.Column("strong_ties_percentile", sa.REAL(), nullable=False),
        sa.Column("strong_ties_change", sa.REAL(), comment="Null for who was not scored then."),
        sa.Column("participation", sa.Double(), nullable=False),
        sa.Column("participation_percentile", sa.REAL(), nullable=False),
        sa.Column("participation_change", sa.REAL(), comment="Null for who was not scored then."),
        sa.Column("brand_support", sa.Double(), nullable=False),
        sa.Column("brand_support_percentile", sa.REAL(), nullable=False),
        sa.Column("brand_support_change", sa.REAL(), comment="Null for who was not scored then."),
        sa.Column("trust", sa.Double(), nullable=False),
        sa.Column("trust_percentile", sa.REAL(), nullable=False),
        sa.Column("trust_change", sa.REAL(), comment="Null for who was not scored then."),
        sa.Column("support", sa.Double(), nullable=False),
        sa.Column("support_percentile", sa.REAL(), nullable=False),
        sa.Column("support_change", sa.REAL(), comment="Null for who was not scored then."),
        sa.Column("bonding", sa.Double(), nullable=False),
        sa.Column("bonding_percentile", sa.REAL(), nullable=False),
        sa.Column("bonding_change", sa.REAL(), comment="Null for who was not scored then."),
        sa.Column("bridging", sa.Double(), nullable=False),
        sa.Column("bridging_percentile", sa.REAL(), nullable=False),
        sa.Column("bridging_change", sa.REAL(), comment="Null for who was not scored then."),
        sa.Column("level", sa.SmallInteger(), nullable=False, comment="1 to 4, by the composite's percentile."),
        sa.Column(
            "core", sa.Integer(), nullable=False, comment="The most k such that they are in a group tied k times each."
        ),
        sa.Column("tribe_id", sa.BigInteger()),
        sa.PrimaryKeyConstraint("member_id", name=op.f("social_capital_pkey")),
        comment="What a member's ties and deeds are worth, in four dimensions, as the last run found it.",
    )
    op.create_index(
        op.f("social_capital_tribe_id_composite_member_id_index"),
        "social_capital",
        ["tribe_id", "composite", "member_id"],
        unique=False,
    )
    op.create_index(
        op.f("social_capital_trust_percentile_member_id_index"),
        "social_capital",
        ["trust_percentile", "member_id"],
        unique=False,
    )
    op.create_table(
        "tribe_bridge",
        sa.Column("tribe_id", sa.BigInteger(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.REAL(), nullable=False),
        sa.Column("ties", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["other_id"], ["tribe.id"], name=op.f("tribe_bridge_other_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tribe_id"], ["tribe.id"], name=op.f("tribe_bridge_tribe_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tribe_id", "other_id", name=op.f("tribe_bridge_pkey")),
        comment="How strongly two tribes are tied; a row each way.",
    )
    op.create_index(op.f("tribe_bridge_other_id_index"), "tribe_bridge", ["other_id"], unique=False)
    op.create_index(
        op.f("tribe_bridge_tribe_id_weight_other_id_index"),
        "tribe_bridge",
        ["tribe_id", "weight", "other_id"],
        unique=False,
    )
    op.create_table(
        "tribe_tag",
        sa.Column("tribe_id", sa.BigInteger(), nullable=False),
        sa.Column("tag_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column(
            "lift",
            sa.REAL(),
            nullable=False,
            comment="How many times as often as elsewhere its members write about it.",
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("tribe_tag_tag_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tribe_id"], ["tribe.id"], name=op.f("tribe_tag_tribe_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tribe_id", "tag_id", name=op.f("tribe_tag_pkey")),
        comment="What a tribe writes about more than others do.",
    )
    op.create_index(op.f("tribe_tag_tag_id_index"), "tribe_tag", ["tag_id"], unique=False)
    op.create_table(
        "influence",
        sa.Column("scope_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, comment="1 is who has the most influence."),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("score_percentile", sa.REAL(), nullable=False),
        sa.Column("score_change", sa.REAL(), comment="Null for who was not scored then."),
        sa.Column("trust", sa.Double(), nullable=False),
        sa.Column("trust_percentile", sa.REAL(), nullable=False),
        sa.Column("trust_change", sa.REAL(), comment="Null for who was not scored then."),
        sa.Column("bridging", sa.Double(), nullable=False),
        sa.Column("bridging_percentile", sa.REAL(), nullable=False),
        sa.Column("bridging_change", sa.REAL(), comment="Null for who was not scored then."),
        sa.Column("reach", sa.REAL(), nullable=False, comment="Members expected to be reached, oneself included."),
        sa.Column("reach_low", sa.REAL(), nullable=False),
        sa.Column("reach_high", sa.REAL(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column(
            "joined_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="As the member's: newcomers stand far down.",
        ),
        sa.Column("tribe_id", sa.BigInteger()),
        sa.PrimaryKeyConstraint("member_id", "scope_id", name=op.f("influence_pkey")),
        comment="A member's place in one scope, as the last run found it.",
    )
    for name, order in (("position", "position"), ("reach", "reach"), ("rising", "score_change")):
        op.create_index(
            f"influence_{name}_index",
            "influence",
            ["scope_id", order, "member_id", "level", "joined_at", "trust_percentile"],
            unique=False,
        )
    op.create_index(
        op.f("influence_scope_id_tribe_id_position_index"),
        "influence",
        ["scope_id", "tribe_id", "position"],
        unique=False,
    )
    for column in ("actor_id", "member_id"):
        op.create_index(
            f"event_mention_{column}_index",
            "event",
            [column],
            unique=False,
            postgresql_where=sa.text("kind = 'MemberMentioned'"),
        )
    op.create_index(
        "post_accepted_comment_index",
        "post",
        ["accepted_comment_id"],
        unique=False,
        postgresql_where=sa.text("accepted_comment_id IS NOT NULL"),
    )
    op.create_index("member_official_index", "member", ["id"], unique=False, postgresql_where=sa.text("official"))
    op.execute("CREATE VIEW tie AS " + TIES)
    op.execute("CREATE VIEW interaction AS " + INTERACTIONS)
    op.execute(PATH)
    op.bulk_insert(
        sa.table(
            "interaction_kind",
            *(sa.column(name) for name in ("id", "name", "weight", "half_life_days")),
            sa.column("reasons", postgresql.JSONB()),
        ),
        [
            {"id": number, "name": name, "weight": weight, "half_life_days": days, "reasons": {"en": en, "zh": zh}}
            for number, name, weight, days, en, zh in KINDS
        ],
    )
    op.bulk_insert(
        sa.table("score_weight", sa.column("dimension"), sa.column("weight")),
        [{"dimension": dimension, "weight": weight} for dimension, weight in DIMENSIONS],
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION tie_path")
    op.execute("DROP VIEW interaction")
    op.execute("DROP VIEW tie")
    op.drop_index("member_official_index", "member")
    op.drop_index("post_accepted_comment_index", "post")
    op.drop_index("event_mention_member_id_index", "event")
    op.drop_index("event_mention_actor_id_index", "event")
    for table in (
        "influence",
        "tribe_tag",
        "tribe_bridge",
        "social_capital",
        "graph_scope",
        "tribe",
        "strongest_ties",
        "social_capital_point",
        "seeding_pick",
        "profiling_objection",
        "graph_snapshot",
        "score_weight",
        "score_run",
        "job",
        "interaction_kind",
    ):
        op.drop_table(table)
