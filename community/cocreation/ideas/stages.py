"""The stages that an idea goes through, and which step leads where. Tables to read."""

SUBMITTED, UNDER_REVIEW, PLANNED = "SUBMITTED", "UNDER_REVIEW", "PLANNED"
IN_THE_MAKING, SHIPPED, DECLINED, MERGED = "IN_THE_MAKING", "SHIPPED", "DECLINED", "MERGED"
STAGES = (SUBMITTED, UNDER_REVIEW, PLANNED, IN_THE_MAKING, SHIPPED, DECLINED, MERGED)

NEXT: dict[str, tuple[str, ...]] = {
    SUBMITTED: (UNDER_REVIEW, PLANNED, DECLINED),
    UNDER_REVIEW: (SUBMITTED, PLANNED, DECLINED),
    PLANNED: (UNDER_REVIEW, IN_THE_MAKING, SHIPPED, DECLINED),
    IN_THE_MAKING: (PLANNED, SHIPPED, DECLINED),
    SHIPPED: (),
    DECLINED: (UNDER_REVIEW,),
    MERGED: (),
}
"""Where staff can lead an idea from each stage. Merging and its undoing alone lead into MERGED and out of it."""

OPEN = (SUBMITTED, UNDER_REVIEW, PLANNED, IN_THE_MAKING)
"""In these an idea takes votes, amendments and co-authors."""

MERGEABLE = (SUBMITTED, UNDER_REVIEW, PLANNED)
"""From these an idea can be merged into another; what is being made already is not given up for another."""
