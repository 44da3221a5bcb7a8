"""Commands of the pages are tried when the pages are built, as far as that needs no training.

| command | is tried as |
|---|---|
| `dyad run FILE --set …`, `dyad ablate FILE --set …` | `dyad explain FILE --set …`: the file is there, every setting exists and has an effect |
| `dyad sweep FILE` | the file is there and its base as well |
| any other `dyad COMMAND --option` | the command has this option |

What a reader makes first (a file of a tutorial, results of a run) may be missing; the files of `experiments/` may not.
"""
import re
import shlex
import subprocess
from pathlib import Path

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

ROOT = Path(__file__).resolve().parent.parent.parent
LANGUAGES = ("sh", "bash")
log = logging.getLogger(__name__)


def commands(text):
    """Every `dyad` command of a block, as arguments."""
    for line in text.replace("\\\n", " ").splitlines():
        if line.startswith("dyad "):
            yield line, shlex.split(line, comments=True)[1:]


class Checker:
    """Tries commands, each of them once."""

    def __init__(self, program):
        self.program = program
        self.answers = {}
        self.written = set()

    def dyad(self, *arguments):
        if arguments not in self.answers:
            try:
                done = subprocess.run(
                    [self.program, *arguments], capture_output=True, text=True, cwd=ROOT, check=False,
                    stdin=subprocess.DEVNULL, timeout=30,
                )
                self.answers[arguments] = (done.returncode, done.stdout, done.stderr.strip())
            except subprocess.TimeoutExpired:
                self.answers[arguments] = (1, "", f"dyad {' '.join(arguments)} does not end")
        return self.answers[arguments]

    def problem(self, arguments):
        """What is wrong with a command, or None."""
        command, rest = arguments[0], arguments[1:]
        if command.startswith("-"):
            return None
        path = [command] + ([rest[0]] if command in ("models", "data") and rest else [])
        status, help_text, message = self.dyad(*path, "--help")
        if status != 0:
            return message
        for option in (argument.split("=")[0] for argument in rest):
            if option.startswith("-") and not re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", help_text):
                return f"dyad {' '.join(path)} has no option {option}"
        files = [argument for argument in rest if argument.startswith(("experiments/", "tests/")) and "*" not in argument]
        missing = [name for name in files if not (ROOT / name).exists() and name not in self.written]
        if missing:
            return f"{missing[0]} is not in the repository"
        if command in ("run", "ablate") and files and files[0] not in self.written:
            sets = [part for at, argument in enumerate(rest) if argument == "--set" for part in ("--set", rest[at + 1])]
            status, _, message = self.dyad("explain", files[0], *sets)
            return message if status != 0 else None
        return None


class CheckCommands(SphinxTransform):
    default_priority = 500

    def apply(self, **kwargs):
        checker = self.app.dyadsim_checker
        # Files that a page tells its reader to write.
        checker.written.update(re.findall(r"Save the \w+ as (experiments/\S+\.json)", self.document.astext()))
        for block in self.document.findall(nodes.literal_block):
            if block.get("language") not in LANGUAGES:
                continue
            for line, arguments in commands(block.astext()):
                problem = checker.problem(arguments)
                if problem:
                    log.warning("command that does not work: %s: %s", line, problem, location=block)


def setup(app):
    def make(app):
        app.dyadsim_checker = Checker(app.config.dyadsim_program)

    app.connect("builder-inited", make)
    app.add_transform(CheckCommands)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
