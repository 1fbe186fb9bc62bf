"""The `teahouse` command."""


def main() -> None:
    """Run the command line."""
