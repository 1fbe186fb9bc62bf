"""Where reading of discussions begins: lists that hang on nothing else."""

from __future__ import annotations

from api.discussions.arguments import PostFilter, SpaceFilter, SpaceSort, TagSort
from api.discussions.search import SearchQueries
from api.discussions.sources import all_posts, listed_spaces, listed_tags
from api.discussions.space_types import Space, Tag
from api.discussions.types import Post
from api.reading.connections import Connection
from api.reading.fields import Argument, connection, object_type


@object_type
class DiscussionQueries(SearchQueries):
    """Where reading of discussions begins."""

    posts: Connection[Post] = connection(
        all_posts,
        "The posts of all spaces that the viewer may read, the newest first.",
        arguments={"filter": Argument(PostFilter | None, "Which posts.", None)},
    )
    spaces: Connection[Space] = connection(
        listed_spaces,
        "The spaces that the viewer may read.",
        arguments={
            "filter": Argument(SpaceFilter | None, "Which spaces.", None),
            "sort": Argument(SpaceSort, "In which order.", SpaceSort.MEMBERS),
        },
    )
    tags: Connection[Tag] = connection(
        listed_tags,
        "The community's tags.",
        arguments={
            "prefix": Argument(str | None, "Only those that begin so, for suggestions while one types.", None),
            "sort": Argument(TagSort, "In which order.", TagSort.POPULAR),
        },
    )
