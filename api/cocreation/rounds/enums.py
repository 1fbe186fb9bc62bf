"""What rounds, their methods, phases and parts are called."""

from __future__ import annotations

from enum import Enum

import strawberry


@strawberry.enum(description="By which rule a round is counted; see docs/rounds.md for what each does.")
class VotingMethod(Enum):
    """By which rule a round is counted."""

    APPROVAL = strawberry.enum_value("APPROVAL", description="Name any; who is named most wins.")
    PLURALITY = strawberry.enum_value("PLURALITY", description="Name one; who is named most wins.")
    SCORE = strawberry.enum_value("SCORE", description="Give scores; the highest sum wins.")
    BORDA = strawberry.enum_value("BORDA", description="Order; each place is worth points.")
    INSTANT_RUNOFF = strawberry.enum_value(
        "INSTANT_RUNOFF", description="Order; who is first least often goes, until one has more than half."
    )
    SCHULZE = strawberry.enum_value("SCHULZE", description="Order; who beats all others over the strongest paths wins.")
    RANKED_PAIRS = strawberry.enum_value(
        "RANKED_PAIRS", description="Order; the clearest victories between two are kept first."
    )
    SINGLE_TRANSFERABLE_VOTE = strawberry.enum_value(
        "SINGLE_TRANSFERABLE_VOTE", description="Order; several win in proportion, and votes to spare move on."
    )
    SEQUENTIAL_PROPORTIONAL_APPROVAL = strawberry.enum_value(
        "SEQUENTIAL_PROPORTIONAL_APPROVAL",
        description="Name any; several win, each further one that a voter likes counting less.",
    )
    EQUAL_SHARES = strawberry.enum_value(
        "EQUAL_SHARES", description="Name any; several win, paid for by equal shares of those who named them."
    )
    PHRAGMEN = strawberry.enum_value(
        "PHRAGMEN", description="Name any; several win, their load spread evenly over those who named them."
    )
    QUADRATIC = strawberry.enum_value("QUADRATIC", description="Give votes, which cost their square in credits.")
    BUDGET_GREEDY = strawberry.enum_value(
        "BUDGET_GREEDY", description="Name any; what is named most is paid for first, while the budget lasts."
    )
    BUDGET_EQUAL_SHARES = strawberry.enum_value(
        "BUDGET_EQUAL_SHARES", description="Name any; each has an equal share of the budget for what they named."
    )
    BUDGET_SCORES = strawberry.enum_value(
        "BUDGET_SCORES", description="Give scores; what has the highest sum is paid for first, while the budget lasts."
    )
    PAIRWISE = strawberry.enum_value(
        "PAIRWISE", description="Say of two options at a time which is better; the strongest wins (Bradley and Terry)."
    )
    OPINIONS = strawberry.enum_value(
        "OPINIONS",
        description="Agree with statements, disagree, or pass; groups that see things alike are found, and what unites "
        "them wins.",
    )


@strawberry.enum(description="What a ballot says of options.")
class BallotKind(Enum):
    """What a ballot says of options."""

    APPROVING = strawberry.enum_value("APPROVING", description="It names as many as it likes, without a value.")
    CHOOSING = strawberry.enum_value("CHOOSING", description="It names one, without a value.")
    RANKING = strawberry.enum_value(
        "RANKING", description="It gives ranks from 1, the best; options may be level, and some left out."
    )
    SCORING = strawberry.enum_value("SCORING", description="It gives scores, from the lowest to the highest.")
    VOTING = strawberry.enum_value(
        "VOTING", description="It gives votes, for or (negative) against, which cost their square in credits."
    )
    COMPARING = strawberry.enum_value("COMPARING", description="It judges pairs of options: which is better.")
    OPINING = strawberry.enum_value(
        "OPINING", description="It agrees with statements (1), disagrees (-1) or passes (0), and leaves others out."
    )


@strawberry.enum(description="How far a round has come.")
class RoundState(Enum):
    """How far a round has come."""

    DRAFT = strawberry.enum_value("DRAFT", description="It is being prepared; few see it.")
    OPEN = strawberry.enum_value("OPEN", description="It goes on, phase by phase, until it closes.")
    CLOSED = strawberry.enum_value(
        "CLOSED", description="No ballot is taken any more; the result is there once counted."
    )


@strawberry.enum(description="What is done in a round now, by the database's clock.")
class RoundPhase(Enum):
    """What is done in a round now."""

    PROPOSE = strawberry.enum_value("PROPOSE", description="Members propose options, and discuss them.")
    DISCUSS = strawberry.enum_value("DISCUSS", description="Options stand, and are discussed.")
    VOTE = strawberry.enum_value("VOTE", description="Ballots are taken.")
    RESULT = strawberry.enum_value(
        "RESULT", description="Ballots are counted, or held for review, or have been counted."
    )


@strawberry.enum(description="By what voters are parted, to see how each part voted.")
class Segmentation(Enum):
    """By what voters are parted."""

    TRIBE = strawberry.enum_value("TRIBE", description="By the tribe that the last scoring found them in.")
    LEVEL = strawberry.enum_value("LEVEL", description="By level, 1 to 4.")
    TENURE = strawberry.enum_value(
        "TENURE", description="By how long they had been members: MONTH (at most one), YEAR (at most one) or LONGER."
    )
    CUSTOMER = strawberry.enum_value("CUSTOMER", description="By whether the brand knows them as customers: YES or NO.")
    TRUST = strawberry.enum_value(
        "TRUST", description="All voters, each weighing as much as they are trusted; only who would win is told."
    )


@strawberry.enum(description="What suggests that votes are not a community's own. No sign depends on what ballots say.")
class IntegritySign(Enum):
    """What suggests that votes are not a community's own."""

    FRESH_ACCOUNTS = strawberry.enum_value(
        "FRESH_ACCOUNTS", description="Many voters joined just before the round, or while it went on."
    )
    ONE_SOURCE = strawberry.enum_value("ONE_SOURCE", description="Many ballots came from one network.")
    RING = strawberry.enum_value(
        "RING", description="Many voters are of one tribe and little trusted: tied to each other, and to few besides."
    )
    BURST = strawberry.enum_value("BURST", description="Many ballots came within ten minutes, after the first hour.")
