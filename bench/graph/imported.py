"""A real community, imported and scored: its twenty most influential members, each with the explanation they would read.

    python -m bench.graph.imported --dump ../shared/data/se_history_meta --write docs/graph_history.md

The dump is a Stack Exchange site's (content CC BY-SA; see the folder's own note). It is imported and scored by the commands
that an operator would use, in a database of its own that is thrown away.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from api.app import Server
from community.foundation import embedded
from community.foundation.settings import Settings
from community.members.roles import Role, grant_role_by_system
from community.members.sessions import begin_session

SHOWN = 20

RANKING = """
{ influencers(first: 20) { nodes {
  rank member { id displayName } score { value } expectedReach { estimate low high } level
  topics(first: 3) { name } topTies(first: 1) { other { displayName } }
} } tribes(first: 5) { nodes { size cohesion tags { name } } } scoreRuns(first: 1) { nodes { members ties interactions } } }
"""
EXPLANATION = "{ viewer { explainScore { summary place dimensions { dimension percentile reasons { text } } } } }"

HEADER = """# A real community, scored

[history.meta.stackexchange.com](https://history.meta.stackexchange.com), where the members of a site about history talk
about the site itself: content by its members under CC BY-SA, as of September 2018. Imported, scored and asked by

    python -m bench.graph.imported --dump FOLDER --write docs/graph_history.md

The site's staff is not marked in the dump, so trust begins with the regulars, and nothing in it is the brand's own. Ages
count from the last thing that happened there. Votes are anonymous there, and so make no ties: what is counted are answers, comments
and accepted answers.
"""


def main() -> None:
    """Import, score, ask and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dump", type=Path, required=True, help="the folder with the dump")
    parser.add_argument("--write", type=Path, help="where the page goes; without it, to standard output")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="teahouse-history-") as folder:
        page = _imported(arguments.dump, Path(folder))
    if arguments.write:
        arguments.write.write_text(page, encoding="utf-8")
    else:
        print(page)


def _imported(dump: Path, folder: Path) -> str:
    folder.chmod(0o755)  # PostgreSQL may run under another account
    with embedded.start(folder / "postgresql", disposable=True) as server:
        environment = {**os.environ, "DATABASE_URL": server.url, "TEAHOUSE_DATA_DIR": str(folder)}
        for command in (("import", "stackexchange", str(dump)), ("score",)):
            program = (sys.executable, "-c", "from api.cli import main; main()", *command)
            subprocess.run(program, env=environment, check=True, stdout=sys.stderr)  # noqa: S603 - our own program
        page = asyncio.run(_page(server.url, folder))
        server.close(wait_within=20)
        return page


async def _page(url: str, folder: Path) -> str:
    settings = Settings(database_url=SecretStr(url), data_directory=folder, score_every=0)
    server = Server(settings)
    async with server._lifespan(None):  # type: ignore[arg-type] # noqa: SLF001 - no socket is needed to ask
        transport = httpx.ASGITransport(server)
        async with httpx.AsyncClient(transport=transport, base_url="http://teahouse") as client:
            return await _written(server, client)


async def _written(server: Server, client: httpx.AsyncClient) -> str:
    application = server.application
    assert application is not None  # it has been started

    async def ask(document: str, member_id: int) -> Any:
        async with application.database.writing() as connection:
            grant = await begin_session(connection, application.keys, member_id, client="bench")
        headers = {"authorization": f"Bearer {grant.access_token}"}
        response = await client.post("/graphql", json={"query": document}, headers=headers)
        return response.json()["data"]

    async with application.database.writing() as connection:
        asker: int = await connection.raw.fetchval(
            "INSERT INTO member (handle, handle_skeleton, display_name) VALUES ('asker', 'asker', 'asker') RETURNING id"
        )
        await grant_role_by_system(connection, asker, Role.MARKETER)
    found = await ask(RANKING, asker)
    run = found["scoreRuns"]["nodes"][0]
    lines = [
        HEADER,
        f"{run['members']:,.0f} members, {run['ties']:,.0f} ties from {run['interactions']:,.0f} interactions.",
        "",
        "| | member | rank score | expected reach (95%) | level | ranked highest about | strongest tie |",
        "|---|---|---|---|---|---|---|",
    ]
    for node in found["influencers"]["nodes"]:
        reach = node["expectedReach"]
        tie = next((tie["other"]["displayName"] for tie in node["topTies"] if tie["other"]), "")
        lines.append(
            f"| {node['rank']} | {node['member']['displayName']} | {node['score']['value']:.1f} "
            f"| {reach['estimate']:.1f} ({reach['low']:.1f} to {reach['high']:.1f}) | {node['level'].lower()} "
            f"| {', '.join(tag['name'] for tag in node['topics'])} | {tie} |"
        )
    lines += ["", "The largest tribes, by the tags that tell them from the rest:", ""]
    lines += [
        f"- {tribe['size']} members, {tribe['cohesion']:.0%} of their ties within: "
        f"{', '.join(tag['name'] for tag in tribe['tags']) or 'no tag tells them apart'}"
        for tribe in found["tribes"]["nodes"]
    ]
    lines += ["", "## What each of them would read"]
    for node in found["influencers"]["nodes"][:SHOWN]:
        explained = (await ask(EXPLANATION, int(node["member"]["id"].rpartition("_")[2])))["viewer"]["explainScore"]
        lines += ["", f"**{node['member']['displayName']}.** {explained['summary']} {explained['place']}", ""]
        for each in explained["dimensions"]:
            name = each["dimension"].replace("_", " ").lower()
            lines.append(
                f"- {name} ({each['percentile']:.0f}): {' '.join(reason['text'] for reason in each['reasons'])}"
            )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
