"""Mail: queued in the transaction that owes it, delivered afterwards.

A letter queued by a transaction that rolled back is never sent; one that was committed is tried until the mail server
takes it. SMTP has no transactions: if we die between the mail server's "250 OK" and our own note of it, the letter
goes out twice, under the same Message-ID, by which mailboxes know it again.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTPUTF8
from email.utils import format_datetime, parseaddr
from pathlib import Path

import aiosmtplib
import asyncpg
import structlog

from community.foundation.database import Connection, Database
from community.foundation.settings import MailSecurity, Settings

MOST_ATTEMPTS = 8
# Longer than a mail server may take to answer, so that no second process tries what the first still tries.
LEASE_SECONDS = 120
SMTP_TIMEOUT_SECONDS = 30
IDLE_SECONDS = 1.0
BATCH = 10

Carrier = Callable[[EmailMessage], Awaitable[None]]
"""Takes one message to where it should go, or raises."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """A letter in plain text to one recipient."""

    recipient: str
    subject: str
    body: str


_QUEUE = """
    INSERT INTO mail (recipient, subject, body, due_at) VALUES ($1, $2, $3, CASE WHEN $4 THEN NULL ELSE now() END)
"""
# A lease, not a lock: nothing in the database is held while a mail server takes its time. Each try doubles the wait
# for the next, so a mail server that is down is left in peace. An array is made once; a subquery under IN may be run
# again for each row, and then locks more letters than it claims.
_CLAIM = f"""
    UPDATE mail SET attempts = attempts + 1,
        due_at = clock_timestamp() + make_interval(secs => greatest({LEASE_SECONDS}, 15 * 2 ^ attempts))
    WHERE id = ANY(ARRAY(
        SELECT id FROM mail WHERE due_at <= clock_timestamp() AND attempts < {MOST_ATTEMPTS}
        ORDER BY due_at LIMIT {BATCH} FOR UPDATE SKIP LOCKED
    ))
    RETURNING id, recipient, subject, body, created_at, attempts
"""  # noqa: S608 - made of constants
_DELIVERED = "DELETE FROM mail WHERE id = $1"
_FAILED = "UPDATE mail SET failure = $2 WHERE id = $1"
# What lies here holds one-time links: it does not stay when it can no longer be of use.
_FORGET = "DELETE FROM mail WHERE created_at < now() - interval '3 days'"


async def send(connection: Connection, message: Message, *, held: bool = False) -> None:
    """Queue a letter; it leaves once the transaction has committed.

    Args:
        connection: the transaction that owes the letter.
        message: the letter.
        held: write it down and never deliver it: for where the time that an answer takes must not tell whether there
            was anyone to write to. It is thrown away after three days.
    """
    await connection.raw.execute(_QUEUE, message.recipient, message.subject, message.body, held)


async def deliver_due(database: Database, carrier: Carrier, *, sender: str) -> int:
    """Deliver up to one batch of the letters that are due, and return how many the carrier took."""
    async with database.writing() as connection:
        letters = await connection.raw.fetch(_CLAIM)
    taken = await asyncio.gather(*(_deliver(database, carrier, sender, letter) for letter in letters))
    return sum(taken)


async def deliver_forever(database: Database, carrier: Carrier, *, sender: str) -> None:
    """Deliver letters as they fall due, until cancelled. Every server process may run this: none takes another's."""
    while True:
        taken = 0
        # A database that is away for a while must not end the delivery of mail for good.
        try:
            taken = await deliver_due(database, carrier, sender=sender)
        except Exception:  # noqa: BLE001 - whatever it was, it is logged, and mail goes on
            _log.exception("mail.delivery_interrupted")
        if taken == 0:
            await asyncio.sleep(IDLE_SECONDS)


async def forget_old(connection: Connection) -> None:
    """Remove letters that nobody could use any more."""
    await connection.raw.execute(_FORGET)


def smtp_carrier(
    *,
    host: str,
    port: int,
    username: str | None = None,
    password: str | None = None,
    use_tls: bool = False,
    start_tls: bool | None = None,
) -> Carrier:
    """Return a carrier that hands letters to a mail server.

    `use_tls` speaks TLS from the first byte (port 465). Otherwise STARTTLS is insisted on when `start_tls` is true,
    left out when it is false, and used where the server offers it when it is None.
    """

    async def carry(message: EmailMessage) -> None:
        await aiosmtplib.send(
            message,
            hostname=host,
            port=port,
            username=username,
            password=password,
            use_tls=use_tls,
            start_tls=start_tls,
            timeout=SMTP_TIMEOUT_SECONDS,
        )

    return carry


def file_carrier(directory: Path, *, show: bool) -> Carrier:
    """Return a carrier for where there is no mail server: each letter becomes a file, `*.eml`, that mail programs open.

    With `show` the text goes to the log as well. Letters hold one-time links, so never in production.
    """

    def write(message: EmailMessage) -> Path:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = "".join(character for character in str(message["Message-ID"]).partition("@")[0] if character.isalnum())
        path = directory / f"{name}.eml"
        path.write_bytes(message.as_bytes())
        return path

    async def carry(message: EmailMessage) -> None:
        path = await asyncio.to_thread(write, message)
        shown = {"text": message.get_content()} if show else {}
        _log.info(
            "mail.written", recipient=str(message["To"]), subject=str(message["Subject"]), path=str(path), **shown
        )

    return carry


def carrier_from(settings: Settings) -> Carrier:
    """Return the carrier that the settings ask for: the mail server, or files where none is named."""
    if settings.mail_host is None:
        return file_carrier(settings.data_directory / "mail", show=not settings.in_production)
    return smtp_carrier(
        host=settings.mail_host,
        port=settings.mail_port,
        username=settings.mail_username,
        password=settings.mail_password.get_secret_value() if settings.mail_password else None,
        use_tls=settings.mail_security is MailSecurity.TLS,
        start_tls=settings.mail_security is MailSecurity.STARTTLS,
    )


async def _deliver(database: Database, carrier: Carrier, sender: str, letter: asyncpg.Record) -> bool:
    try:
        await carrier(_compose(letter, sender))
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the next letter must still go out
        _log.warning("mail.not_taken", mail=letter["id"], attempt=letter["attempts"], error=type(error).__name__)
        # When even this fails, the lease runs out and the letter is tried again.
        with contextlib.suppress(Exception):
            async with database.writing() as connection:
                await connection.raw.execute(_FAILED, letter["id"], f"{type(error).__name__}: {error}"[:500])
        return False
    async with database.writing() as connection:
        await connection.raw.execute(_DELIVERED, letter["id"])
    return True


def _compose(letter: asyncpg.Record, sender: str) -> EmailMessage:
    message = EmailMessage(policy=SMTPUTF8)
    message["From"] = sender
    message["To"] = letter["recipient"]
    message["Subject"] = letter["subject"]
    message["Date"] = format_datetime(letter["created_at"])
    # The same on every attempt, so that a letter delivered twice is known as one.
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    message["Message-ID"] = f"<{letter['created_at']:%Y%m%d%H%M%S%f}.{letter['id']}@{domain}>"
    # No machine should answer: no "out of office" to a server.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter["body"])
    return message
