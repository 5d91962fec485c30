#!/usr/bin/env python3
"""Refuses a change of the contract that is not an addition.

    additions.py OASDIFF

Compares docs/openapi.json with the baseline, its state at the last run. If there are only additions, the document
becomes the baseline. A deliberate break needs a row under "Declared" in docs/breaking-changes.md, with the document's
version. It is valid once: when the baseline includes the break, its row moves to "Made" and excuses nothing any more.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import typing

DOCUMENT = pathlib.Path("docs/openapi.json")
BASELINE = pathlib.Path("scripts/contract/baseline.json")
PAGE = pathlib.Path("docs/breaking-changes.md")
METHODS = ("get", "put", "post", "delete", "patch")

# Reported by `by_hand`, for every header in the same way.
NOT_FROM_OASDIFF = {"optional-response-header-removed", "required-response-header-removed"}


class Break(typing.NamedTuple):
    """A change that is not an addition: its place, its kind, and the exact change."""

    operation: str
    kind: str
    words: str

    def cell(self):
        """The change as a Markdown table cell, in code style, because patterns contain Markdown syntax."""
        text = " ".join(f"{self.kind}: {self.words}".split())
        longest = max((len(run) for run in re.findall("`+", text)), default=0)
        fence = "`" * (longest + 1)
        space = " " if longest else ""
        return f"{fence}{space}{text}{space}{fence}".replace("|", "\\|")

    def row(self, version, why):
        return f"| {version} | {self.operation} | {self.cell()} | {why} |"


class Row(typing.NamedTuple):
    """A line of the table under "Declared"."""

    line: str
    version: str
    operation: str
    change: str
    why: str


def main(oasdiff):
    document = json.loads(DOCUMENT.read_text())
    now = bare(document)
    shape = json.dumps(now, indent=0, sort_keys=True) + "\n"
    if BASELINE.exists():
        before = json.loads(BASELINE.read_text())
        breaks = [*by_oasdiff(oasdiff, before, now), *by_hand(before, now)]
        complaints, page = judge(breaks, document["info"]["version"], PAGE.read_text())
        if complaints:
            print(*complaints, sep="\n")
            return 1
        PAGE.write_text(page)
    BASELINE.write_text(shape)
    return 0


def judge(breaks, version, page):
    """The problems with these breaks; and if there are none, the page with the declared breaks moved to "Made"."""
    declared, complaints = {}, []
    for row in rows(page):
        if row.why in ("", "why"):
            complaints.append(f"{PAGE} gives no reason: {row.line}")
        declared[row.version, row.operation, row.change] = row
    used, undeclared = [], []
    for found in sorted(set(breaks)):
        row = declared.pop((version, found.operation, found.cell()), None)
        (used if row else undeclared).append(row or found)
    if undeclared:
        complaints.append("The contract changes only by addition. These are none:")
        complaints += [f"  {found.operation}: {found.words}" for found in undeclared]
        complaints.append(f'Undo them, or add these rows, with your reasons, under "Declared" in {PAGE}:')
        complaints += [found.row(version, "why") for found in undeclared]
    if declared:
        complaints.append(f'No change since the baseline fits these rows under "Declared" in {PAGE}. Take them out:')
        complaints += [row.line for row in declared.values()]
    return complaints, moved(page, [row.line for row in used])


def rows(page):
    """The declared breaks that are not yet part of a baseline."""
    lines = page.split("\n")
    for line in lines[slice(*table(lines, "Declared"))]:
        # A bar inside the text is escaped by a backslash.
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())][1:-1]
        if len(cells) != 4:
            raise SystemExit(f"{PAGE}: a row has four cells: {line}")
        yield Row(line, *cells)


def moved(page, declared):
    """The page with these lines at the end of "Made"."""
    lines = page.split("\n")
    start, end = table(lines, "Declared")
    lines[start:end] = [line for line in lines[start:end] if line not in declared]
    _, end = table(lines, "Made")
    lines[end:end] = declared
    return "\n".join(lines)


def table(lines, heading):
    """The start and end of the table rows under a heading."""
    try:
        start = next(at for at in range(lines.index(f"## {heading}"), len(lines)) if lines[at].startswith("| ---")) + 1
    except (ValueError, StopIteration):
        raise SystemExit(f'{PAGE} has no table under "{heading}"') from None
    end = next((at for at in range(start, len(lines)) if not lines[at].startswith("|")), len(lines))
    return start, end


def bare(node, is_map_of_names=False):
    """The document without texts for people. The names of examples are kept, because they are error codes."""
    if isinstance(node, list):
        return [bare(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {}
    for name, value in node.items():
        if is_map_of_names:
            kept[name] = bare(value)
        elif name == "examples" and isinstance(value, dict):
            kept[name] = {code: {} for code in value}
        elif name == "description":
            # Some of them are mandatory.
            kept[name] = ""
        elif name not in ("summary", "example", "examples"):
            kept[name] = bare(value, name in ("properties", "schemas"))
    return kept


def by_oasdiff(oasdiff, before, now):
    """The breaking changes that oasdiff detects."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [pathlib.Path(folder) / name for name in ("before.json", "now.json")]
        for path, document in zip(paths, (before, now)):
            path.write_text(json.dumps(document))
        done = subprocess.run([oasdiff, "breaking", *paths, "--format", "json"], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"oasdiff failed: {done.stderr}")
    for change in json.loads(done.stdout or "null") or []:
        if change["id"] not in NOT_FROM_OASDIFF:
            operation = f"{change.get('operation', '')} {change.get('path', '')}".strip() or "components"
            yield Break(operation, change["id"], change["text"])


