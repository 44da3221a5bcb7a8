"""The tables of studies and of the validation as CSV: a link under each table gives the file."""
import csv
import io
import re
from pathlib import Path

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

PAGES = ("studies/", "validation/")


def rows(table):
    for row in table.findall(nodes.row):
        yield [re.sub(r"\s+", " ", entry.astext()).strip() for entry in row.findall(nodes.entry)]


class LinkTables(SphinxPostTransform):
    default_priority = 800
    builders = ("html", "dirhtml")

    def run(self, **kwargs):
        page = self.env.docname
        if not page.startswith(PAGES) or page.endswith("/index"):
            return
        for number, table in enumerate(list(self.document.findall(nodes.table)), 1):
            name = f"{page.replace('/', '_')}_{number}.csv"
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows(rows(table))
            folder = Path(self.app.outdir) / "_tables"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text.getvalue(), encoding="utf-8")
            up = "../" * page.count("/")
            link = nodes.reference("", "table as CSV", refuri=f"{up}_tables/{name}", internal=True)
            table.parent.insert(table.parent.index(table) + 1, nodes.paragraph("", "", link, classes=["table-csv"]))


def setup(app):
    app.add_post_transform(LinkTables)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
