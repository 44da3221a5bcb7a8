"""The hardware models that ship, from their files."""
import json

from .text import cell, escape, outside_code, table


def value(model, key):
    """The value of a dotted key."""
    for part in key.split("."):
        if not isinstance(model, dict) or part not in model:
            return None
        model = model[part]
    return model


def told(value, unit):
    """A value with its unit."""
    text = json.dumps(value, ensure_ascii=False)
    if value is None or len(text) > 130:
        return "" if value is None else "see the file"
    return f"`{text}`" + (f" {escape(unit)}" if unit != "1" else "")


def section(name, model):
    page = [f"(model-{name})=", f"## `{name}`", "", f"**{outside_code(model['name'])}.** {outside_code(model.get('description', ''))}", ""]
    source = model.get("source")
    if source:
        link = model.get("url") or (f"https://doi.org/{model['doi']}" if model.get("doi") else None)
        doi = f" [{escape(model.get('doi') or link)}]({link})" if link else ""
        page += [f"Source: {outside_code(source)}.{doi}", ""]
    if model.get("valid_range"):
        page += [f"Valid: {outside_code(model['valid_range'])}", ""]
    figures = model.get("figures", [])
    if figures:
        rows = [
            [f"`{figure['key']}`", cell(told(value(model, figure["key"]), figure.get("unit", "1"))), figure["basis"], cell(outside_code(figure.get("remark", "")))]
            for figure in figures
        ]
        page += [table(["setting", "value", "basis", "remark"], rows), ""]
    return page


def pages(folder):
    models = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}
    rows = [[f"[`{name}`](#model-{name})", cell(outside_code(model["name"])), cell(outside_code(model.get("source") or "–"))] for name, model in models.items()]
    page = [
        "# Hardware models",
        "",
        "The models that ship, from their files in `hw_models/`. `dyad models show NAME` prints one. Each figure says what it rests on:",
        "*measured* (published measurements), *fitted* (a published fit), *designed* (a design value) or *assumed*.",
        "",
        table(["model", "name", "source"], rows),
        "",
    ]
    for name, model in models.items():
        page += section(name, model)
    return {"hardware_models": "\n".join(page)}
