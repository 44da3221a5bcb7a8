"""The Python package, from its source: what `__all__` lists, with signatures and docstrings. Nothing is imported."""
import ast
import re

# Methods that a reader calls by other means than their name.
SPECIAL = ("__call__", "__getitem__", "__setitem__")


def markdown(doc):
    """A docstring in reStructuredText as MyST Markdown."""
    text = re.sub(r"``([^`]+)``", r"`\1`", doc or "")
    text = re.sub(r":(?:class|meth|func):`~?\.?([^`]+)`", r"`\1`", text)
    lines, code = [], False
    for line in text.splitlines():
        if line.lstrip().startswith((">>>", "...")) != code:
            code = not code
            lines += ["", "```python"] if code else ["```", ""]
        if code:
            line = line.lstrip()[4:]
        field = re.match(r"\s*:(param|raises|returns?)\s*([\w.]*):\s*(.*)", line)
        if field:
            kind, name, rest = field.groups()
            if lines and not lines[-1].startswith("- ") and not lines[-1].startswith("  "):
                lines.append("")
            head = f"`{name}`" if kind == "param" else f"raises `{name}`" if kind == "raises" else "returns"
            line = f"- {head}: {rest}"
        elif lines and (lines[-1].startswith("- ") or lines[-1].startswith("  ")) and line.startswith("    "):
            line = "  " + line.strip()
        lines.append(line)
    return "\n".join(lines + ["```"] * code).strip()


def signature(function, bound):
    """Parameters with their defaults; types are in the package for editors."""
    arguments = function.args
    told, positional = [], arguments.posonlyargs + arguments.args
    defaults = [None] * (len(positional) - len(arguments.defaults)) + arguments.defaults
    for argument, default in list(zip(positional, defaults))[1 if bound else 0:]:
        told.append(argument.arg + (f"={ast.unparse(default)}" if default else ""))
    if arguments.vararg:
        told.append(f"*{arguments.vararg.arg}")
    elif arguments.kwonlyargs:
        told.append("*")
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults):
        told.append(argument.arg + (f"={ast.unparse(default)}" if default else ""))
    if arguments.kwarg:
        told.append(f"**{arguments.kwarg.arg}")
    return f"({', '.join(told)})"


def decorated(function, name):
    return any(ast.unparse(decorator).split(".")[-1] == name for decorator in function.decorator_list)


def described(directive, head, body):
    return [f"{directive} {head}", "", body, ""]


def of_class(node, fence):
    """A class with its public methods and properties."""
    start = next((item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"), None)
    fields = [item for item in node.body if isinstance(item, ast.AnnAssign) and not item.target.id.startswith("_")]
    if start:
        head = node.name + signature(start, True)
    else:
        head = node.name
    body = [markdown(ast.get_docstring(node))]
    if fields:
        body += ["", "Fields: " + ", ".join(f"`{field.target.id}`" for field in fields) + "."]
    body.append("")
    inner = fence[:-1]
    for item in node.body:
        if not isinstance(item, ast.FunctionDef) or item.name.startswith("_") and item.name not in SPECIAL:
            continue
        doc = ast.get_docstring(item)
        if doc is None or decorated(item, "setter") or decorated(item, "overload"):
            continue
        kind = "py:property" if decorated(item, "property") else "py:method"
        own = item.name + ("" if kind == "py:property" else signature(item, not decorated(item, "staticmethod")))
        options = [":classmethod:"] if decorated(item, "classmethod") else []
        body += [f"{inner}{{{kind}}} {own}", *options, "", markdown(doc), inner, ""]
    return [f"{fence}{{py:class}} {head}", "", *body, fence, ""]


def pages(folder):
    trees = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in sorted([*folder.glob("*.py"), *folder.glob("*.pyi")])}
    start = trees["__init__"]
    listed = next(ast.literal_eval(item.value) for item in start.body
                  if isinstance(item, ast.Assign) and item.targets[0].id == "__all__")
    defined = {item.name: item for tree in trees.values() for item in tree.body if isinstance(item, (ast.ClassDef, ast.FunctionDef))}
    sources = {alias.asname or alias.name: (item.module, alias.name) for item in start.body
               if isinstance(item, ast.ImportFrom) for alias in item.names}
    page = [
        "# Python package", "",
        "Everything in `import dyadsim as ds`. [Use it from Python](../../guide/python.md) is the introduction; the types of all parameters",
        "come with the package, so that editors and mypy know them.", "",
        "```{py:module} dyadsim", "```", "",
    ]
    functions, classes, modules = [], [], []
    for name in sorted(listed, key=str.lower):
        module, own = sources.get(name, ("", name))
        item = defined.get(own)
        if isinstance(item, ast.FunctionDef):
            functions += ["````{py:function} " + name + signature(item, False), "", markdown(ast.get_docstring(item)), "````", ""]
        elif isinstance(item, ast.ClassDef):
            classes += of_class(item, "`````")
        elif name in trees:
            modules.append(name)
    page += ["## Functions", "", *functions, "## Classes", "", *classes]
    for name in modules:
        page += [f"## `dyadsim.{name}`", "", markdown(ast.get_docstring(trees[name])), ""]
        for item in trees[name].body:
            if isinstance(item, ast.FunctionDef) and not item.name.startswith("_"):
                page += [f"````{{py:function}} {name}.{item.name}{signature(item, False)}", "", markdown(ast.get_docstring(item)), "````", ""]
            elif isinstance(item, ast.ClassDef) and not item.name.startswith("_"):
                item.name = f"{name}.{item.name}"
                page += of_class(item, "`````")
    return {"python": "\n".join(page)}
