#!/usr/bin/env python3
"""Drives one generated client through the same sequence as every other, against a fresh server.

    sequence.py PROGRAM NAME COMMAND...

COMMAND starts the client. It finds the server's URL in CARTERA_URL, reads one request a line and answers each by one
line of JSON, from what its generated code gave it:

    {"do": "login", "email", "password"}                                    {"company": its name}
    {"do": "create", "key", "name", "industry", "website", "employees"}     an account
    {"do": "search", "names", "created", "since", "unclassified", "sort", "limit", "cursor"}    {"names", "next"}
    {"do": "change", "id", "etag", "employees"}                             an account
    {"do": "remove", "id", "etag"}                                          {"status"}

`search` lists accounts that have one of the `names`, were `created` at one of these moments (or null for any) and not
before `since`, and have no industry or, if not `unclassified`, do have one. `change` sets `employees`, sets `website` to null and leaves everything else absent. An account is {"id", "name",
"industry", "website", "employees", "owner": a name, "created", "deleted", "etag", "replayed"}; what is refused is
{"status", "code", "pointers"}. All expectations are here, so that no client can be content with less than the others.
"""

import contextlib
import json
import os
import pathlib
import selectors
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "contract"))
from deployment import PASSWORD, Deployment  # noqa: E402
from later import Later  # noqa: E402

# A client that has not answered by then hangs.
PATIENCE = 60


class Client:
    """The running client. Use it in a `with`."""

    def __init__(self, name, command, url):
        self.name = name
        self.process = subprocess.Popen(
            command,
            env=os.environ | {"CARTERA_URL": url},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # What it has not read if it ended early is of no interest.
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __call__(self, do, **request):
        """What the client answers to a request."""
        try:
            self.process.stdin.write(json.dumps({"do": do, **request}) + "\n")
        except BrokenPipeError:
            self.fail(f"ended before {do}")
        with selectors.DefaultSelector() as ready:
            ready.register(self.process.stdout, selectors.EVENT_READ)
            line = self.process.stdout.readline() if ready.select(PATIENCE) else ""
        try:
            return json.loads(line)
        except ValueError:
            return self.fail(f"{do}: no answer, but {line!r}")

    def expect(self, step, answer, **wanted):
        """Fails unless the answer has these values."""
        for field, value in wanted.items():
            if field not in answer or answer[field] != value:
                self.fail(f"{step}: wanted {field} to be {value!r} in {answer}")

    def fail(self, what):
        raise SystemExit(f"clients: {self.name}: {what}")


def main(program, name, *command):
    with Deployment(program) as deployment:
        email = f"{name}@example.com"
        token = deployment.register(name, email)["accessToken"]

        def stored(path):
            return deployment.call("GET", path, token=token).data(200)

        with Client(name, command, deployment.url) as client:
            signs_in(client, email)
            accounts = creates_once(client)
            lists(client, accounts)
            account = accounts["Alpha"]
            changed = merge_patches(client, account, stored)
            reads_refusals(client, account)
            deletes(client, changed, stored)
        with Later(deployment.url) as later, Client(name, command, later.url) as client:
            signs_in(client, email)
            ignores_more(client, accounts)
    print(f"clients: {name}: signed in; created once by Idempotency-Key, and saw the replay; listed by repeated names "
          "and moments, createdAt[gte], industry[isNull], sort, limit and cursor; merge-patched null and absent under "
          "If-Match; read the problems 400, 404 and 412; deleted; ignored unknown fields")


def signs_in(client, email):
    client.expect("the login", client("login", email=email, password=PASSWORD), company=client.name)


def creates_once(client):
    """Creates four accounts, the first of them twice by the same request, and returns them by name."""
    first = {"name": "Alpha", "industry": "Retail", "website": "https://alpha.example", "employees": 10}
    account = client("create", key="Alpha", **first)
    client.expect("create", account, **first, owner=f"Owner of {client.name}", deleted=None, etag='"1"', replayed=None)
    again = client("create", key="Alpha", **first)
    client.expect("the retry", again, id=account["id"], etag='"1"', replayed="true")
    accounts = {"Alpha": account}
    for name, industry in [("Beta", "Retail"), ("Gamma", "Retail"), ("Delta", None)]:
        other = {"name": name, "industry": industry, "website": None, "employees": None}
        accounts[name] = client("create", key=name, **other)
        client.expect("create", accounts[name], **other)
    return accounts


def lists(client, accounts):
    """Every parameter keeps an account out, or decides their order: by default the newest comes first."""
    moments = {name: account["created"] for name, account in accounts.items()}
    wanted = {"names": ["Alpha", "Beta", "Delta"], "since": moments["Alpha"]}
    first = search(client, **wanted)
    client.expect("the first page", first, names=["Alpha"])
    if not first["next"]:
        client.fail("the first page has no meta.nextCursor")
    client.expect("the second page", search(client, **wanted, cursor=first["next"]), names=["Beta"], next=None)
    client.expect("industry[isNull]=true", search(client, **wanted, unclassified=True), names=["Delta"], next=None)
    # They were all created within a second.
    since_beta = search(client, names=wanted["names"], since=moments["Beta"])
    client.expect("createdAt[gte]", since_beta, names=["Beta"], next=None)
    created = [moments["Alpha"], moments["Gamma"]]
    exact = search(client, names=["Alpha", "Beta", "Gamma"], since=moments["Alpha"], created=created, limit=9)
    client.expect("createdAt", exact, names=["Alpha", "Gamma"], next=None)


def search(client, names, since, unclassified=False, created=None, limit=1, cursor=None):
    filters = {"names": names, "created": created, "since": since, "unclassified": unclassified}
    return client("search", **filters, sort="name", limit=limit, cursor=cursor)


def merge_patches(client, account, stored):
    """Null clears, absent stays: as the client reads it, and as the server keeps it."""
    changed = client("change", id=account["id"], etag=account["etag"], employees=25)
    wanted = {"id": account["id"], "name": "Alpha", "industry": "Retail", "website": None, "employees": 25}
    client.expect("the merge-patch", changed, **wanted, etag='"2"')
    client.expect("the stored account", stored(f"/accounts/{account['id']}"), **wanted)
    return changed


def reads_refusals(client, account):
    """A stale version, and a name that only the server can refuse: the schema takes it."""
    stale = client("change", id=account["id"], etag=account["etag"], employees=30)
    client.expect("a stale If-Match", stale, status=412, code="version_mismatch", pointers=[])
    blank = client("create", key="blank", name=" ", industry=None, website=None, employees=None)
    client.expect("a blank name", blank, status=400, code="validation_failed", pointers=["/name"])


def deletes(client, account, stored):
    client.expect("remove", client("remove", id=account["id"], etag=account["etag"]), status=204)
    again = client("remove", id=account["id"], etag=account["etag"])
    client.expect("the second remove", again, status=404, code="not_found", pointers=[])
    # None of them twice, whatever the client read.
    names = [row["name"] for row in stored("/accounts?sort=name")]
    client.expect("the end", {"names": names}, names=["Beta", "Delta", "Gamma"])


def ignores_more(client, accounts):
    found = search(client, names=["Beta"], since=accounts["Alpha"]["created"])
    client.expect("answers with fields more", found, names=["Beta"], next=None)


if __name__ == "__main__":
    main(*sys.argv[1:])
