"""Numbers that do not break: "10 000", "98 %", and in tables "96.3 ± 0.2", "98.9 / 0°", "784-128-128-10"."""
import re

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

KEPT = (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw)
NBSP = "\u00a0"


class KeepNumbers(SphinxPostTransform):
    # After the tables have been written as CSV.
    default_priority = 900
    builders = ("html", "dirhtml")

    def run(self, **kwargs):
        for text in list(self.document.findall(nodes.Text)):
            if isinstance(text.parent, KEPT):
                continue
            kept = re.sub(r"(?<=\d) (?=\d{3}(?!\d)|%)", NBSP, text)
            if in_table(text):
                kept = re.sub(r" ([±/]) ", rf"{NBSP}\1{NBSP}", kept)
            if kept != text:
                text.parent.replace(text, nodes.Text(kept))
        for entry in self.document.findall(nodes.entry):
            if re.fullmatch(r"\d+(-\d+)+", entry.astext().strip()):
                entry["classes"].append("nowrap")


def in_table(node):
    while node.parent is not None:
        if isinstance(node, nodes.entry):
            return True
        node = node.parent
    return False


def setup(app):
    app.add_post_transform(KeepNumbers)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
