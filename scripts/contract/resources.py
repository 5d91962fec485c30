"""Resources without special cases, read from the document, with what the runs need of each."""

import json
import pathlib

DOCUMENT = pathlib.Path("docs/openapi.json")
# These have special cases, and are listed in companies.py and fitting.py by name.
BY_HAND = ("accounts", "contacts", "opportunities")


class Resource:
    """A resource: its path (`price-books`), the end of its operations' names (`PriceBook`), its kind (`priceBook`).

    `collections` are where it is created and listed, each with its operations: by itself, or below each kind of record that
    it belongs to.
    """

    def __init__(self, path, document):
        self.path = path
        self.collections = [
            (where, item["post"]["operationId"], item["get"]["operationId"])
            for where, item in document["paths"].items()
            if where.endswith(f"/{path}") and "post" in item
        ]
        create = document["paths"][self.collections[0][0]]["post"]
        self.operation = document["paths"][f"/api/v1/{path}/{{id}}"]["get"]["operationId"].removeprefix("get")
        self.kind = self.operation[0].lower() + self.operation[1:]
        content = create["requestBody"]["content"]["application/json"]
        schema = document["components"]["schemas"][content["schema"]["$ref"].rsplit("/", 1)[1]]
        self.required = {name: schema["properties"][name] for name in schema["required"]}
        self.text = next(name for name, of in self.required.items() if of.get("type") == "string" and "format" not in of)

    def parents(self, ids):
        """The id of a parent for each collection; none where there is no parent."""
        kinds = {"accounts": "account", "contacts": "contact", "opportunities": "opportunity"}
        return [ids[kinds[where.split("/")[3]]][0] if "{id}" in where else None for where, _, _ in self.collections]

    def at(self, ids):
        """Where it is made and listed, by the ids of a company's records."""
        where, parent = self.collections[0][0], self.parents(ids)[0]
        return where.removeprefix("/api/v1").replace("{id}", parent or "")

    def body(self, text, ids):
        """A new record with no more than it must have: this text, and records of these ids, by kind."""
        refers = lambda name: ids[name.removesuffix("Id")][0]
        return {name: text if name == self.text else refers(name) for name in self.required}


def plain_resources():
    """Every resource without a special case."""
    document = json.loads(DOCUMENT.read_text())
    restored = [path.split("/")[3] for path in document["paths"] if path.endswith("/{id}/restore")]
    plain = [path for path in restored if path not in BY_HAND]
    return [Resource(path, document) for path in plain]


PLAIN = plain_resources()
