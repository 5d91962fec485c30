"""Additional schemathesis checks of every answer."""

import json
import os
import re

import schemathesis

from headers import missing, undocumented

with open(os.environ["CONTRACT_RUN"], encoding="utf-8") as file:
    RUN = json.load(file)

# Texts that answers must never contain, by identity. "" is unauthenticated, or the only identity, which has no name.
FOREIGN = RUN["foreign"]

# Operations with which callers would lock themselves out.
NOT_ON_ONESELF = {"demandPasswordReset", "removeUser", "updateUser"}

# The valid request that replaces a generated one until it has succeeded, by operation.
FITTING = RUN["fitting"]

# The headers that such a request keeps. A random version or Idempotency-Key would make it fail.
CREDENTIALS = {"Authorization", "X-API-Key"}

# Rules that a JSON Schema can't express, or only in an unreadable pattern. All other rules should be in the schema.
UNSAYABLE = {
    # The maximum file size is a setting of the deployment.
    ("out_of_range", "/size"),

    "blank",
    "control_character",
    "inconsistent",
    "malformed",
    "no_digit",
    "no_lower_case",
    "no_upper_case",
    "not_allowed",
    "too_common",
    "too_many_decimals",
    "unchanged",
}


@schemathesis.hook
def before_call(ctx, case, kwargs):
    """Removes the other company's texts from requests: schemathesis learns them when it calls as that company.

    A record that this company created with such a text would legitimately show it. Ids are kept, because they must
    not give access. A generated request is replaced by a valid one until the operation has succeeded.
    """
    texts = [secret for secret in FOREIGN.get(case.auth_identity or "", []) if not is_id(secret)]
    for part in ("body", "query"):
        setattr(case, part, without(getattr(case, part), texts))
    # A blank in an optional field is null, and an empty parameter is absent, as HTML forms mean them, though the schema says a
    # date or an id. So in the place of what shall not fit goes a text that nobody takes for nothing.
    if not is_meant_to_fit(case):
        case.body, case.query = not_blank(case.body), not_blank(case.query)
    # Where a message ends is between the two transports: what is no length is refused before the application.
    for header in [header for header in case.headers if header.lower() in ("content-length", "transfer-encoding")]:
        del case.headers[header]
    name = case.operation.definition.raw["operationId"]
    if name in NOT_ON_ONESELF and case.path_parameters.get("id") == RUN["self"]:
        case.path_parameters["id"] = RUN["colleague"]
    if name in FITTING and is_meant_to_fit(case) and (case.auth_identity or RUN["caller"]) == RUN["caller"]:
        fitting = FITTING[name]
        case.query = fitting.get("query", {})
        case.headers = {key: value for key, value in case.headers.items() if key in CREDENTIALS}
        if "id" in fitting:
            case.path_parameters["id"] = fitting["id"]
        if "body" in fitting:
            case.body = dict(fitting["body"])


@schemathesis.hook
def after_call(ctx, case, response):
    """Once an operation has succeeded, its requests are generated."""
    if response.status_code < 300:
        FITTING.pop(case.operation.definition.raw["operationId"], None)


def is_meant_to_fit(case):
    """Whether schemathesis generated it by the schema."""
    return case.meta is not None and case.meta.generation.mode.is_positive


def not_blank(value):
    """The same value, with a control character in the place of blank texts."""
    if isinstance(value, dict):
        return {name: not_blank(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [not_blank(inner) for inner in value]
    return "\0" if isinstance(value, str) and not value.strip() else value


def is_id(secret):
    """Whether it is a UUID."""
    return len(secret) == 36 and secret.count("-") == 4


def without(value, texts):
    """The value with these texts replaced."""
    if isinstance(value, dict):
        return {name: without(inner, texts) for name, inner in value.items()}
    if isinstance(value, list):
        return [without(inner, texts) for inner in value]
    if isinstance(value, str):
        for text in texts:
            value = re.sub(re.escape(text), "somebody", value, flags=re.IGNORECASE)
    return value


@schemathesis.check
def another_companys_data(ctx, response, case):
    """No answer to one company contains an id, a name, an e-mail or a text of the other."""
    text = response.content.decode("utf-8", errors="replace").lower() + json.dumps(dict(response.headers)).lower()
    found = [secret for secret in FOREIGN[case.auth_identity or ""] if secret in text]
    assert not found, f"the answer to {case.auth_identity or 'nobody'} holds {found[0]!r} of another company"


@schemathesis.check
def documented_code(ctx, response, case):
    """Every refusal has a code that the operation documents, and the same status as the status line."""
    if response.status_code < 400:
        return
    problem = response.json()
    assert problem["status"] == response.status_code, "the problem's status is another one"
    assert problem["instance"] == response.headers["x-request-id"][0], "the problem's instance is not the request's id"
    if response.status_code == 405:
        # The router itself answers this, before any operation.
        assert problem["code"] == "method_not_allowed"
        return
    answer = case.operation.responses.find_by_status_code(response.status_code)
    # Another check reports an undocumented status.
    if answer is not None:
        examples = answer.definition["content"]["application/problem+json"]["examples"]
        assert problem["code"] in examples, f"{problem['code']} is not documented for this operation"


@schemathesis.check
def documented_headers(ctx, response, case):
    """An answer has no header that its operation does not document for this status, and all required ones."""
    answer = case.operation.responses.find_by_status_code(response.status_code)
    # Another check reports an undocumented status; the router itself answers an unknown method.
    if answer is None:
        return
    documented = dict(answer.headers.items())
    unknown = undocumented(response.headers, documented)
    assert not unknown, f"{response.status_code} has headers that are not documented: {', '.join(unknown)}"
    promised = [name for name, header in documented.items() if header.is_required]
    lacking = missing(response.headers, promised)
    assert not lacking, f"{response.status_code} lacks headers that are promised: {', '.join(lacking)}"


@schemathesis.check
def explained_refusal(ctx, response, case):
    """A request that fits the schema is refused with 400 only by rules that a schema can't express."""
    if response.status_code != 400 or not is_meant_to_fit(case):
        return
    problem = response.json()
    unexplained = [
        error
        for error in problem["errors"]
        if error["code"] not in UNSAYABLE and (error["code"], error["pointer"]) not in UNSAYABLE
    ]
    assert not unexplained, f"the schema lets in what is refused here: {unexplained}"
