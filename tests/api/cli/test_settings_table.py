from pathlib import Path

from typer.testing import CliRunner

from api.cli import application

WRITTEN = Path(__file__).parents[3] / "docs" / "settings.md"


def test_the_written_table_of_settings_is_the_one_that_the_command_prints() -> None:
    printed = CliRunner().invoke(application, ["settings", "--markdown"])

    assert printed.exit_code == 0
    assert WRITTEN.read_text(encoding="utf-8") == printed.stdout, (
        "run: .venv/bin/teahouse settings --markdown > docs/settings.md"
    )


def test_the_table_is_readable_on_a_terminal() -> None:
    printed = CliRunner().invoke(application, ["settings"])

    assert printed.exit_code == 0
    assert "DATABASE_URL" in printed.stdout
