"""The `teahouse` command: one module a command."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec

import typer
from pydantic import ValidationError

from api.cli.terminal import complain
from community.foundation.embedded_binaries import EmbeddedServerFailed
from community.foundation.errors import DatabaseUnavailable
from community.foundation.settings import SecretKeyMissing

application = typer.Typer(
    name="teahouse",
    help="A brand-community server: one GraphQL API on which a brand runs a community of its customers.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # local variables hold passwords
    context_settings={"help_option_names": ["-h", "--help"]},
)

# Each module has a function `register(application)` that adds its command. Those of other features are named here and
# join when they are there.
COMMANDS = (
    *(
        "serve",
        "migrate",
        "doctor",
        "settings_table",
        "member",
        "demo",
        "importing",
        "exporting",
        "score",
        "product_tests",
        "rounds",
        "surveys",
        "ledger",
        "referrals",
        "rewards",
        "referral_insights",
        "moderation",
        "moderation_law",
        "work",
    ),
)

for _name in COMMANDS:
    if find_spec(f"api.cli.{_name}") is not None:
        import_module(f"api.cli.{_name}").register(application)


def main() -> None:
    """Run the command line. What the operator can mend is said in a sentence; only bugs show a traceback."""
    try:
        application()
    except (EmbeddedServerFailed, DatabaseUnavailable, SecretKeyMissing) as error:
        complain(str(error))
        sys.exit(1)
    except ValidationError as error:
        for problem in error.errors():
            complain(f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}")
        sys.exit(1)
