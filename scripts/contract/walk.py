#!/usr/bin/env python3
"""Runs the Postman collection with newman against a fresh deployment, including mailed links.

    walk.py PROGRAM COLLECTION OPENAPI

The collection itself checks statuses and bodies. This script compares the headers of every answer with the document:
there must be no undocumented ones, and a success must have all documented ones.
"""

import json
import pathlib
import re
import subprocess
import sys

from deployment import PASSWORD, Deployment
from headers import missing, undocumented

NEWMAN = pathlib.Path(__file__).with_name("node_modules") / ".bin" / "newman"

# Headers that not every answer has: the first one to a request is no replay, and one that changed nothing is no operation.
LATER = {"idempotency-replayed", "x-operation-id"}


def main(program, collection, contract):
    with Deployment(program) as deployment:
        report = deployment.folder / "newman.json"
        variables = prepare(deployment)
        arguments = [argument for item in variables.items() for argument in ("--env-var", "=".join(item))]
        done = subprocess.run(
            [NEWMAN, "run", collection, *arguments, "--reporters", "cli,json", "--reporter-json-export", report,
             "--reporter-cli-no-banner", "--color", "off", "--reporter-cli-no-success-assertions",
             "--timeout-request", "30000", "--timeout", "120000"],
            stdin=subprocess.DEVNULL,
        )
        problems = list(wrong_headers(json.loads(report.read_text()), json.loads(pathlib.Path(contract).read_text())))
    print(*problems, sep="\n")
    return 1 if problems else done.returncode


def wrong_headers(report, document):
    """The answers in newman's report whose headers differ from the document."""
    operations = {
        operation["operationId"]: operation for item in document["paths"].values() for operation in item.values()
    }
    checked = 0
    for execution in report["run"]["executions"]:
        name = operation_of(execution["item"])
        # The upload goes to the file store, which is not part of the contract.
        if not name:
            continue
        status = str(execution["response"]["code"])
        # The collection reports an undocumented status.
        answer = operations[name]["responses"].get(status, {})
        if "$ref" in answer:
            answer = document["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
        sent = {header["key"] for header in execution["response"]["header"]}
        documented = answer.get("headers", {})
        for header in undocumented(sent, documented):
            yield f"contract: {name}: {status} has {header}, which is not documented"
        for header in missing(sent, documented) if status.startswith("2") else ():
            if header not in LATER:
                yield f"contract: {name}: {status} lacks {header}, which is documented"
        checked += 1
    if checked < len(operations):
        yield f"contract: newman's report has the headers of {checked} answers, fewer than there are operations"


def operation_of(item):
    """The operation of a request in the collection, which its script names."""
    scripts = [line for event in item.get("event", []) for line in event["script"]["exec"]]
    found = re.search(r"set\('operation', '(\w+)'\)", "\n".join(scripts))
    return found and found[1]


def prepare(deployment):
    """Variables that the collection can't obtain itself: a company, two mailed links, a platform administrator."""
    owner, guest, platform = "walk@example.com", "leo@example.com", "platform@example.com"
    token = deployment.register("Walk", owner)["accessToken"]
    deployment.call("POST", "/invitations", {"email": guest, "role": "MEMBER"}, token).data(201)
    deployment.call("POST", "/auth/forgot-password", {"email": owner}).data(202)
    deployment.administrator(platform)
    return {
        "baseUrl": deployment.url,
        "email": owner,
        "password": PASSWORD,
        "platformEmail": platform,
        "platformPassword": PASSWORD,
        "invitationToken": deployment.mailed_token(guest),
        "resetToken": deployment.mailed_token(owner),
    }


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
