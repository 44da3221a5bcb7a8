"""Every setting of experiment, sweep and hardware files, from the JSON Schemas."""
import json

from .text import prose, without_examples

INTRODUCTION = {
    "experiment": """# Experiment files

An experiment file says what is learnt, by which network and rule, and what is measured. Keys are written with dots, as `--set` and the messages
of errors have them: `nudging.alpha` is the key `alpha` in the object `nudging`. A key that no setting has is an error. So is a setting that would have no
effect. `dyad explain FILE --all` prints every effective setting and where it comes from. The JSON Schema `experiments/schema/experiment.json`
makes editors complete and check.
""",
    "hardware": """# Hardware files

A hardware file says how the chip differs from the algorithm; what is not given is ideal. The keys stand here as `--set` has them, after `hardware.`; in a
file of `hw_models/` they stand without it. [How to describe a chip](../../guide/hardware.md) is the introduction, the models that ship are
[on a page of their own](hardware_models.md). The JSON Schema is `hw_models/schema/hardware.json`.
""",
    "sweep": """# Sweep files

A sweep file names an experiment and what varies. [How to run sweeps](../../guide/sweeps.md) is the introduction. The JSON Schema is
`experiments/schema/sweep.json`. The keys stand here after `sweep:`, which no file has.
""",
}


class Writer:
    """Writes the settings of one schema. An object that has been written is not written again but linked."""

    def __init__(self, schema, prefix=""):
        self.definitions = schema.get("$defs", {})
        self.prefix = prefix
        # Name of a definition -> the key that it is written below. Those of the file itself have precedence.
        self.written = {}
        for key, node in schema["properties"].items():
            node, name, _ = self.resolve(node)
            if name and self.has_settings(node):
                self.written[name] = key

    def resolve(self, node):
        """The node that a reference leads to with what is said of it here, its definition's name, and whether it may be null."""
        name, optional = None, False
        if not isinstance(node, dict):
            # `true` allows any value.
            return {}, None, False
        while True:
            if "$ref" in node:
                name = node["$ref"].rsplit("/", 1)[-1]
                here = {key: value for key, value in node.items() if key != "$ref"}
                target = self.definitions[name]
                # What is said of the key comes first; what is said of its type follows if it is much more.
                own, general = here.get("description", ""), without_examples(target.get("description", ""))
                texts = [own, general] if len(general) > 2 * len(own) + 20 or not own else [own]
                node = {**target, **here, "description": "\n\n".join(text for text in texts if text)}
                continue
            choices = node.get("anyOf") or []
            if any(choice.get("type") == "null" for choice in choices):
                rest = [choice for choice in choices if choice.get("type") != "null"]
                here = {key: value for key, value in node.items() if key != "anyOf"}
                optional = True
                node = {**rest[0], **here} if len(rest) == 1 and "$ref" in rest[0] else {**here, "anyOf": rest}
                if len(rest) == 1 and "$ref" not in rest[0]:
                    node = {**rest[0], **here}
                continue
            if isinstance(node.get("type"), list) and "null" in node["type"]:
                optional = True
                rest = [kind for kind in node["type"] if kind != "null"]
                node = {**node, "type": rest[0] if len(rest) == 1 else rest}
                continue
            return node, name, optional

    def kind(self, node):
        """The type of a value in words."""
        node, _, _ = self.resolve(node)
        if "const" in node:
            return f"`{json.dumps(node['const'], ensure_ascii=False)}`"
        if node.get("enum"):
            return " or ".join(f"`{json.dumps(value)}`" for value in node["enum"])
        choices = node.get("oneOf") or node.get("anyOf")
        if choices:
            kinds = list(dict.fromkeys(self.kind(choice) for choice in choices))
            return "one of the choices below" if len(kinds) > 3 else " or ".join(kinds)
        kind = node.get("type")
        if kind == "object":
            keys = list(node.get("properties", {}))
            return "`{" + ", ".join(f'"{key}": …' for key in keys) + "}`" if len(keys) == 1 else "object"
        if kind == "array":
            count = node.get("minItems")
            exact = f" of {count}" if count and count == node.get("maxItems") else ""
            items = node.get("items")
            return f"list{exact} ({self.kind(items)})" if items else "list"
        words = {"boolean": "`true` or `false`", "string": "text", "integer": "integer", "number": "number", None: "any value"}
        return words.get(kind, str(kind)) + bounds(node)

    def confval(self, key, node, optional, required, body):
        """A setting as a description that can be linked to."""
        kind = self.kind(node) + (" or `null`" if optional else "")
        lines = [f"````{{confval}} {self.prefix}{key}", f":type: {json.dumps(kind, ensure_ascii=False)}"]
        if "default" in node:
            default = json.dumps(node["default"], ensure_ascii=False)
            if len(default) <= 90:
                lines.append(f":default: {json.dumps(f'`{default}`', ensure_ascii=False)}")
        elif required:
            lines.append(':default: "none; must be given"')
        return "\n".join([*lines, "", *body, "````", ""])

    def entry(self, key, node, required, description=None):
        """A setting and everything below it."""
        node, name, optional = self.resolve(node)
        body = [prose(description or node.get("description", ""))]
        below = []
        # A choice is the same object again if it has settings at all; words and numbers are short enough to repeat.
        known = self.written.get(name) if name else None
        if known and known != key and self.has_settings(node):
            body += ["", f"The settings are those of {{confval}}`{self.prefix}{known}`."]
        else:
            if name:
                self.written[name] = key
            choices = node.get("oneOf") or node.get("anyOf")
            items = node.get("items")
            if choices:
                told, below = self.choices(key, choices)
                body += told
            elif node.get("properties"):
                below = self.properties(key, node)
            elif isinstance(items, dict) and "$ref" in items:
                item, item_name, _ = self.resolve(items)
                if self.has_settings(item) or item.get("oneOf"):
                    item_key = f"{key}[i]"
                    if item_name in self.written:
                        body += ["", f"Each is as those of {{confval}}`{self.prefix}{self.written[item_name]}`."]
                    else:
                        # The list has an entry that can be linked to; its items have none.
                        self.written[item_name] = key
                        options = item.get("oneOf") or item.get("anyOf")
                        if options:
                            told, below = self.choices(item_key, options)
                            body += ["", "Each is one of", *told]
                        else:
                            below = self.properties(item_key, item)
        return self.confval(key, node, optional, required, body) + "\n" + "\n".join(below)

    def has_settings(self, node):
        if node.get("properties"):
            return True
        return any(self.resolve(choice)[0].get("properties") for choice in (node.get("oneOf") or node.get("anyOf") or []))

    def properties(self, key, node):
        required = node.get("required", [])
        entries = [(f"{key}.{name}", child, name in required) for name, child in node["properties"].items()]
        if key.count(".") > 0:
            return [self.entry(*entry) for entry in entries]
        # Just below a part of the file, what has settings of its own gets a heading and comes last.
        plain = [entry for entry in entries if not self.has_settings(self.resolve(entry[1])[0])]
        deep = [entry for entry in entries if entry not in plain]
        return [self.entry(*entry) for entry in plain] + [f"## `{self.prefix}{entry[0]}`\n\n{self.entry(*entry)}" for entry in deep]

    def choices(self, key, choices):
        """A list of the choices, and the settings that some of them have."""
        told, below = [""], []
        for choice in choices:
            here = choice.get("description")
            choice, name, _ = self.resolve(choice)
            text = prose(here or choice.get("description", ""))
            if "const" in choice:
                told.append(item(f"`{json.dumps(choice['const'], ensure_ascii=False)}`", text))
            elif choice.get("enum"):
                told += [item(f"`{json.dumps(value)}`", text) for value in choice["enum"]]
            elif list(choice.get("properties", {})) == choice.get("required") and len(choice["properties"]) == 1:
                (variant, child), = choice["properties"].items()
                inner, inner_name, _ = self.resolve(child)
                told.append(item(f"`{{\"{variant}\": …}}`", text))
                inner_key = f"{key}.{variant}"
                if inner_name in self.written:
                    told[-1] += f" The settings are those of {{confval}}`{self.prefix}{self.written[inner_name]}`."
                elif inner.get("properties"):
                    self.written[inner_name] = inner_key
                    # A variant without an entry of its own is linked to by its first setting.
                    first = next(iter(inner["properties"]))
                    self.written[inner_name] = f"{inner_key}.{first}" if inner_name else None
                    below += self.properties(inner_key, inner)
                else:
                    below.append(self.entry(inner_key, {**child, "description": child.get("description", inner.get("description", ""))}, True))
            else:
                if choice.get("properties"):
                    below += self.properties(key, choice)
                told.append(item(self.kind(choice), text))
        return told, below


