"""What it costs a member that the rules look first: the asking alone, and a whole `createComment`. Ends by itself, in a minute.

python -m bench.screening [--posts 1000] [--comments 300]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import cast

from pydantic import SecretStr

import migrations
from api.app import Server
from api.buckets import Buckets
from community.foundation import embedded
from community.foundation.database import Connection, Database
from community.foundation.settings import Settings
from community.members.viewer import Viewer
from moderation.automod.book import Book, load_book, made_ready
from moderation.automod.drafts import Draft
from moderation.automod.screening import Screening
from moderation.classifier.training import trained
from moderation.rules.candidates import Kind
from moderation.rules.conditions import Keywords, Score
from moderation.rules.evaluating import Action, Mode, Rule
from tests.api.conftest import UNLIMITED, Client
from tests.factories.discussions import make_acting, make_post, make_space
from tests.moderation.classifier.made_up import make_examples

RULES = 500
WORDS_OF_A_RULE = 20
ROUNDS = 5
SIGNS = "茶壶杯水泡香色味山雨春夏秋冬红绿白青黑黄abcdefghijklmnopqrstuvwxyz"


def many_rules(drawn: random.Random) -> Book:
    """Return 500 live rules of 20 words each that none of the texts says, and one that asks a classifier."""
    words = ["".join(drawn.choices(SIGNS, k=drawn.randint(4, 9))) for _ in range(RULES * WORDS_OF_A_RULE)]
    rules = [
        Rule(place, 1, "rule", Keywords(tuple(words[place::RULES])), Action.HOLD, Mode.LIVE) for place in range(RULES)
    ]
    rules.append(Rule(RULES, 1, "score", Score("spam", 1.0), Action.HOLD, Mode.LIVE))
    return made_ready(rules, [1] * len(rules), [trained(make_examples(2_000), "spam")])


async def asking(book: Book, posts: int) -> None:
    """Print how long the asking of all rules takes, by the processor's time."""
    texts = [f"{example.text} {number}" for number, example in enumerate(make_examples(posts, seed=3))]
    screening = Screening(cast("Database", None))
    screening._book = book  # noqa: SLF001 - as if it had been loaded
    viewer, nowhere = Viewer(member_id=1), cast("Connection", None)
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.process_time()
        for text in texts:
            await screening.screen(nowhere, Draft(Kind.POST, text, "茶 tea", space_id=1), viewer)
        best = min(best, (time.process_time() - begun) / len(texts))
    _say(f"{len(book.rules)} rules and a classifier, a post of {len(texts[0])} signs", best * 1e6, "µs")


async def commenting(url: str, folder: Path, book: Book, comments: int) -> None:
    """Print how long `createComment` takes, with no rules, those that are shipped, and many."""
    server = Server(Settings(database_url=SecretStr(url), data_directory=folder, database_connections=4))
    async with server._lifespan(None):  # type: ignore[arg-type] # noqa: SLF001 - without a socket
        application = server.application
        assert application is not None
        application.buckets = Buckets(UNLIMITED)
        database = application.database
        async with database.reading() as connection:
            shipped = await load_book(connection)
        client = Client(server, database)
        author = await make_acting(database)
        post = await make_post(database, author, await make_space(database))
        async with database.writing() as connection:
            await connection.raw.execute("UPDATE member SET joined_at = now() - interval '1 year', comment_count = 0")
            # Nobody writes as fast as this.
            await connection.raw.execute("UPDATE level_policy SET contributions_an_hour = NULL")
        books = {"no rules": made_ready([], []), "those shipped, in shadow": shipped, f"{RULES} rules": book}
        times: dict[str, list[float]] = {name: [] for name in books}
        for number in range(comments):
            for name, each in books.items():
                application.screening._book = each  # noqa: SLF001 - as if it had been loaded
                begun = time.perf_counter()
                payload = await client.change(
                    "createComment", "comment { id }", as_=author, post=f"post_{post}", body=f"第{number}泡真香"
                )
                times[name].append(time.perf_counter() - begun)
                assert not payload["userErrors"], payload["userErrors"]
        for name, taken in times.items():
            _say(f"createComment, {name}, the middle one of {comments}", statistics.median(taken[20:]) * 1e3, "ms")


def _say(what: str, amount: float, unit: str) -> None:
    sys.stdout.write(f"{what:75} {amount:8.2f} {unit}\n")


def main() -> None:
    """Set up, measure, and put all away."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=1_000)
    parser.add_argument("--comments", type=int, default=300)
    given = parser.parse_args()
    sys.stdout.write(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}\n")
    book = many_rules(random.Random(1))
    asyncio.run(asking(book, given.posts))
    with tempfile.TemporaryDirectory(prefix="teahouse-bench-") as directory:
        folder = Path(directory)
        folder.chmod(0o755)
        with embedded.start(folder / "postgresql", disposable=True) as server:
            migrations.upgrade(server.url)
            asyncio.run(commenting(server.url, folder, book, given.comments))


if __name__ == "__main__":
    main()
