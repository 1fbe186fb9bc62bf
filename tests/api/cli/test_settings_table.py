from pathlib import Path

from typer.testing import CliRunner

from api.cli import application

README = Path(__file__).parents[3] / "README.md"


def test_the_readme_holds_the_table_of_settings_that_the_command_prints() -> None:
    printed = CliRunner().invoke(application, ["settings", "--markdown"])

    assert printed.exit_code == 0
    assert f"\n\n{printed.stdout}\n</details>" in README.read_text(encoding="utf-8"), (
        "copy what .venv/bin/teahouse settings --markdown prints into the README"
    )


def test_the_table_is_readable_on_a_terminal() -> None:
    printed = CliRunner().invoke(application, ["settings"])

    assert printed.exit_code == 0
    assert "DATABASE_URL" in printed.stdout
