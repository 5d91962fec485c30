"""What the clients for Python share: the requests of sequence.py, and the form of the answers to it."""

import datetime
import json
import os
import sys
import typing
import uuid

# Where the server is.
URL = os.environ["CARTERA_URL"]

Answer = dict[str, object]


class NewAccount(typing.TypedDict):
    """The fields of an account to be created."""

    name: str
    industry: str | None
    website: str | None
    employees: int | None


class Named(typing.Protocol):
    name: str


class Account(typing.Protocol):
    """What generated code must make of an account."""

    id: uuid.UUID
    name: str
    industry: str | None
    website: str | None
    employees: int | None
    created_at: datetime.datetime
    deleted_at: datetime.datetime | None

    @property
    def owner(self) -> Named | None: ...


class Search(typing.TypedDict):
    """What accounts to list."""

    names: list[str]
    created: list[str] | None
    since: str
    unclassified: bool
    sort: str
    limit: int
    cursor: str | None


def moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


def account(read: Account, headers: typing.Mapping[str, str]) -> Answer:
    """An account as sequence.py reads it. Not all headers ignore case, and the server writes them in lower case."""
    return {
        "id": str(read.id),
        "name": read.name,
        "industry": read.industry,
        "website": read.website,
        "employees": read.employees,
        "owner": read.owner.name if read.owner else None,
        "created": read.created_at.isoformat(),
        "deleted": read.deleted_at.isoformat() if read.deleted_at else None,
        "etag": headers.get("etag"),
        "replayed": headers.get("idempotency-replayed"),
    }


def page(rows: typing.Iterable[Named], cursor: str | None) -> Answer:
    return {"names": [row.name for row in rows], "next": cursor}


def refusal(status: int, code: str, pointers: list[str]) -> Answer:
    return {"status": status, "code": code, "pointers": pointers}


def serve(client: object) -> None:
    """Answers the requests from standard input until it ends. What the client raises ends the program."""
    for line in sys.stdin:
        request = json.loads(line)
        answer = getattr(client, request.pop("do"))(**request)
        print(json.dumps(answer), flush=True)
