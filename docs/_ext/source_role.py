"""The role `source`: the name of a file of the repository, which must exist.

    {source}`src/credit/stability.rs`
"""
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxRole

ROOT = Path(__file__).resolve().parent.parent.parent


class Source(SphinxRole):
    def run(self):
        node = nodes.literal(self.rawtext, self.text, classes=["source-file"])
        if (ROOT / self.text).exists():
            return [node], []
        return [node], [self.inliner.reporter.warning(f"no file {self.text} in the repository", line=self.lineno)]


def setup(app):
    app.add_role("source", Source())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
