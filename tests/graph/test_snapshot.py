"""The graph at one moment: members in their places, packed and read back."""

from datetime import UTC, datetime

import numpy as np
import pytest

from graph.snapshot import BadSnapshotError, Snapshot, build, unpack

AS_OF = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def small() -> Snapshot:
    """Return 7 -> 9 (1), 8 -> 9 (2), 9 -> 8 (4), and 10 alone."""
    return build(
        np.array([7, 8, 9, 10], np.int64),
        np.array([0, 1, 2], np.uint32),
        np.array([2, 2, 1], np.uint32),
        np.array([1, 2, 4], np.float32),
        AS_OF,
    )


def ties(snapshot: Snapshot) -> dict[tuple[int, int], float]:
    found = {}
    for place in range(snapshot.size):
        neighbours, weights = snapshot.out.row(place)
        for neighbour, weight in zip(neighbours, weights, strict=True):
            found[int(snapshot.members[place]), int(snapshot.members[neighbour])] = float(weight)
    return found


def test_ties_keep_their_members_whatever_the_places() -> None:
    snapshot = small()

    assert ties(snapshot) == {(7, 9): 1, (8, 9): 2, (9, 8): 4}
    assert snapshot.members.tolist() == [9, 8, 7, 10], "who is attended to most comes first"
    assert snapshot.undirected.row(0)[1].tolist() == [6, 1], "both directions together"


def test_places_of_members_that_are_there_and_of_those_that_are_not() -> None:
    places = small().places_of(np.array([10, 9, 11, -1], np.int64))

    assert places.tolist() == [3, 0, -1, -1]
    empty = np.array([], np.int64)
    nobody = build(empty, empty.astype(np.uint32), empty.astype(np.uint32), empty.astype(np.float32), AS_OF)
    assert nobody.places_of(np.array([1], np.int64)).tolist() == [-1]


def test_a_packed_snapshot_is_the_same_when_read_back() -> None:
    snapshot = small()

    again = unpack(snapshot.pack())

    assert ties(again) == ties(snapshot)
    assert np.array_equal(again.members, snapshot.members)
    assert again.as_of == AS_OF
    with pytest.raises(ValueError, match="read-only"):
        again.members[0] = 1


def test_bytes_that_are_no_snapshot_are_refused() -> None:
    packed = small().pack()
    for cut in range(0, len(packed), 7):
        with pytest.raises(BadSnapshotError):
            unpack(packed[:cut])
    with pytest.raises(BadSnapshotError):
        unpack(b"something else altogether, and long enough to have a header")


def test_a_snapshot_that_points_beyond_its_members_is_refused() -> None:
    packed = bytearray(small().pack())
    # The second neighbour of the last array but one; weights follow at the next multiple of 64.
    at = packed.rindex(np.array([1, 0, 0], "<u4").tobytes())
    packed[at : at + 4] = np.array([4], "<u4").tobytes()

    with pytest.raises(BadSnapshotError, match="do not fit"):
        unpack(bytes(packed))


def test_a_member_has_one_place() -> None:
    twice = np.array([7, 7], np.int64)
    with pytest.raises(ValueError, match="twice"):
        build(twice, np.array([0], np.uint32), np.array([1], np.uint32), np.array([1], np.float32), AS_OF)
