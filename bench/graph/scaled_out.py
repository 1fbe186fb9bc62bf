"""What the same scores take as Spark DataFrames on one machine, beside ours. Ends by itself.

    python -m bench.graph.scaled_out [--size 100000] [--cores 2]

Needs Java, and pyspark where this runs. Each is measured once.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import SparkSession

from bench.graph.apart import timed
from bench.graph.generated import generated
from graph.adjacency import from_pairs, transposed
from graph.measures.components import weak_components
from graph.measures.rank import pagerank
from graph.measures.trust import trust
from graph.spark import SparkGraph

ITERATIONS = 10


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.graph.scaled_out", description="Spark on one machine.")
    parser.add_argument("--size", type=int, default=100_000, help="how many members; ten times as many ties")
    parser.add_argument("--cores", type=int, default=2)
    options = parser.parse_args()
    size = options.size
    rows, columns, weights, _ = generated(size, 10 * size, seed=1)
    out = from_pairs(size, rows, columns, weights)
    into = transposed(out)
    starting = np.zeros(size)
    starting[::1000] = 1
    ours: dict[str, Callable[[], NDArray[Any]]] = {
        f"rank, {ITERATIONS} iterations": lambda: (
            pagerank(out, into, teleport=starting, tolerance=0, iterations=ITERATIONS).scores
        ),
        "components": lambda: weak_components(out),
        "trust": lambda: trust(out, starting),
    }
    spark = (
        SparkSession.builder.master(f"local[{options.cores}]")
        .config("spark.sql.shuffle.partitions", str(2 * options.cores))
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "4g")
        .getOrCreate()
    )
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "ties.csv"
        np.savetxt(path, np.column_stack([rows, columns, weights]), fmt=["%d", "%d", "%.9g"], delimiter=",")
        ties = spark.read.csv(str(path), schema="source bigint, target bigint, weight double")
        graph = SparkGraph(ties, spark.range(size).withColumnRenamed("id", "member"))
        graph.components().count()  # reads the ties, and starts what Java starts
        seeds = spark.createDataFrame(
            [(place, 1.0) for place in np.flatnonzero(starting).tolist()], "member bigint, weight double"
        )
        theirs: dict[str, Callable[[], Any]] = {
            f"rank, {ITERATIONS} iterations": lambda: graph.rank(teleport=seeds, tolerance=0, iterations=ITERATIONS),
            "components": graph.components,
            "trust": lambda: graph.trust(seeds),
        }
        print(f"{size:,} members, {10 * size:,} ties, {options.cores} cores; load average {os.getloadavg()[0]:.1f}\n")
        print("| | Teahouse, seconds | Spark, seconds | ratio |\n|---|---|---|---|")
        for what, measure in ours.items():
            measure()  # compiles
            _, took = timed(measure, 3)
            began = time.perf_counter()
            theirs[what]().count()
            seconds = time.perf_counter() - began
            print(f"| {what} | {took.seconds:.3f} | {seconds:.1f} | {seconds / took.seconds:.0f} times |", flush=True)
    spark.stop()


if __name__ == "__main__":
    main()
