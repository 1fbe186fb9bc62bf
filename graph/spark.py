"""Rank, components and trust as Spark DataFrames: for ties that one machine does not hold. Needs `pip install teahouse[spark]`.

    graph = SparkGraph(spark.read.parquet("ties"))      # source, target, weight: ids of members
    graph.rank(teleport=staff).orderBy("score", ascending=False).show()

The definitions are those of `graph.measures`, with ids for places, and the numbers are the same to 1e-6: a test holds them
together. On one machine this is hundreds of times slower than `graph.measures`; it is for when there is no such machine.
docs/scale_out.md says how ties come here from PostgreSQL.

Sources, besides those of the measures:
    1. R. Kiveris, S. Lattanzi, V. Mirrokni, V. Rastogi, S. Vassilvitskii: Connected Components in MapReduce and Beyond.
       SoCC 2014 (the least member of a neighbourhood, and then that of the least member).
"""

from __future__ import annotations

from datetime import datetime
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from pyspark.sql import Window
from pyspark.sql import functions as f

from graph.measures.trust import DOUBT, STEPS

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame


def weighted_ties(interactions: DataFrame, kinds: DataFrame, as_of: datetime) -> DataFrame:
    """Return who attends to whom how much, as `graph.interactions.weighted_ties` does: source, target, weight.

    Args:
        interactions: actor_id, target_id, kind, occurred_at, as the view `interaction` has them.
        kinds: id, weight, half_life_days, as the table `interaction_kind` has them.
        as_of: what happened later does not count.
    """
    age = (f.lit(as_of).cast("double") - f.col("occurred_at").cast("double")) / 86_400
    done = interactions.where((f.col("occurred_at") <= f.lit(as_of)) & (f.col("actor_id") != f.col("target_id")))
    counted = (
        done.join(f.broadcast(kinds.where("weight > 0")), done["kind"] == kinds["id"])
        .groupBy("actor_id", "target_id", "kind", "weight")
        .agg(f.sum(f.pow(f.lit(2.0), -age / f.col("half_life_days"))).alias("amount"))
    )
    return (
        counted.groupBy(f.col("actor_id").alias("source"), f.col("target_id").alias("target"))
        .agg(f.sum(f.col("weight") * f.log1p("amount")).alias("weight"))
        .where("weight > 1e-6")
    )


