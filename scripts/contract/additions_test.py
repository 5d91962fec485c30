#!/usr/bin/env python3
"""Tests that additions.py accepts additions and refuses every kind of break that it should.

    OASDIFF=oasdiff additions_test.py
"""

import copy
import os
import unittest

import additions

BEFORE = {
    "openapi": "3.1.0",
    "info": {"title": "Test", "version": "1.0.0"},
    "servers": [{"url": "/"}],
    "paths": {
        "/things": {
            "post": {
                "operationId": "createThing",
                "security": [{"bearer": []}, {"apiKey": []}],
                "x-cartera-access": ["user"],
                "x-cartera-api-key": True,
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                "responses": {
                    "201": {"description": "", "headers": {"ETag": {"schema": {"type": "string"}}}},
                    "409": {"$ref": "#/components/responses/Conflict"},
                },
            }
        }
    },
    "components": {
        "responses": {
            "Conflict": {
                "description": "",
                "headers": {"X-Request-Id": {"schema": {"type": "string"}}},
                "content": {"application/problem+json": {"schema": {"type": "object"}, "examples": {"taken": {}}}},
            }
        },
        "schemas": {
            "Thing": {
                "type": "object",
                "properties": {
                    "needs": {"$ref": "#/components/schemas/Scope"},
                    "title": {"type": "string"},
                    "color": {"type": "string", "pattern": "^(red|blue)$"},
                    "size": {"type": "string", "pattern": "^`s`|m$"},
                },
            },
            "Scope": {"type": "string", "enum": ["things:read", "things:write"]},
        },
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer"},
            "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            "cookie": {"type": "apiKey", "in": "cookie", "name": "refresh"},
        },
    },
}
OASDIFF = os.environ["OASDIFF"]
PAGE = """# Page

## Declared

| version | operation | change | why |
| --- | --- | --- | --- |

## Made

| version | operation | change | why |
| --- | --- | --- | --- |
| 0.9.0 | POST /things | request-property-became-required | Long ago. |
"""


def post(document):
    return document["paths"]["/things"]["post"]


def thing(document):
    return document["components"]["schemas"]["Thing"]


def breaks(change, by_oasdiff=False):
    """The breaks that a change of BEFORE makes, detected by `by_hand` or by all checks."""
    now = copy.deepcopy(BEFORE)
    change(now)
    before, now = additions.bare(BEFORE), additions.bare(now)
    found = list(additions.by_hand(before, now))
    return found + list(additions.by_oasdiff(OASDIFF, before, now)) if by_oasdiff else found


def judged(found, page=PAGE, version="1.0.0"):
    complaints, page = additions.judge(found, version, page)
    return "\n".join(complaints), page


def with_rows(*lines):
    return PAGE.replace("| --- |\n\n", "| --- |\n" + "".join(line + "\n" for line in lines) + "\n", 1)


def require_title(document):
    thing(document)["required"] = ["title"]


def narrow(name):
    def change(document):
        thing(document)["properties"][name]["pattern"] = "^(a|`b`)$"

    return change


