"""A process that renders what it is sent, until nobody can send it anything more.

A module of its own, run as one: a process of `multiprocessing` would first import the whole command line.
"""

import gc
import logging
import os
import pickle
import signal
import sys

# By its full name, so that what is sent and this process mean the same functions.
from community.exchange.bodies import LENGTH


def main() -> None:
    """Answer messages from standard input on standard output."""
    # An interrupt from the keyboard is for the one who asks; the end of the input ends this.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.disable(logging.DEBUG)
    # What is rendered is needed later than what is being written.
    os.nice(5)
    # What rendering leaves behind frees itself, so the collector need not look so often.
    gc.freeze()
    gc.set_threshold(100_000)
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    while head := asked.read(LENGTH.size):
        (length,) = LENGTH.unpack(head)
        render, texts, from_html = pickle.loads(asked.read(length))  # noqa: S301 - from the process that began this one
        answer = pickle.dumps(render(texts, from_html=from_html))
        answers.write(LENGTH.pack(len(answer)) + answer)
        answers.flush()


if __name__ == "__main__":
    main()
