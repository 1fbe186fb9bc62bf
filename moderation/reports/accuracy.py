"""What a reporter's word counts: by their level, and by how often moderators agreed with them before.

    word = max(weight + bonus, 0.1)     weight: what the policy of their level says (1 to 5, unless changed), of staff 6

As in Discourse [1], the bonus is 0 up to five decisions. From then on who was right in more than 70% gains and who was right
in less loses, in proportion to how far from 70% they are and to the logarithm of how many decisions that rests on:

    bonus = 5 * log4(upheld + declined) * distance
    distance = (share - 0.7) / 0.3 from 0.7 on, (share - 0.7) / 0.7 below

There the word of who is mostly wrong comes to count nothing; here it keeps a tenth, as they may be right the next time.

Sources:
    1. Discourse: app/models/reviewable_score.rb, `calculate_score` and `calc_user_accuracy_bonus`.
"""

from math import log

FEW = 5
"""So many decisions say nothing yet."""
EXPECTED = 0.7
OF_STAFF = 6.0
LEAST = 0.1


def accuracy_bonus(upheld: int, declined: int) -> float:
    """Return the bonus: 0 up to five decisions, then above 0 for more than 70% agreement and below it for less."""
    decided = upheld + declined
    if decided <= FEW:
        return 0.0
    share = upheld / decided
    distance = (share - EXPECTED) / (1 - EXPECTED if share >= EXPECTED else EXPECTED)
    return 5 * log(decided, 4) * distance


def word_of(weight: float, upheld: int, declined: int) -> float:
    """Return what the word of a reporter counts whose level weighs so much: 0.1 at least."""
    return max(weight + accuracy_bonus(upheld, declined), LEAST)
