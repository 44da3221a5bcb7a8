"""Writes the reference pages that are generated: docs/reference/generated.

| page | from |
|---|---|
| experiment, sweep, hardware | `dyad schema` |
| hardware_models | the files of hw_models |
| command_line | `dyad --help` and that of every command |
| python | the source of the Python package |
| variables | src/vocabulary |
"""
import shutil
import subprocess
from pathlib import Path

from sphinx.errors import ExtensionError

from . import command_line, hardware_models, python_api, settings, vocabulary

ROOT = Path(__file__).resolve().parent.parent.parent.parent
FOLDER = ROOT / "docs" / "reference" / "generated"


class Program:
    """The program `dyad`."""

    def __init__(self, path):
        if not (shutil.which(path) or Path(path).exists()):
            raise ExtensionError(f"no program {path}: make build")
        self.path = path

    def __call__(self, *arguments):
        """What it prints for a command."""
        done = subprocess.run(
            [self.path, *arguments], capture_output=True, text=True, cwd=ROOT, check=False, stdin=subprocess.DEVNULL, timeout=60
        )
        if done.returncode != 0:
            raise ExtensionError(f"dyad {' '.join(arguments)}: {done.stderr}")
        return done.stdout


def write(app):
    program = Program(app.config.dyadsim_program)
    pages = {
        **settings.pages(program),
        **hardware_models.pages(ROOT / "hw_models"),
        **command_line.pages(program),
        **python_api.pages(ROOT / "python" / "dyadsim"),
        **vocabulary.pages(ROOT / "src" / "vocabulary"),
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.md"):
        if old.stem not in pages:
            old.unlink()
    for name, text in pages.items():
        path = FOLDER / f"{name}.md"
        text = text.rstrip() + "\n"
        # A page that has not changed keeps its time, so that Sphinx does not read it again.
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def setup(app):
    app.add_config_value("dyadsim_program", "dyad", "env")
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
