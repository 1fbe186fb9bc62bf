"""Who is measured, on what: each question put to each server in its own words."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from bench import documents
from bench.load import request
from bench.situation import FLOODED_SPACE, PAGE, Scenery

OURS, BY_HAND, POSTGRAPHILE, YOGA, MERCURIUS = "Teahouse", "SQL by hand", "PostGraphile", "yoga", "Mercurius"
ANONYMOUS, MEMBER, AUTHOR = "anonymous", "a member", "the author"
VIEWERS = (MEMBER, ANONYMOUS, "a member with 250 blocks", "a moderator", "a moderator of one space")
KINDS = ("like", "love", "insightful", "thanks", "laugh", "sad")
BODY = "The second steeping is the one to wait for: ninety degrees, twenty seconds, and the lid left open. 第二泡最好。"

Tokens = dict[str, list[str]]


class Asking(Protocol):
    """A server, and what it is asked, over and over."""

    @property
    def name(self) -> str:
        """What it goes by in the tables."""

    @property
    def server(self) -> str:
        """Which server."""

    @property
    def viewer(self) -> str:
        """For whom; empty where that makes no difference."""

    def requests(self, tokens: Tokens) -> Iterator[bytes]:
        """Return its requests without end."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A server, and what it is asked, over and over."""

    server: str
    viewer: str
    bodies: Sequence[bytes]
    path: str = "/graphql"

    @property
    def name(self) -> str:
        """Server and viewer."""
        return f"{self.server}, {self.viewer}" if self.viewer else self.server

    def requests(self, tokens: Tokens) -> Iterator[bytes]:
        """Return its requests without end."""
        askers = tokens.get(self.viewer, [None]) if self.server == OURS else [None]
        # Everyone asks for everything before anyone repeats a question.
        amount = math.lcm(len(askers), len(self.bodies))
        asked = zip(itertools.cycle(self.bodies), itertools.cycle(askers), strict=False)
        return itertools.cycle([request(self.path, body, token) for body, token in itertools.islice(asked, amount)])


def _asking(document: str, variables: Sequence[dict[str, Any]]) -> list[bytes]:
    return [orjson.dumps({"query": document, "variables": each}) for each in variables]


def _given(values: Sequence[dict[str, Any]]) -> list[bytes]:
    return [orjson.dumps(each) for each in values]


def feed(scenery: Scenery) -> list[Candidate]:
    """Twenty posts of a space, with authors, counts and three comments each."""
    member = scenery.viewers[MEMBER][0]
    asked: list[dict[str, Any]] = [{"space": slug, "first": PAGE} for slug in scenery.spaces]
    peer = [{**each, "viewer": f"member_{member}"} for each in asked]
    return [
        *(Candidate(OURS, viewer, _asking(documents.FEED, asked)) for viewer in VIEWERS),
        Candidate(BY_HAND, MEMBER, _given([{**each, "viewer": member} for each in asked]), "/feed"),
        Candidate(BY_HAND, ANONYMOUS, _given(asked), "/feed/anonymous"),
        Candidate(
            POSTGRAPHILE, "", _asking(documents.POSTGRAPHILE_FEED, [{**each, "viewer": str(member)} for each in asked])
        ),
        Candidate(YOGA, "", _asking(documents.PEER_FEED, peer)),
        Candidate(MERCURIUS, "", _asking(documents.PEER_FEED, peer)),
    ]


def thread(scenery: Scenery) -> list[Candidate]:
    """One post with twenty comments."""
    member = scenery.viewers[MEMBER][0]
    ours = [{"post": f"post_{post}", "first": PAGE} for post in scenery.threads]
    peer = [{**each, "viewer": f"member_{member}"} for each in ours]
    by_hand: list[dict[str, Any]] = [{"post": post, "first": PAGE} for post in scenery.threads]
    postgraphile = [{"post": str(post), "first": PAGE, "viewer": str(member)} for post in scenery.threads]
    return [
        *(Candidate(OURS, viewer, _asking(documents.THREAD, ours)) for viewer in VIEWERS),
        Candidate(BY_HAND, MEMBER, _given([{**each, "viewer": member} for each in by_hand]), "/thread"),
        Candidate(BY_HAND, ANONYMOUS, _given(by_hand), "/thread/anonymous"),
        Candidate(POSTGRAPHILE, "", _asking(documents.POSTGRAPHILE_THREAD, postgraphile)),
        Candidate(YOGA, "", _asking(documents.PEER_THREAD, peer)),
        Candidate(MERCURIUS, "", _asking(documents.PEER_THREAD, peer)),
    ]


