"""Images that members upload, where they are shown, and cases about them."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_SUBJECTS_BEFORE = "subject_kind IN ('post', 'comment', 'member', 'referral', 'round', 'appeal')"
_SUBJECTS = "subject_kind IN ('post', 'comment', 'member', 'image', 'referral', 'round', 'appeal')"

# Whose moderators decide about a picture: those of the one space in which alone it stands, or once stood, whoever uploaded it.
_SPACE = """
    CREATE FUNCTION image_space(picture bytea) RETURNS bigint LANGUAGE sql STABLE AS $$
        SELECT CASE WHEN count(DISTINCT post.space_id) = 1 AND NOT EXISTS (
            SELECT FROM image JOIN member ON member.id = image.owner_id
            WHERE image.sha256 = picture AND (
                starts_with(member.avatar_url, '/media/' || image.public_id)
                OR strpos(member.bio_html, '/media/' || image.public_id) > 0
            )
        ) THEN min(post.space_id) END
        FROM image
            JOIN image_use ON image_use.image_id = image.id
            LEFT JOIN comment ON comment.id = image_use.comment_id
            JOIN post ON post.id = coalesce(image_use.post_id, comment.post_id)
        WHERE image.sha256 = picture
    $$
"""


def upgrade() -> None:
    op.create_table(
        "image_file",
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("octet_length(sha256) = 32 AND octet_length(data) > 0", name=op.f("image_file_bytes_check")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("image_file_pkey")),
        comment="The bytes of images, as they are served. Whoever uploads the same picture, it is here once.",
    )
    # They are compressed already: to try it again only costs time.
    op.execute("ALTER TABLE image_file ALTER COLUMN data SET STORAGE EXTERNAL")
    op.create_table(
        "image",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False, comment="128 random bits: its address cannot be guessed."),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False, comment="Found in the bytes, never as it was declared."),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("byte_size", sa.Integer(), nullable=False),
        sa.Column(
            "perceptual_hash",
            sa.BigInteger(),
            nullable=False,
            comment="64 bits, alike for pictures that look alike.",
        ),
        sa.Column(
            "visibility",
            sa.SmallInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="0 shown, 1 hidden, 2 removed; the same for all images of the same bytes.",
        ),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True, comment="Since when visibility is not 0."),
        sa.Column("hidden_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "shown_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When something first showed it; null: never so far.",
        ),
        sa.CheckConstraint("public_id ~ '^[0-9a-f]{32}$'", name=op.f("image_public_id_check")),
        sa.CheckConstraint(
            "media_type IN ('image/png', 'image/jpeg', 'image/webp', 'image/gif')", name=op.f("image_media_type_check")
        ),
        sa.CheckConstraint("width > 0 AND height > 0 AND byte_size > 0", name=op.f("image_size_check")),
        sa.CheckConstraint(
            "visibility BETWEEN 0 AND 2 AND (visibility = 0) = (hidden_at IS NULL)",
            name=op.f("image_visibility_check"),
        ),
        sa.ForeignKeyConstraint(["hidden_by"], ["member.id"], name=op.f("image_hidden_by_fkey"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["owner_id"], ["member.id"], name=op.f("image_owner_id_fkey")),
        sa.ForeignKeyConstraint(["sha256"], ["image_file.sha256"], name=op.f("image_sha256_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("image_pkey")),
        sa.UniqueConstraint("owner_id", "sha256", name=op.f("image_owner_id_sha256_key")),
        sa.UniqueConstraint("public_id", name=op.f("image_public_id_key")),
        comment="An image that a member uploaded.",
    )
    op.create_index(op.f("image_sha256_index"), "image", ["sha256"], unique=False)
    op.create_index(op.f("image_hidden_by_index"), "image", ["hidden_by"], unique=False)
    op.create_index(
        "image_unshown_index", "image", ["created_at"], unique=False, postgresql_where=sa.text("shown_at IS NULL")
    )
    op.create_table(
        "image_use",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("image_id", sa.BigInteger(), nullable=False),
        sa.Column("post_id", sa.BigInteger(), nullable=True),
        sa.Column("comment_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "position",
            sa.SmallInteger(),
            nullable=False,
            comment="Which of the images that are shown there, from 0.",
        ),
        sa.Column("alt", sa.Text(), nullable=False, comment="What is said there for who does not see it."),
        sa.Column(
            "current",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether it is still shown there.",
        ),
        sa.CheckConstraint("(post_id IS NULL) <> (comment_id IS NULL)", name=op.f("image_use_subject_check")),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f("image_use_comment_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("image_use_image_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("image_use_post_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("image_use_pkey")),
        sa.UniqueConstraint("image_id", "comment_id", name=op.f("image_use_image_id_comment_id_key")),
        sa.UniqueConstraint("image_id", "post_id", name=op.f("image_use_image_id_post_id_key")),
        comment="Which posts and comments show which images of who wrote them, or once did.",
    )
    for column in ("post_id", "comment_id"):
        op.create_index(
            op.f(f"image_use_{column}_index"),
            "image_use",
            [column],
            unique=False,
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )
    op.execute(_SPACE)
    _of_cases(_SUBJECTS)
    _of_notices("subject_kind IN ('post', 'comment', 'member', 'image')")


def downgrade() -> None:
    op.execute("DELETE FROM moderation_case WHERE subject_kind = 'image'")
    _of_cases(_SUBJECTS_BEFORE)
    op.execute("DELETE FROM guest_notice WHERE subject_kind = 'image'")
    _of_notices("subject_kind IN ('post', 'comment', 'member')")
    op.execute("DROP FUNCTION image_space")
    op.drop_table("image_use")
    op.drop_table("image")
    op.drop_table("image_file")


def _of_cases(condition: str) -> None:
    """Say what cases can be about; what is there already is looked through, as there are few."""
    name = op.f("moderation_case_subject_kind_check")
    op.drop_constraint(name, "moderation_case", type_="check")
    op.create_check_constraint(name, "moderation_case", condition)


def _of_notices(condition: str) -> None:
    """Say what guests can report."""
    name = op.f("guest_notice_subject_kind_check")
    op.drop_constraint(name, "guest_notice", type_="check")
    op.create_check_constraint(name, "guest_notice", condition)
