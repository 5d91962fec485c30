"""Resources without special cases, read from the document, with what the runs need of each."""

import json
import pathlib

DOCUMENT = pathlib.Path("docs/openapi.json")
# These have special cases, and are listed in companies.py and fitting.py by name.
BY_HAND = ("accounts", "contacts", "opportunities")


class Resource:
    """A resource: its path (`price-books`), the end of its operations' names (`PriceBook`), its kind (`priceBook`)."""

    def __init__(self, path, create, document):
        self.path = path
        self.operation = create["operationId"].removeprefix("create")
        self.kind = self.operation[0].lower() + self.operation[1:]
        content = create["requestBody"]["content"]["application/json"]
        schema = document["components"]["schemas"][content["schema"]["$ref"].rsplit("/", 1)[1]]
        self.required = {name: schema["properties"][name] for name in schema["required"]}
        self.text = next(name for name, of in self.required.items() if of.get("type") == "string" and "format" not in of)

    def body(self, text, ids):
        """A new record with only the mandatory fields: this text, and references to these ids, by kind."""
        given = {"entityType": "ACCOUNT", "entityId": ids["account"][0], self.text: text}
        kinds = {name: name.removesuffix("Id") for name in self.required}
        return {name: given[name] if name in given else ids[kinds[name]][0] for name in self.required}


def plain_resources():
    """Every resource without a special case."""
    document = json.loads(DOCUMENT.read_text())
    restored = [path.split("/")[3] for path in document["paths"] if path.endswith("/{id}/restore")]
    plain = [path for path in restored if path not in BY_HAND]
    return [Resource(path, document["paths"][f"/api/v1/{path}"]["post"], document) for path in plain]


PLAIN = plain_resources()
