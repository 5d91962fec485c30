#!/usr/bin/env python3
"""Lists the differences between the OpenAPI document of a commit and the current one.

usage: document-diff.py BASE
BASE is any name of a commit. Differences in descriptions of fields are listed and allowed. Any other difference is
listed too, and the exit status is 1. This is independent of the check for breaking changes in `make contract`.
"""
import json
import subprocess
import sys

DOCUMENT = "docs/openapi.json"


def differences(old, new, at=""):
    """The JSON pointers at which two documents differ, each with its old and new value."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            pointer = f"{at}/{key.replace('~', '~0').replace('/', '~1')}"
            if key in old and key in new:
                yield from differences(old[key], new[key], pointer)
            else:
                yield pointer, old.get(key), new.get(key)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new)):
            yield from differences(before, after, f"{at}/{index}")
    elif old != new:
        yield at, old, new


def is_description_of_a_field(pointer):
    """Whether a place is the description of a schema's field or of a parameter, and not a field named `description`."""
    parts = pointer.split("/")
    if parts[-1] != "description" or parts[-2] == "properties":
        return False
    return "properties" in parts or "parameters" in parts


def short(value):
    """A value on one line."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else text[:199] + "…"


def main():
    if len(sys.argv) != 2 or not sys.argv[1]:
        sys.exit("which commit? make document-diff BASE=main~5")
    shown = subprocess.run(["git", "show", f"{sys.argv[1]}:{DOCUMENT}"], capture_output=True, text=True, check=False)
    if shown.returncode != 0:
        sys.exit(shown.stderr.strip())
    with open(DOCUMENT, encoding="utf-8") as file:
        found = list(differences(json.loads(shown.stdout), json.load(file)))
    told = [entry for entry in found if is_description_of_a_field(entry[0])]
    others = [entry for entry in found if not is_description_of_a_field(entry[0])]
    for title, entries in (("descriptions of fields", told), ("anything else", others)):
        print(f"{title}: {len(entries)}")
        for pointer, old, new in entries:
            print(f"  {pointer}\n    - {short(old)}\n    + {short(new)}")
    sys.exit(1 if others else 0)


if __name__ == "__main__":
    main()