class SparkGraph:
    """Who attends to whom, spread over a cluster."""

    def __init__(self, ties: DataFrame, members: DataFrame | None = None, *, reliable: bool = False) -> None:
        """Keep the ties in the memory and on the disks of the cluster.

        Args:
            ties: source and target, ids of members, and weight. Weights of a pair that is there twice add up; ties to
                oneself or without weight are left out.
            members: member, ids of all: those with ties are all that are, if not given.
            reliable: keep what each iteration found in the cluster's checkpoint directory, which must be set, instead of
                with the executors: then a run outlives one that is lost.
        """
        self._reliable = reliable
        self.ties = (
            ties.where((f.col("weight") > 0) & (f.col("source") != f.col("target")))
            .groupBy("source", "target")
            .agg(f.sum(f.col("weight").cast("double")).alias("weight"))
            .persist()
        )
        if members is None:
            members = self.ties.select(f.explode(f.array("source", "target")).alias("member"))
        self.members = members.select("member").distinct().persist()
        strengths = self.ties.groupBy("source").agg(f.sum("weight").alias("strength"))
        self._shares = (
            self.ties.join(strengths, "source")
            .select("source", "target", (f.col("weight") / f.col("strength")).alias("share"))
            .persist()
        )

    def close(self) -> None:
        """Give back the memory that the ties take."""
        for kept in (self.ties, self.members, self._shares):
            kept.unpersist()

    def rank(
        self,
        *,
        teleport: DataFrame | None = None,
        damping: float = 0.85,
        tolerance: float = 1e-9,
        iterations: int = 200,
    ) -> DataFrame:
        """Return member and score, as `graph.measures.rank.pagerank` does: it says what the arguments mean.

        `teleport` has member and weight. Each iteration is a join of the ties with the scores, and a sum.

        Raises:
            ValueError: if an argument is out of its range, or the weights of `teleport` are negative or all zero.
        """
        if not 0 <= damping < 1:
            raise ValueError(f"damping is at least 0 and below 1, not {damping}")
        if not tolerance >= 0 or iterations < 1:
            raise ValueError(f"a tolerance of {tolerance} or {iterations} iterations make no sense")
        attending = self.ties.select(f.col("source").alias("member")).distinct().withColumn("attends", f.lit(1))
        state = self._kept(
            self._beginning("teleport", teleport)
            .join(attending, "member", "left")
            .select("member", "teleport", f.col("attends").isNull().alias("dangling"), f.col("teleport").alias("score"))
        )
        for _ in range(iterations):
            lost = state.agg(f.sum(f.when(f.col("dangling"), f.col("score")).otherwise(0.0))).first()[0] or 0.0
            beginning = damping * lost + 1 - damping
            following = damping * f.coalesce("passed", f.lit(0.0)) + beginning * f.col("teleport")
            state = self._kept(
                state.join(self._passed(state, "score"), "member", "left").select(
                    "member",
                    "teleport",
                    "dangling",
                    following.alias("score"),
                    f.abs(following - f.col("score")).alias("change"),
                )
            )
            if (state.agg(f.sum("change")).first()[0] or 0.0) <= tolerance:
                break
        whole = state.agg(f.sum("score")).first()[0]
        return state.select("member", (f.col("score") / f.lit(whole)).alias("score"))

    def components(self) -> DataFrame:
        """Return member and component, the weak one it is in: the least id of those who are in it.

        Members are together as in `graph.measures.components.weak_components`, which numbers components by size instead.
        Each round, a member takes the least component of those it is tied to, and then that of who gave the component
        its name [1]: in practice about as many rounds as the logarithm of the longest path.
        """
        links = (
            self.ties.select("source", "target")
            .union(self.ties.select(f.col("target").alias("source"), f.col("source").alias("target")))
            .persist()
        )
        labels = self._kept(self.members.select("member", f.col("member").alias("component")))
        while True:
            near = (
                links.join(labels, links["source"] == labels["member"])
                .groupBy("target")
                .agg(f.min("component").alias("near"))
            )
            least = self._kept(
                labels.join(near, labels["member"] == near["target"], "left").select(
                    "member", "component", f.least("component", f.coalesce("near", "component")).alias("least")
                )
            )
            heads = least.select(f.col("member").alias("least"), f.col("least").alias("head"))
            moved = self._kept(
                least.join(heads, "least").select(
                    "member", f.col("head").alias("component"), (f.col("head") != f.col("component")).alias("changed")
                )
            )
            labels = moved.select("member", "component")
            if not moved.where("changed").head(1):
                links.unpersist()
                return labels

    def walked(self, seeds: DataFrame, *, steps: int = STEPS, distrusted: DataFrame | None = None) -> DataFrame:
        """Return member and score: how much trust a walk from the seeds brings each member.

        A walk starts at a seed and follows ties, each with its share; what is returned is the average over its first
        moments of the probability to stand at the member, as in `graph.measures.trust`.

        Args:
            seeds: member and weight, who is trusted beforehand.
            steps: how many endorsements deep trust goes.
            distrusted: member, who lifts nobody and has no trust.

        Raises:
            ValueError: if `steps` is negative, or the seeds are negative or all zero.
        """
        if steps < 0:
            raise ValueError(f"a walk cannot take {steps} steps")
        standing = self._beginning("score", seeds).where("score > 0")
        if distrusted is not None:
            standing = standing.join(distrusted.select("member"), "member", "left_anti")
        whole = standing = self._kept(standing)
        for _ in range(steps):
            passed = self._passed(standing, "score").withColumnRenamed("passed", "score")
            if distrusted is not None:
                passed = passed.join(distrusted.select("member"), "member", "left_anti")
            standing = self._kept(passed)
            whole = whole.union(standing)
        average = whole.groupBy("member").agg((f.sum("score") / (steps + 1)).alias("score"))
        return self._kept(self._everybody(average))

    def trust(
        self,
        seeds: DataFrame,
        *,
        steps: int = STEPS,
        distrusted: DataFrame | None = None,
        doubt: float = DOUBT,
    ) -> DataFrame:
        """Return member and score: how well is spoken of each member by who is trusted, from 0 to 1.

        A walk gives trust; what a member was given for each endorsement they make is their voice, full from the median
        on; and a member is believed by the voices that endorse them, each strength of endorsement by itself.
        Arguments as of `walked`.

        Args:
            seeds: member and weight, who is trusted beforehand.
            steps: how many endorsements deep trust goes.
            distrusted: member, who lifts nobody and has no trust.
            doubt: how many full voices half of a member's standing takes.
        """
        usual = self.walked(seeds, steps=steps)
        given = usual if distrusted is None else self.walked(seeds, steps=steps, distrusted=distrusted)
        endorsing = self.ties.groupBy("source").agg(f.count("*").alias("ties"), f.max("weight").alias("strongest"))
        reached = self._kept(endorsing.join(usual.where("score > 0"), endorsing["source"] == usual["member"]))
        median = reached.agg(f.percentile(f.col("score") / f.col("ties"), f.lit(0.5))).first()[0]
        if median is None:
            return self.members.select("member", f.lit(0.0).alias("score"))
        each = f.col("score") / f.col("ties") / f.lit(float(median))
        voices = endorsing.join(given, endorsing["source"] == given["member"]).select(
            "source", f.pow(f.least(f.lit(1.0), each), f.lit(2.0)).alias("voice")
        )
        strength = f.least(f.lit(1.0), f.col("weight") / f.lit(self._middle(reached)))
        by_strength = Window.partitionBy("target").orderBy(f.desc("strength"))
        spoken = (
            self.ties.join(voices, "source")
            .select("target", "voice", strength.alias("strength"))
            .select(
                "target",
                f.sum("voice").over(by_strength.rowsBetween(Window.unboundedPreceding, 0)).alias("voices"),
                (f.col("strength") - f.lead("strength", 1, 0.0).over(by_strength)).alias("span"),
            )
            .groupBy(f.col("target").alias("member"))
            .agg(f.sum(f.col("span") * f.col("voices") / (f.col("voices") + f.lit(doubt))).alias("score"))
        )
        if distrusted is not None:
            spoken = spoken.join(distrusted.select("member"), "member", "left_anti")
        return self._kept(self._everybody(spoken))

    def _beginning(self, name: str, given: DataFrame | None) -> DataFrame:
        """Return member and what is given of each, such that it sums to 1; the same for everybody if nothing is."""
        if given is None:
            return self.members.select("member", f.lit(1 / max(self.members.count(), 1)).alias(name))
        least, whole = given.agg(f.min("weight"), f.sum("weight")).first()
        if whole is None or not (least >= 0 and 0 < whole < float("inf")):
            raise ValueError(f"{name} is negative, infinite or not a number somewhere, or zero everywhere")
        weights = given.groupBy("member").agg((f.sum("weight") / f.lit(float(whole))).alias(name))
        return self.members.join(weights, "member", "left").select("member", f.coalesce(name, f.lit(0.0)).alias(name))

    def _passed(self, standing: DataFrame, name: str) -> DataFrame:
        """Return member and what is passed to them along all ties, each taking its share."""
        return (
            self._shares.join(standing, self._shares["source"] == standing["member"])
            .groupBy(f.col("target").alias("member"))
            .agg(f.sum(f.col("share") * f.col(name)).alias("passed"))
        )

    def _middle(self, reached: DataFrame) -> float:
        """Return the strength up to which half of all trust is with members whose strongest endorsement is no stronger.

        Sorted in ranges by all machines; only the rows of the one range that has the middle come here.
        """
        ordered = self._kept(
            reached.groupBy("strongest").agg(f.sum("score").alias("given")).orderBy("strongest")
        ).withColumn("range", f.spark_partition_id())
        ranges = ordered.groupBy("range").agg(f.sum("given").alias("given")).orderBy("range").collect()
        until = list(accumulate(row["given"] for row in ranges))
        half = until[-1] / 2
        which = next(place for place, so_far in enumerate(until) if so_far >= half)
        so_far = until[which - 1] if which else 0.0
        strongest = 0.0
        for row in ordered.where(f.col("range") == ranges[which]["range"]).orderBy("strongest").toLocalIterator():
            so_far, strongest = so_far + row["given"], row["strongest"]
            if so_far >= half:
                break
        return float(strongest)

    def _everybody(self, scores: DataFrame) -> DataFrame:
        score: Column = f.coalesce("score", f.lit(0.0)).alias("score")
        return self.members.join(scores, "member", "left").select("member", score)

    def _kept(self, frame: DataFrame) -> Any:
        """Work it out now, and forget how: else each iteration would plan all before it once more."""
        return frame.checkpoint() if self._reliable else frame.localCheckpoint()
