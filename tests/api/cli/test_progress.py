import io
import itertools

from rich.console import Console

from api.cli.progress import LINE_EVERY, progress


def test_away_from_a_terminal_a_line_is_written_now_and_then_and_one_at_the_end() -> None:
    stream = io.StringIO()
    seconds = itertools.count(0, LINE_EVERY / 2)

    with progress("导入 posts", 4_000, console=Console(file=stream), clock=lambda: next(seconds)) as advance:
        for _ in range(4):
            advance(1_000)

    *between, last = stream.getvalue().splitlines()
    assert between
    assert all(line.startswith("导入 posts: ") and line.endswith(" of 4,000") for line in between)
    assert last.startswith("导入 posts: 4,000 of 4,000, finished in ")
    assert "\x1b" not in stream.getvalue()


def test_work_of_unknown_size_is_counted() -> None:
    stream = io.StringIO()

    with progress("Reading [x]", console=Console(file=stream)) as advance:
        advance(7)

    assert stream.getvalue().startswith("Reading [x]: 7, finished")


def test_on_a_terminal_there_is_a_bar() -> None:
    stream = io.StringIO()

    with progress("Importing", 10, console=Console(file=stream, force_terminal=True)) as advance:
        advance(10)

    assert "10/10" in stream.getvalue()
