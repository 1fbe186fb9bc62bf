"""The tables of surveys: what is asked, who took part, and what was answered.

Who took part stands in one table and what was answered in another; in an anonymous survey nothing leads from one to the
other. A response is a row of numbers, one for each question in their order, so that a hundred thousand of them are read
at once: a measure as it is, a single choice as its place, of several choices and of a text how many.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from community.cocreation.surveys.questions import KINDS
from community.foundation.tables import NOW, metadata, one_of

SURVEY_STATES = ("DRAFT", "OPEN", "CLOSED")
"""A draft is opened once, and closed by its time or before; closed it stays."""


surveys = Table(
    "survey",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("space_id", BigInteger, ForeignKey("space.id", ondelete="CASCADE"), nullable=False),
    Column("created_by", BigInteger, ForeignKey("member.id", ondelete="SET NULL")),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False, server_default=text("''")),
    Column("body_html", Text, nullable=False, server_default=text("''")),
    Column("anonymous", Boolean, nullable=False, comment="Whether nothing links members and their answers."),
    Column("space_members_only", Boolean, nullable=False, server_default=text("false")),
    Column("results_public", Boolean, nullable=False, server_default=text("false"), comment="Once it is closed."),
    Column("smallest_result", Integer, nullable=False, comment="Of fewer responses nothing is told."),
    Column("state", Text, nullable=False, server_default=text("'DRAFT'")),
    Column("closes_at", DateTime(timezone=True), nullable=False, comment="Responses are taken before this moment."),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("opened_at", DateTime(timezone=True)),
    Column("closed_at", DateTime(timezone=True)),
    Column("counts", JSONB, comment="What was answered, counted when it closed."),
    CheckConstraint(one_of("state", SURVEY_STATES), name="state"),
    CheckConstraint("smallest_result >= 5", name="smallest_result"),
    CheckConstraint("(state = 'DRAFT') = (opened_at IS NULL)", name="opened"),
    CheckConstraint("(state = 'CLOSED') = (closed_at IS NOT NULL)", name="closed"),
    CheckConstraint("counts IS NULL OR state = 'CLOSED'", name="counts"),
    Index(None, "space_id", "created_at", "id"),
    Index(None, "created_at", "id"),
    Index(None, "created_by"),
    Index("survey_due_index", "closes_at", postgresql_where=text("state = 'OPEN'")),
    comment="Questions to the community.",
)

survey_questions = Table(
    "survey_question",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("survey_id", BigInteger, ForeignKey("survey.id", ondelete="CASCADE"), nullable=False),
    Column("position", SmallInteger, nullable=False, comment="From 0: its number in responses."),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("required", Boolean, nullable=False),
    Column("least", SmallInteger, comment="Of how many choices at least an answer is."),
    Column("most", SmallInteger),
    Column("lowest", Double, comment="The least number that is an answer."),
    Column("highest", Double),
    Column("lowest_label", Text, comment="What the lowest step of a scale is called."),
    Column("highest_label", Text),
    Column("whole", Boolean, nullable=False, server_default=text("true"), comment="Whether numbers are whole."),
    Column("longest", SmallInteger, comment="Characters of a text."),
    Column("asked_if", JSONB, comment="A condition on earlier answers; null: always asked."),
    UniqueConstraint("survey_id", "position"),
    CheckConstraint(one_of("kind", KINDS), name="kind"),
    CheckConstraint("position >= 0", name="position"),
    CheckConstraint("lowest < highest", name="bounds"),
    CheckConstraint("least >= 1 AND least <= most", name="amounts"),
    comment="A question of a survey.",
)

survey_choices = Table(
    "survey_choice",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("question_id", BigInteger, ForeignKey("survey_question.id", ondelete="CASCADE"), nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("title", Text, nullable=False),
    Column("takes_text", Boolean, nullable=False, server_default=text("false")),
    Column(
        "tag_id", BigInteger, ForeignKey("tag.id", ondelete="SET NULL"), comment="With which it marks who names it."
    ),
    UniqueConstraint("question_id", "position"),
    CheckConstraint("position >= 0", name="position"),
    Index(None, "tag_id"),
    comment="What may be chosen as the answer to a question.",
)

survey_participations = Table(
    "survey_participation",
    metadata,
    Column("survey_id", BigInteger, ForeignKey("survey.id", ondelete="CASCADE"), nullable=False),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    PrimaryKeyConstraint("survey_id", "member_id"),
    Index(None, "member_id"),
    comment="Who took part in a survey; not when, and not with which response.",
)

survey_responses = Table(
    "survey_response",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("gen_random_uuid()"), comment="Random: in no order."),
    Column("survey_id", BigInteger, ForeignKey("survey.id", ondelete="CASCADE"), nullable=False),
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), comment="Null: anonymous."),
    Column("answered_at", DateTime(timezone=True), comment="Null: anonymous."),
    Column("numbers", ARRAY(Double), nullable=False, comment="By question; null where there is no answer."),
    Column("chosen", ARRAY(BigInteger), nullable=False, comment="All choices that were named."),
    Column("texts", ARRAY(Text), nullable=False, comment="By question; null where there is none."),
    Column(
        "mixed",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="Whether it was written anew among others, in an order that has nothing to do with who came when.",
    ),
    UniqueConstraint("survey_id", "member_id"),
    CheckConstraint("(member_id IS NULL) = (answered_at IS NULL)", name="named"),
    Index(None, "member_id"),
    Index("survey_response_unmixed_index", "survey_id", postgresql_where=text("member_id IS NULL AND NOT mixed")),
    comment="What was answered in a survey.",
)

member_tags = Table(
    "member_tag",
    metadata,
    Column("member_id", BigInteger, ForeignKey("member.id", ondelete="CASCADE"), nullable=False),
    Column("tag_id", BigInteger, ForeignKey("tag.id", ondelete="CASCADE"), nullable=False),
    Column("survey_id", BigInteger, ForeignKey("survey.id", ondelete="CASCADE"), nullable=False),
    Column("marked_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    PrimaryKeyConstraint("member_id", "tag_id", "survey_id"),
    Index(None, "tag_id", "member_id"),
    Index(None, "survey_id"),
    comment="What members said of themselves in surveys by name, as tags.",
)