def one_member(scenery: Scenery) -> list[Candidate]:
    """One member, by handle."""
    written = [{"handle": handle} for handle, _ in scenery.handles]
    folded = [{"handle": skeleton} for _, skeleton in scenery.handles]
    return [
        *(Candidate(OURS, viewer, _asking(documents.MEMBER, written)) for viewer in VIEWERS[:2]),
        Candidate(BY_HAND, "", _given(folded), "/member"),
        Candidate(POSTGRAPHILE, "", _asking(documents.POSTGRAPHILE_MEMBER, folded)),
        Candidate(YOGA, "", _asking(documents.MEMBER, folded)),
        Candidate(MERCURIUS, "", _asking(documents.MEMBER, folded)),
    ]


def worst_pages(scenery: Scenery) -> list[tuple[str, Candidate, Candidate]]:
    """Pages that could cost much for nothing, each with the normal page of the same viewer."""
    normal = _asking(documents.FEED, [{"space": slug, "first": PAGE} for slug in scenery.spaces])
    flooded = _asking(documents.FEED, [{"space": FLOODED_SPACE, "first": PAGE}])
    private = _asking(documents.FEED, [{"space": "tasting-panel", "first": PAGE}])
    pages = [("an outsider at a private space", Candidate(OURS, MEMBER, private), Candidate(OURS, MEMBER, normal))]
    pages += [
        # The author's normal page is anybody's: what they wrote elsewhere should not make theirs dearer.
        (
            f"9,500 removed, {viewer}",
            Candidate(OURS, viewer, flooded),
            Candidate(OURS, viewer if viewer in VIEWERS else MEMBER, normal),
        )
        for viewer in (*VIEWERS, AUTHOR)
    ]
    pages.append(
        ("other spaces, the author of the 9,500", Candidate(OURS, AUTHOR, normal), Candidate(OURS, MEMBER, normal))
    )
    return pages


@dataclass(frozen=True, slots=True)
class Writing:
    """A server, and a change asked of it, each time another."""

    server: str
    scenery: Scenery
    comment: bool
    viewer: str = ""

    @property
    def name(self) -> str:
        """The server's name."""
        return self.server

    def requests(self, tokens: Tokens) -> Iterator[bytes]:
        """Return changes without end: another member, another post each time."""
        chance, scenery = random.Random(), self.scenery
        while True:
            member, post = chance.choice(scenery.writers), chance.choice(scenery.writable_posts)
            kind = chance.choice(KINDS)
            if self.server == OURS:
                given = (
                    {"post": f"post_{post}", "body": BODY}
                    if self.comment
                    else {"subject": f"post_{post}", "kind": kind}
                )
                body = {"query": documents.COMMENT if self.comment else documents.REACT, "variables": {"input": given}}
                yield request("/graphql", orjson.dumps(body), tokens[str(member)][0])
            elif self.server == BY_HAND:
                values = {"post": post, "viewer": member, "kind": kind, "body": BODY}
                yield request("/comment" if self.comment else "/react", orjson.dumps(values))
            else:
                document = documents.POSTGRAPHILE_COMMENT if self.comment else documents.POSTGRAPHILE_REACT
                what = {"body": BODY} if self.comment else {"kind": kind}
                body = {"query": document, "variables": {"post": str(post), "viewer": str(member), **what}}
                yield request("/graphql", orjson.dumps(body))


def writings(scenery: Scenery, *, comment: bool) -> list[Writing]:
    """Reactions, or comments."""
    return [Writing(server, scenery, comment) for server in (OURS, BY_HAND, POSTGRAPHILE)]
