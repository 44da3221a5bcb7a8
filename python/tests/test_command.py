import subprocess
import sys
from pathlib import Path

import pytest

DYAD = Path(sys.executable).with_name("dyad")


@pytest.mark.parametrize("command", [[DYAD], [sys.executable, "-m", "dyadsim"]])
def test_the_package_brings_the_program(command: list[str], repository: Path) -> None:
    def dyad(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*command, *arguments], capture_output=True, text=True)

    told = dyad("explain", str(repository / "experiments/quickstart.json"))
    assert told.returncode == 0 and "nudging.alpha" in told.stdout
    wrong = dyad("explain", "nothing.json")
    assert wrong.returncode == 1 and "cannot be read" in wrong.stderr
    assert dyad("no-such-command").returncode == 2
