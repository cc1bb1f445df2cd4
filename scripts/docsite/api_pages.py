"""The pages of the API reference: one per operation, as Markdown; the layout shows the same in two columns."""

from collections.abc import Iterable

from docsite.operations import Operation
from docsite.pages import Page, summary_of
from docsite.samples import samples
from docsite.schema import Field


def pages(operations: Iterable[Operation]) -> list[Page]:
    """A page for each operation, in their order."""
    return [
        Page(
            operation.slug,
            operation.title,
            summary_of(f"# {operation.title}\n\n{operation.about}"),
            _markdown(operation),
            None,
            operation,
        )
        for operation in operations
    ]


def default_text(field: Field) -> str:
    """The default of a field, as it would be sent; empty where there is none."""
    if not field.has_default or field.default is None:
        return ""
    if isinstance(field.default, list):
        return ", ".join(map(str, field.default)) or "empty"
    return str(field.default).lower() if isinstance(field.default, bool) else str(field.default)


def fields_by_place(operation: Operation) -> list[tuple[str, tuple[Field, ...]]]:
    """What can be sent, by the heading under which it stands; places without fields are left out."""
    places = [
        ("Path parameters", operation.path_fields),
        ("Headers", operation.header_fields),
        ("Query parameters", operation.query_fields),
        ("Request", operation.body_fields),
    ]
    return [(title, fields) for title, fields in places if fields]


def _markdown(operation: Operation) -> str:
    parts = [
        f"# {operation.title}",
        f"`{operation.method} {operation.path}`",
        operation.about,
        *_authentication(operation),
    ]
    for title, fields in fields_by_place(operation):
        parts += [f"## {title}", _table(fields)]
    parts.append("## Example")
    parts += [f"{sample.title}:\n\n```{sample.language}\n{sample.text}\n```" for sample in samples(operation)]
    parts += ["## Response", f"HTTP {operation.success}:", f"```json\n{operation.answer_sample}\n```"]
    parts.append(_table(operation.answer_fields, answer=True))
    return "\n\n".join([*parts, *_problems(operation)]) + "\n"


def _authentication(operation: Operation) -> list[str]:
    if not operation.credentials:
        return ["## Authentication", "None."]
    ways = [f"- **{way.name}** (`{way.form}`): {way.about}" for way in operation.credentials]
    said = "`Authorization: Bearer <token>`" + (", one of:" if len(ways) > 1 else ":")
    return ["## Authentication", said, "\n".join(ways)]


def _table(fields: Iterable[Field], *, answer: bool = False) -> str:
    rows = ["| Field | Type | | What it is |", "|---|---|---|---|"]
    for field in fields:
        for path, found in field.flat():
            need = ("always" if found.required else "sometimes") if answer else _need(found)
            rows.append(f"| `{path}` | {found.type} | {need} | {_cell(describe(found))} |")
    return "\n".join(rows)


def _need(field: Field) -> str:
    return "required" if field.required else "optional"


def describe(field: Field) -> str:
    """What is to be said about a field, in one line of Markdown."""
    parts = [" ".join(field.about.replace("``", "`").split())]
    if field.limits:
        parts.append(f"{field.limits[0].upper()}{field.limits[1:]}.")
    if field.values:
        named = ", ".join(f"`{value}`" for value in field.values)
        parts.append(f"One of {named}." if len(field.values) > 1 else f"Only {named}.")
    if default := default_text(field):
        parts.append(f"Default: `{default}`.")
    return " ".join(filter(None, parts))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _problems(operation: Operation) -> list[str]:
    if not operation.problems:
        return []
    rows = ["| Status | Code | Message |", "|---|---|---|"]
    rows += [f"| {problem.status} | `{problem.code}` | {_cell(problem.message)} |" for problem in operation.problems]
    shown = min(operation.problems, key=lambda problem: problem.code != "VALIDATION_ERROR")
    sample = f"```http\n{shown.sample}\n```"
    every = "A sample of each stands on the page of [error codes](../../reference/error-codes.md)."
    return ["## Errors", "\n".join(rows), f"For instance `{shown.code}`:", sample, every]
