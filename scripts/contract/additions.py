#!/usr/bin/env python3
"""Refuses a change of the contract that is no addition.

    additions.py OASDIFF

Compares docs/openapi.json with the baseline, its shape when this was last run; if there are only additions, the
document becomes the baseline. A deliberate break is a row of docs/breaking-changes.md under the version that the
document has.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

DOCUMENT = pathlib.Path("docs/openapi.json")
BASELINE = pathlib.Path("scripts/contract/baseline.json")
DECLARED = pathlib.Path("docs/breaking-changes.md")
METHODS = ("get", "put", "post", "delete", "patch")


def main(oasdiff):
    document = json.loads(DOCUMENT.read_text())
    shape = json.dumps(bare(document), indent=0, sort_keys=True) + "\n"
    if BASELINE.exists():
        breaks = [*by_oasdiff(oasdiff, shape), *by_hand(json.loads(BASELINE.read_text()), document)]
        declared = rows(document["info"]["version"])
        undeclared = sorted({found for found in breaks if found[:2] not in declared})
        if undeclared:
            print("The contract changes only by addition. These are none:")
            for operation, change, words in undeclared:
                print(f"  {operation}: {words}")
            print(f"Undo them, or add these rows, with your reasons, to {DECLARED}:")
            for operation, change, _ in undeclared:
                print(f"| {document['info']['version']} | {operation} | {change} | why |")
            return 1
    BASELINE.write_text(shape)
    return 0


def bare(node, is_map_of_names=False):
    """The document without what only people read. Of examples the names are kept, which are the codes of errors."""
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


def by_oasdiff(oasdiff, shape):
    """Breaking changes, as (operation, change, words)."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as now:
        now.write(shape)
        now.flush()
        done = subprocess.run([oasdiff, "breaking", BASELINE, now.name, "--format", "json"], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"oasdiff failed: {done.stderr}")
    for change in json.loads(done.stdout or "null") or []:
        operation = f"{change.get('operation', '')} {change.get('path', '')}".strip() or "components"
        yield operation, change["id"], change["text"]


def by_hand(before, now):
    """What oasdiff knows nothing of: codes of errors, and who may call."""
    for path, item in before["paths"].items():
        for method in METHODS:
            old, new = item.get(method), now["paths"].get(path, {}).get(method)
            if not old or not new:
                continue
            operation = f"{method.upper()} {path}"
            for status, codes in errors(before, old).items():
                for code in codes - errors(now, new).get(status, set()):
                    yield operation, f"error-code-removed:{code}", f"{status} no longer says {code}"
            for name in ("x-cartera-access", "x-cartera-api-key"):
                if old[name] != new[name]:
                    yield operation, f"{name}-changed", f"{name} was {old[name]} and is {new[name]}"


def errors(document, operation):
    """The codes of an operation by status."""
    found = {}
    for status, answer in operation["responses"].items():
        if "$ref" in answer:
            answer = document["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
        problem = answer.get("content", {}).get("application/problem+json")
        if problem:
            found[status] = set(problem["examples"])
    return found


def rows(version):
    """The breaks that are declared for a version."""
    cells = (
        [cell.strip() for cell in line.strip("| \n").split("|")]
        for line in DECLARED.read_text().splitlines()
        if re.match(r"\| *v?\d", line)
    )
    return {(row[1], row[2]) for row in cells if row[0] == version and len(row) == 4 and row[3] not in ("", "why")}


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
