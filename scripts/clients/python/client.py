"""The client that openapi-generator makes for Python."""

import typing
import uuid

from cartera import (
    AccountAnswer,
    AccountsApi,
    ApiClient,
    ApiException,
    Configuration,
    CreateAccount,
    Login,
    Problem,
    SignInApi,
    UpdateAccount,
)
from cartera.api_response import ApiResponse
from pydantic import SecretStr

from exchange import URL, Answer, NewAccount, Search, account, moment, page, refusal, serve


class Client:
    def login(self, email: str, password: str) -> Answer:
        anybody = ApiClient(Configuration(host=URL))
        session = SignInApi(anybody).login(Login(email=email, password=SecretStr(password))).data
        self.accounts = AccountsApi(ApiClient(Configuration(host=URL, access_token=session.access_token)))
        return {"company": session.company.name if session.company else None}

    def create(self, key: str, **wanted: typing.Unpack[NewAccount]) -> Answer:
        body = CreateAccount(**wanted)
        return answer(lambda: self.accounts.create_account_with_http_info(body, idempotency_key=key))

    def search(self, **search: typing.Unpack[Search]) -> Answer:
        found = self.accounts.list_accounts(
            name=search["names"],
            created_at=[moment(text) for text in search["created"]] if search["created"] else None,
            created_at_gte=moment(search["since"]),
            industry_is_null=search["unclassified"],
            sort=search["sort"],
            limit=search["limit"],
            cursor=search["cursor"],
        )
        return page(found.data, found.meta.next_cursor)

    def change(self, id: str, etag: str, employees: int) -> Answer:
        # What is passed as None is sent as null; what is not passed is not sent.
        body = UpdateAccount(employees=employees, website=None)
        return answer(lambda: self.accounts.update_account_with_http_info(uuid.UUID(id), body, if_match=etag))

    def remove(self, id: str, etag: str) -> Answer:
        try:
            removed = self.accounts.delete_account_with_http_info(uuid.UUID(id), if_match=etag)
        except ApiException as error:
            return refused(error)
        return {"status": removed.status_code}


def answer(request: typing.Callable[[], ApiResponse[AccountAnswer]]) -> Answer:
    try:
        answered = request()
    except ApiException as error:
        return refused(error)
    return account(answered.data.data, answered.headers or {})


def refused(error: ApiException) -> Answer:
    problem = error.data
    if not isinstance(problem, Problem):
        raise error
    return refusal(error.status, problem.code, [entry.pointer for entry in problem.errors])


serve(Client())
