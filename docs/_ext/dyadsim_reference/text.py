"""Text of the program as MyST Markdown."""
import re


def without_examples(text):
    """A doc comment without its examples in Rust."""
    return re.sub(r"```.*?(```|\Z)", "", text or "", flags=re.S).strip()


def prose(text):
    """A doc comment as paragraphs of one line, in Markdown."""
    text = without_examples(text)
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", text)]
    return "\n\n".join(outside_code(part) for part in paragraphs if part)


def outside_code(text):
    """Escapes what Markdown would take for markup, but for code between backticks; links of rustdoc become code."""
    text = re.sub(r"\[`([^`]+)`\](?!\()", r"`\1`", text)
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else escape(part) for part in parts)


def escape(text):
    return re.sub(r"([\\*_<>$|\[\]~])", r"\\\1", text)


def cell(text):
    """A cell of a table."""
    return str(text).replace("\n", " ").replace("|", "\\|")


def table(head, rows):
    """A table of cells that are Markdown already."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])