class Breaks(unittest.TestCase):
    """Changes that are refused although oasdiff accepts them, and changes that are accepted."""

    def refused(self, kind, change):
        self.assertEqual([found.kind for found in breaks(change)], [kind])

    def let_pass(self, change):
        self.assertEqual(breaks(change, by_oasdiff=True), [])

    def test_a_way_to_sign_in(self):
        schemes = lambda document: document["components"]["securitySchemes"]
        self.refused("security-scheme-changed", lambda document: schemes(document)["apiKey"].update(name="X-Key"))
        self.refused("security-scheme-changed", lambda document: schemes(document)["cookie"].update(name="session"))
        self.refused("security-scheme-removed", lambda document: schemes(document).pop("cookie"))

        def rename(document):
            schemes(document)["key"] = schemes(document).pop("cookie")

        self.refused("security-scheme-removed", rename)
        self.let_pass(lambda document: schemes(document).update(other={"type": "http", "scheme": "basic"}))
        self.let_pass(lambda document: schemes(document)["cookie"].update(description="For people."))

    def test_a_set_that_grows(self):
        permissions = lambda document: document["components"]["schemas"]["Scope"]["enum"]
        self.let_pass(lambda document: permissions(document).append("things:delete"))
        lost = breaks(lambda document: permissions(document).remove("things:read"), by_oasdiff=True)
        self.assertEqual({found.kind for found in lost}, {"request-property-enum-value-removed"})

    def test_servers(self):
        self.refused("servers-changed", lambda document: document.update(servers=[{"url": "/v2"}]))
        self.refused("servers-changed", lambda document: document.pop("servers"))
        self.let_pass(lambda document: document["servers"][0].update(description="For people."))
        self.let_pass(lambda document: document["servers"].append({"url": "https://other.example"}))

    def test_operation_id(self):
        self.refused("operationId-changed", lambda document: post(document).update(operationId="makeThing"))

    def test_who_may_call(self):
        self.refused("x-cartera-access-changed", lambda document: post(document).update({"x-cartera-access": ["none"]}))
        self.refused("x-cartera-api-key-changed", lambda document: post(document).update({"x-cartera-api-key": False}))

    def test_security_of_an_operation(self):
        self.refused("security-removed", lambda document: post(document)["security"].pop())
        self.refused("security-removed", lambda document: post(document)["security"][0].update(cookie=[]))
        self.refused("security-removed", lambda document: post(document)["security"][1].update(apiKey=["write"]))
        self.let_pass(lambda document: post(document)["security"].append({"cookie": []}))
        self.let_pass(lambda document: post(document).update(security=[]))

    def test_an_open_operation_is_closed(self):
        before, now = ({"security": ways} for ways in ([], [{"bearer": []}]))
        self.assertFalse(additions.is_enough(additions.security({}, before)[0], additions.security({}, now)[0]))
        self.assertTrue(additions.is_enough(additions.security({}, now)[0], additions.security({}, before)[0]))
        self.assertEqual(additions.security({"security": [{"bearer": []}]}, {}), [{"bearer": []}])

    def test_headers_of_an_answer(self):
        conflict = lambda document: document["components"]["responses"]["Conflict"]
        created = lambda document: post(document)["responses"]["201"]
        for change in (
            lambda document: created(document)["headers"].pop("ETag"),
            lambda document: conflict(document).pop("headers"),
        ):
            self.refused("response-header-removed", change)
            self.assertEqual(len(breaks(change, by_oasdiff=True)), 1)
        more = {"Location": {"schema": {"type": "string"}}}
        self.let_pass(lambda document: created(document)["headers"].update(more))

    def test_codes_of_errors(self):
        examples = lambda document: document["components"]["responses"]["Conflict"]["content"][
            "application/problem+json"
        ]["examples"]
        self.refused("error-code-removed", lambda document: examples(document).clear())
        self.refused("response-status-removed", lambda document: post(document)["responses"].pop("409"))
        self.let_pass(lambda document: examples(document).update(other={}))

    def test_what_oasdiff_knows(self):
        kinds = lambda change: [found.kind for found in breaks(change, by_oasdiff=True)]
        answers = lambda document: post(document)["responses"]
        self.assertEqual(kinds(require_title), ["request-property-became-required"])
        self.assertEqual(kinds(narrow("color")), ["request-property-pattern-changed"])
        self.assertEqual(kinds(lambda document: answers(document).pop("201")), ["response-success-status-removed"])
        self.assertEqual(len(kinds(lambda document: document["paths"].pop("/things"))), 1)
        self.let_pass(lambda document: thing(document)["properties"].update(weight={"type": "integer"}))


class Rows(unittest.TestCase):
    """A declared row excuses exactly one change, once."""

    def test_an_addition_needs_none(self):
        self.assertEqual(judged([]), ("", PAGE))

    def test_what_was_made_excuses_nothing(self):
        for version in ("0.9.0", "1.0.0"):
            complaints, _ = judged(breaks(require_title, by_oasdiff=True), version=version)
            self.assertIn("'title' became required", complaints)

    def test_a_printed_row_with_a_reason_is_taken_and_moved(self):
        fewer_ways = lambda document: post(document)["security"].pop()
        for change in (require_title, narrow("color"), narrow("size"), fewer_ways):
            found = breaks(change, by_oasdiff=True)
            row = judged(found)[0].splitlines()[-1]
            self.assertTrue(row.startswith("| 1.0.0 | POST /things | "), row)
            self.assertIn("gives no reason", judged(found, with_rows(row))[0])
            row = row.replace("| why |", "| It was wrong. |")
            complaints, page = judged(found, with_rows(row))
            self.assertEqual(complaints, "")
            self.assertEqual(page, PAGE + row + "\n")
            # Neither another change of the same kind nor the same one, now under "Made", is excused.
            self.assertIn("only by addition", judged(found, page)[0])

    def test_a_row_counts_for_its_change_alone(self):
        row = breaks(narrow("color"), by_oasdiff=True)[0].row("1.0.0", "It was wrong.")
        complaints, _ = judged(breaks(narrow("size"), by_oasdiff=True), with_rows(row))
        self.assertIn("request property 'size'", complaints)
        self.assertIn(row, complaints)

    def test_a_row_counts_for_its_version_alone(self):
        found = breaks(require_title, by_oasdiff=True)
        complaints, _ = judged(found, with_rows(found[0].row("0.9.0", "It was wrong.")))
        self.assertIn("only by addition", complaints)
        self.assertIn("No change since the baseline fits", complaints)

    def test_an_unused_row_is_refused(self):
        row = breaks(require_title, by_oasdiff=True)[0].row("1.0.0", "It was wrong.")
        complaints, _ = judged([], with_rows(row))
        self.assertIn("No change since the baseline fits", complaints)
        self.assertIn(row, complaints)

    def test_a_page_that_is_not_understood(self):
        for page in (with_rows("| 1.0.0 | POST /things | why |"), PAGE.replace("## Declared", "## Announced")):
            with self.assertRaises(SystemExit):
                judged([], page)

    def test_the_page_of_the_repository(self):
        judged([], additions.PAGE.read_text())


if __name__ == "__main__":
    unittest.main()