def by_hand(before, now):
    """The breaking changes that oasdiff does not detect: how to call, who may, and answers apart from their body."""
    old, new = ([undescribed(server) for server in document.get("servers", [])] for document in (before, now))
    if new[: len(old)] != old:
        yield Break("servers", "servers-changed", f"they were {old} and are {new}")
    schemes = now.get("components", {}).get("securitySchemes", {})
    for name, scheme in before.get("components", {}).get("securitySchemes", {}).items():
        if name not in schemes:
            yield Break("components", "security-scheme-removed", name)
            continue
        old, new = undescribed(scheme), undescribed(schemes[name])
        if old != new:
            yield Break("components", "security-scheme-changed", f"{name} was {old} and is {new}")
    for path, item in before["paths"].items():
        for method in METHODS:
            old, new = item.get(method), now["paths"].get(path, {}).get(method)
            if old and new:
                for kind, words in of_operation(before, old, now, new):
                    yield Break(f"{method.upper()} {path}", kind, words)


def of_operation(before, old, now, new):
    """The same for an operation that both documents have."""
    for name in ("operationId", "x-cartera-access", "x-cartera-api-key"):
        if old.get(name) != new.get(name):
            yield f"{name}-changed", f"{name} was {old.get(name)} and is {new.get(name)}"
    ways = security(now, new)
    for way in security(before, old):
        if not any(is_enough(way, other) for other in ways):
            yield "security-removed", f"{json.dumps(way)} is no longer enough"
    answers = responses(now, new)
    for status, answer in responses(before, old).items():
        other = answers.get(status)
        if other is None:
            # For a success, oasdiff reports it.
            if not status.startswith("2"):
                yield "response-status-removed", f"it no longer answers {status}"
            continue
        for code in sorted(codes(answer) - codes(other)):
            yield "error-code-removed", f"{status} no longer says {code}"
        for header in sorted(headers(answer) - headers(other)):
            yield "response-header-removed", f"{status} no longer has {header}"


def undescribed(node):
    """Without the description, which is optional and which `bare` empties."""
    return {name: node[name] for name in sorted(node) if name != "description"}


def security(document, operation):
    """The alternative security requirements. An empty list means that none is needed."""
    return operation.get("security", document.get("security")) or [{}]


def is_enough(held, wanted):
    """Whether credentials that satisfy one requirement also satisfy another."""
    return all(name in held and set(scopes) <= set(held[name]) for name, scopes in wanted.items())


def responses(document, operation):
    """The answers of an operation by status."""
    shared = document.get("components", {}).get("responses", {})
    return {
        status: shared[answer["$ref"].rsplit("/", 1)[1]] if "$ref" in answer else answer
        for status, answer in operation["responses"].items()
    }


def codes(answer):
    """The error codes of an answer."""
    return set(answer.get("content", {}).get("application/problem+json", {}).get("examples", {}))


def headers(answer):
    """The names of the headers of an answer, which are case-insensitive."""
    return {name.lower() for name in answer.get("headers", {})}


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
