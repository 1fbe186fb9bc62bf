import asyncio
import email
import email.policy
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from pathlib import Path

import pytest

from community.foundation.database import Connection, Database
from community.foundation.mail import MOST_ATTEMPTS, Message, deliver_due, file_carrier, forget_old, send, smtp_carrier
from community.members import letters

Count = Callable[[str], Awaitable[int]]
SENDER = "茶馆 <teahouse@example.com>"


async def queue(database: Database, *recipients: str) -> None:
    async with database.writing() as connection:
        for recipient in recipients:
            await send(connection, Message(recipient, "你好 hello", "第一行\nhttps://x.example/#token=t\n"))


async def make_due(database: Database) -> None:
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE mail SET due_at = now() WHERE due_at IS NOT NULL")


async def test_a_letter_leaves_once_its_transaction_has_committed_and_not_otherwise(
    database: Database, count: Count
) -> None:
    taken: list[EmailMessage] = []

    async def carry(message: EmailMessage) -> None:
        taken.append(message)

    await queue(database, "mei@example.com")

    async def owe_and_fail(connection: Connection) -> None:
        await send(connection, Message("never@example.com", "a", "b"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.transact(owe_and_fail)

    assert await deliver_due(database, carry, sender=SENDER) == 1
    assert await deliver_due(database, carry, sender=SENDER) == 0
    [message] = taken
    assert (message["To"], message["Subject"]) == ("mei@example.com", "你好 hello")
    assert "第一行" in message.get_content()
    assert await count("mail") == 0


async def test_many_who_deliver_at_once_deliver_each_letter_once(database: Database, count: Count) -> None:
    taken: list[str] = []

    async def carry(message: EmailMessage) -> None:
        await asyncio.sleep(0.01)
        taken.append(str(message["To"]))

    recipients = [f"m{number}@example.com" for number in range(60)]
    await queue(database, *recipients)

    for _ in range(3):
        await asyncio.gather(*(deliver_due(database, carry, sender=SENDER) for _ in range(4)))

    assert sorted(taken) == sorted(recipients)
    assert await count("mail") == 0


async def test_a_letter_that_was_not_taken_is_tried_again_later_under_the_same_name_and_given_up_at_last(
    database: Database, count: Count
) -> None:
    names: set[str] = set()

    async def refuse(message: EmailMessage) -> None:
        names.add(str(message["Message-ID"]))
        raise ConnectionRefusedError

    await queue(database, "mei@example.com")
    for _ in range(MOST_ATTEMPTS):
        assert await deliver_due(database, refuse, sender=SENDER) == 0
        # Not due yet: whoever asks at once finds nothing.
        assert await count("mail WHERE due_at > now() + interval '1 minute'") == 1
        await make_due(database)
    assert await deliver_due(database, refuse, sender=SENDER) == 0

    assert len(names) == 1
    assert await count(f"mail WHERE attempts = {MOST_ATTEMPTS} AND failure LIKE 'ConnectionRefused%'") == 1


async def test_one_letter_that_cannot_be_sent_does_not_hold_up_the_others(database: Database) -> None:
    taken: list[str] = []

    async def carry(message: EmailMessage) -> None:
        taken.append(str(message["To"]))

    await queue(database, "bad\r\nBcc: all@example.com", "mei@example.com")

    assert await deliver_due(database, carry, sender=SENDER) == 1
    assert taken == ["mei@example.com"]


async def test_held_letters_are_never_delivered_and_old_ones_are_thrown_away(database: Database, count: Count) -> None:
    async def carry(_message: EmailMessage) -> None:
        raise AssertionError

    async with database.writing() as connection:
        await send(connection, Message("stranger@example.com", "a", "b"), held=True)
    assert await deliver_due(database, carry, sender=SENDER) == 0
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE mail SET created_at = now() - interval '4 days'")
        await forget_old(connection)

    assert await count("mail") == 0


async def test_without_a_mail_server_letters_become_files_that_mail_programs_open(
    database: Database, tmp_path: Path
) -> None:
    await queue(database, "mei@example.com", "wang@例子.cn")

    assert await deliver_due(database, file_carrier(tmp_path / "mail", show=False), sender=SENDER) == 2

    files = sorted((tmp_path / "mail").glob("*.eml"))
    message = email.message_from_bytes(files[0].read_bytes(), policy=email.policy.SMTPUTF8)
    assert len(files) == 2
    assert message["Subject"] == "你好 hello"
    assert "第一行" in message.get_content()


async def test_letters_reach_a_mail_server_with_one_recipient_each(database: Database) -> None:
    said: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        in_data = False
        while line := (await reader.readline()).decode():
            said.append(line.rstrip())
            if in_data and line != ".\r\n":
                continue
            in_data = line.upper().startswith("DATA")
            answers = {"EHLO": b"250-here\r\n250 SMTPUTF8\r\n", "DATA": b"354 go on\r\n", "QUIT": b"221 bye\r\n"}
            writer.write(answers.get(line[:4].upper(), b"250 OK\r\n"))
            if line.upper().startswith("QUIT"):
                break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    carrier = smtp_carrier(host="127.0.0.1", port=server.sockets[0].getsockname()[1], start_tls=False)
    await queue(database, "mei@example.com")

    assert await deliver_due(database, carrier, sender=SENDER) == 1

    server.close()
    await server.wait_closed()
    assert [line for line in said if line.startswith("RCPT")] == ["RCPT TO:<mei@example.com>"]
    assert any(line.startswith("MAIL FROM:<teahouse@example.com>") for line in said)


@pytest.mark.parametrize(
    "letter", [letters.verify_address, letters.already_member, letters.reset_password, letters.password_changed]
)
def test_every_letter_speaks_both_languages_and_braces_in_a_name_are_only_text(
    letter: Callable[..., Message],
) -> None:
    facts = {"handle": "{handle} {0}", "community": "茶\n馆{link}", "link": "https://x.example/#token=abc"}

    english, chinese = letter("a@example.com", "en", **facts), letter("a@example.com", "zh", **facts)

    assert english.subject != chinese.subject
    assert english.body != chinese.body
    for message in (english, chinese, letter("a@example.com", "tlh", **facts)):
        assert "\n" not in message.subject
        assert facts["link"] in message.body
        assert "{handle} {0}" in message.body