def item(head, text):
    lines = text.split("\n\n")
    return f"- {head}" + (f": {' '.join(lines)}" if text else "")


def bounds(node):
    """The range of a number in words."""
    low, high = node.get("minimum"), node.get("maximum")
    above, below = node.get("exclusiveMinimum"), node.get("exclusiveMaximum")
    told = []
    if low is not None:
        told.append(f"≥ {number(low)}")
    if above is not None:
        told.append(f"> {number(above)}")
    if high is not None:
        told.append(f"≤ {number(high)}")
    if below is not None:
        told.append(f"< {number(below)}")
    return " " + ", ".join(told) if told else ""


def number(value):
    return f"{value:g}" if abs(value) < 1e6 else str(int(value) if value == int(value) else value)


def schema_of(program, kind):
    return json.loads(program("schema", kind))


def one_page(program, kind, prefix):
    """All settings of a kind of file."""
    schema = schema_of(program, kind)
    writer = Writer(schema, prefix)
    required = schema.get("required", [])
    page = [INTRODUCTION[kind]]
    for key, node in schema["properties"].items():
        if key != "$schema":
            page += [f"## `{key}`", "", writer.entry(key, node, key in required)]
    return {kind: "\n".join(page)}


def paged(program, kind, prefix=""):
    """An index page, and a page for every part of the file that has settings of its own."""
    schema = schema_of(program, kind)
    writer = Writer(schema, prefix)
    required = schema.get("required", [])
    leaves, parts, pages = [], [], {}
    for key, node in schema["properties"].items():
        if key == "$schema":
            continue
        if writer.has_settings(writer.resolve(node)[0]):
            name = f"{kind}_{key}"
            pages[name] = f"# `{prefix}{key}`\n\n" + writer.entry(key, node, key in required)
            parts.append(name)
        else:
            leaves.append(writer.entry(key, node, key in required))
    toctree = ["## Parts with settings of their own", "", "```{toctree}", ":maxdepth: 2", "", *parts, "```", ""]
    pages[kind] = "\n".join([INTRODUCTION[kind], *toctree, "## Settings of the file itself", "", *leaves])
    return pages


def pages(program):
    return {
        **paged(program, "experiment"),
        **paged(program, "hardware", "hardware."),
        **one_page(program, "sweep", "sweep:"),
    }
