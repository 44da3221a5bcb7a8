import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("example", ["own_learning_rule", "own_teacher", "own_measurement"])
def test_examples_learn(repository: Path, example: str) -> None:
    file = repository / "python/examples" / f"{example}.py"
    told = subprocess.run([sys.executable, file], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    accuracies = [float(line.split("test accuracy ")[1].split()[0]) for line in told.stdout.splitlines() if "test acc" in line]
    assert accuracies and min(accuracies) > 95, told.stdout
