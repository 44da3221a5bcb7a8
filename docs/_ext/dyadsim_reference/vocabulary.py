"""Names of what is measured and recorded, from src/vocabulary, where each of them stands once."""
import re

from sphinx.errors import ExtensionError

from .text import cell, escape, table

STRING = r'"((?:[^"\\]|\\.)*)"'
TERM = re.compile(rf"Term::(new|accuracy|r2)\(\s*{STRING},\s*(?:{STRING}|([A-Z_]+)),?\s*\)((?:\s*\.\w+\([^()]*\))*)")
METHOD = re.compile(r"\.(\w+)\(([^()]*)\)")


def strings(text):
    """Constants that are strings."""
    return dict(re.findall(rf"const ([A-Z_0-9]+): &str =\s*{STRING};", text))


def term(match, constants):
    _, name, phrase, constant, methods = match.groups()
    told = {"name": name, "phrase": phrase if phrase is not None else constants[constant], "units": "1"}
    for method, argument in METHOD.findall(methods):
        if method == "units":
            told["units"] = argument.strip('"')
        elif method not in ("label_as", "format", "described_as", "higher_is_better"):
            raise ExtensionError(f"src/vocabulary: what is .{method}() of {name}?")
    return told


def terms(text):
    """Every term of a file with the constant that holds it; fields of structs as STRUCT.field."""
    constants = strings(text)
    found = {}
    for match in re.finditer(r"const ([A-Z_0-9]+): (\w+) =(.*?);\n", text, re.S):
        name, kind, value = match.groups()
        if kind == "Term":
            here = TERM.search(value)
            if here and here.start() == len(value) - len(value.lstrip()):
                found[name] = term(here, constants)
        elif kind == "UnderPerturbation":
            for field in re.finditer(rf"(\w+): ({TERM.pattern})", value):
                found[f"{name}.{field[1]}"] = term(TERM.search(field[2]), constants)
    return found


def commented(text, module):
    """(constant, string, comment) of a module inside a file."""
    start = text.index(f"pub mod {module} {{")
    depth, end = 0, start
    for end in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        if depth == 0 and text[end] == "}":
            break
    return re.findall(rf"/// (.*?)\n\s*pub const ([A-Z_0-9]+): &str =\s*{STRING};", text[start:end])


def statuses(text, enum):
    body = re.search(rf"pub enum {enum} \{{(.*?)\n\}}", text, re.S)[1]
    return re.findall(r"/// (.*?)\n\s*(\w+)(?: = (\d+))?,", body)


def rows_of(found):
    return [[f"`{told['name']}`", cell(escape(told["phrase"])), cell(told["units"])] for told in found]


def words(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def pages(folder):
    read = {name: (folder / f"{name}.rs").read_text(encoding="utf-8") for name in ("metric", "consumption", "state", "axis", "place", "status")}
    metrics = terms(read["metric"])
    order = re.search(r"METRICS: \[Term; (\d+)\] = \[(.*?)\];", read["metric"], re.S)
    listed = [name.strip() for name in order[2].split(",") if name.strip()]
    missing = [name for name in listed if name not in metrics]
    if missing or len(listed) != int(order[1]):
        raise ExtensionError(f"src/vocabulary/metric.rs: {missing} could not be read")
    of_chips = terms(read["consumption"]).values()
    measured = rows_of([*(metrics[name] for name in listed), *of_chips])
    groups = [[f"`{name}`", cell(escape(comment))] for comment, _, name in commented(read["place"], "group") if not name.endswith("layer")]
    hidden = ("long_name", "units", "label", "better", "format", "flag_values", "flag_meanings", "coordinates")
    attributes = [
        [f"`{name}`", cell(escape(comment))]
        for comment, _, name in commented(read["place"], "attribute") if name not in hidden and not name.startswith("dyadsim-")
    ]
    of_variables = [[f"`{name}`", cell(escape(comment))] for comment, _, name in commented(read["place"], "attribute") if name in hidden]
    files = [[f"`{name}`", cell(escape(comment))] for comment, _, name in commented(read["place"], "file")]
    verdicts = [[code, f"`{words(name)}`", escape(comment)] for comment, name, code in statuses(read["status"], "Verdict")]
    points = [[code, f"`{words(name)}`", escape(comment)] for comment, name, code in statuses(read["status"], "PointStatus")]
    page = f"""# Variables, groups and attributes

The names of all data sets, from the one place in the source where they stand ({{source}}`src/vocabulary`). A variable carries its phrase, unit and label
as attributes `long_name`, `units` and `label`. [What is in a trace](../trace.md) says how they are arranged.

## Measured quantities

{table(["name", "what", "unit"], measured)}

## Recorded arrays

{table(["name", "what", "unit"], rows_of(terms(read["state"]).values()))}

## Axes

{table(["name", "what", "unit"], rows_of(terms(read["axis"]).values()))}

## Groups

{table(["group", "holds"], groups)}

## Attributes of a file

{table(["attribute", "holds"], attributes)}

## Attributes of a variable

{table(["attribute", "holds"], of_variables)}

## Codes

Of `verdict`, which a probe of inference gives:

{table(["code", "name", "means"], verdicts)}

Of `status`, for the points of a sweep:

{table(["code", "name", "means"], points)}

## Files of a folder

{table(["file", "holds"], files)}
"""
    return {"variables": page}
