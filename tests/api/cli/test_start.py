import subprocess
import sys


def test_a_command_does_not_carry_the_arithmetic_of_others() -> None:
    # Numba alone takes 70 MB and half a second; who scores and counts is a process of its own.
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, api.cli, api.app; print('numba' in sys.modules)"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert loaded.stdout.strip() == "False"
