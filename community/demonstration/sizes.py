"""How large a demonstration is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything is made; of reactions and follows, at most so many."""

    members: int
    posts: int
    comments: int
    reactions: int
    follows: int


SIZES = {
    "small": Size(members=300, posts=1_500, comments=6_000, reactions=15_000, follows=4_500),
    "medium": Size(members=20_000, posts=100_000, comments=500_000, reactions=1_000_000, follows=400_000),
    "large": Size(members=1_000_000, posts=1_000_000, comments=5_000_000, reactions=10_000_000, follows=10_000_000),
}
