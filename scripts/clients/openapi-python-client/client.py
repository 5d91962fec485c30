"""The client that openapi-python-client makes."""

import typing
import uuid

from cartera_client import AuthenticatedClient, Client as AnonymousClient
from cartera_client.api.accounts import create_account, delete_account, list_accounts, update_account
from cartera_client.api.sign_in import login
from cartera_client.models import (
    AccountAnswer,
    AccountPage,
    CreateAccount,
    ListAccountsSort,
    Login,
    Problem,
    SessionAnswer,
    UpdateAccount,
)
from cartera_client.types import UNSET, Response
from exchange import URL, Answer, NewAccount, Search, account, moment, page, refusal, serve


class Client:
    def login(self, email: str, password: str) -> Answer:
        body = Login(email=email, password=password)
        session = success(login.sync(client=AnonymousClient(URL), body=body), SessionAnswer).data
        self.http = AuthenticatedClient(URL, session.access_token)
        return {"company": session.company.name if session.company else None}

    def create(self, key: str, **wanted: typing.Unpack[NewAccount]) -> Answer:
        return answer(create_account.sync_detailed(client=self.http, body=CreateAccount(**wanted), idempotency_key=key))

    def search(self, **search: typing.Unpack[Search]) -> Answer:
        found = list_accounts.sync(
            client=self.http,
            name=search["names"],
            created_at=[moment(text) for text in search["created"]] if search["created"] else UNSET,
            created_atgte=moment(search["since"]),
            industryis_null=search["unclassified"],
            sort=ListAccountsSort(search["sort"]),
            limit=search["limit"],
            cursor=search["cursor"] or UNSET,
        )
        rows = success(found, AccountPage)
        return page(rows.data, rows.meta.next_cursor or None)

    def change(self, id: str, etag: str, employees: int) -> Answer:
        # What is not passed is UNSET, and not sent.
        body = UpdateAccount(employees=employees, website=None)
        return answer(update_account.sync_detailed(uuid.UUID(id), client=self.http, body=body, if_match=etag))

    def remove(self, id: str, etag: str) -> Answer:
        removed = delete_account.sync_detailed(uuid.UUID(id), client=self.http, if_match=etag)
        if isinstance(removed.parsed, Problem):
            return refused(removed.status_code, removed.parsed)
        return {"status": removed.status_code}


Parsed = typing.TypeVar("Parsed")


def success(parsed: object, kind: type[Parsed]) -> Parsed:
    """What was parsed, which must be no problem."""
    if not isinstance(parsed, kind):
        raise SystemExit(f"unexpected: {parsed}")
    return parsed


def answer(answered: Response[AccountAnswer | Problem]) -> Answer:
    if isinstance(answered.parsed, Problem):
        return refused(answered.status_code, answered.parsed)
    return account(success(answered.parsed, AccountAnswer).data, answered.headers)


def refused(status: int, problem: Problem) -> Answer:
    return refusal(status, problem.code, [entry.pointer for entry in problem.errors])


serve(Client())
