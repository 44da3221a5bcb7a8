"""The command line, from the help of the program."""
import re


def commands(help_text):
    """Names of the commands that a help lists."""
    listed = re.search(r"^Commands:\n(.*?)(?:\n\n|\Z)", help_text, re.S | re.M)
    return [name for name in re.findall(r"^  (\w[\w-]*)", listed[1], re.M) if name != "help"] if listed else []


def section(program, path):
    text = program(*path, "--help").rstrip()
    about, _, usage = text.partition("\nUsage:")
    about = " ".join(about.split())
    told = [f"{'#' * (len(path) + 1)} `dyad {' '.join(path)}`", "", "```text", ("Usage:" + usage).strip() if usage else text, "```", ""]
    if about and usage:
        told[2:2] = [re.sub(r"([*_<>$])", r"\\\1", about), ""]
    for name in commands(text):
        told += section(program, [*path, name])
    return told


def pages(program):
    text = program("--help").rstrip()
    page = [
        "# Command line",
        "",
        "What the program prints for `--help`.",
        "",
        "## Exit status",
        "",
        "| status | means |",
        "|---|---|",
        "| 0 | done |",
        "| 1 | error |",
        "| 2 | wrong usage |",
        "| 3 | the run diverged; its results are kept |",
        "| 130 | interrupted |",
        "",
        "## `dyad`",
        "",
        "```text",
        text,
        "```",
        "",
    ]
    for name in commands(text):
        page += section(program, [name])
    return {"command_line": "\n".join(page)}
