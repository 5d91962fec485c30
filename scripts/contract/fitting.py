"""Valid requests for operations for which schemathesis may not generate a successful one in a short run.

Lists without mandatory parameters need none.
"""

import hashlib

from deployment import PASSWORD
from resources import PLAIN

OTHER_PASSWORD = "Contract-Proof-2"


def requests_of(company):
    """By operation, the request sent as the company until it has succeeded. The records are created for it."""
    about = (about_parties, about_others, about_sales, about_files, about_people)
    return {operation: request for part in about for operation, request in part(company).items()}


def make(company, path, body):
    """A record of the company, as the server returns it."""
    return company.deployment.call("POST", path, body, company.token).data(201)


def about_parties(company):
    account, contact = (company.ids[kind][0] for kind in ("account", "contact"))
    made = {
        "createAccount": {"body": {"name": f"Created {company.marker}"}},
        "getAccount": {"id": account},
        "updateAccount": {"id": account, "body": {"employees": 3}},
        "listAccountContacts": {"id": account},
        "listAccountOpportunities": {"id": account},
        "listAccountHistory": {"id": account},
        "createContact": {"body": {"firstName": f"Created {company.marker}"}},
        "getContact": {"id": contact},
        "updateContact": {"id": contact, "body": {"position": "Buyer"}},
        "listContactOpportunities": {"id": contact},
        "listContactHistory": {"id": contact},
    }
    for operation, path, name in (("Account", "/accounts", "name"), ("Contact", "/contacts", "firstName")):
        made |= deleted(company, operation, path, path, lambda text, name=name: {name: text})
    return made


def deleted(company, operation, at, path, body):
    """A record that can be deleted, and one that can come back: made at one path, standing below another."""
    goes, back = (make(company, at, body(f"{what} {company.marker}"))["id"] for what in ("Goes", "Comes back"))
    company.deployment.call("DELETE", f"{path}/{back}", token=company.token).data(204)
    return {f"delete{operation}": {"id": goes}, f"restore{operation}": {"id": back}}


def about_others(company):
    made = {}
    for resource in PLAIN:
        operation, own = resource.operation, company.ids[resource.kind][0]
        body = resource.body(f"Created {company.marker}", company.ids)
        for (_, create, listed), parent in zip(resource.collections, resource.parents(company.ids)):
            made[create] = {"id": parent, "body": body} if parent else {"body": body}
            made[listed] = {"id": parent} if parent else {}
        made[f"get{operation}"] = made[f"list{operation}History"] = {"id": own}
        made[f"update{operation}"] = {"id": own, "body": {resource.text: f"Changed {company.marker}"}}
        at, path = resource.at(company.ids), f"/{resource.path}"
        made |= deleted(company, operation, at, path, lambda text, of=resource: of.body(text, company.ids))
    return made


def about_sales(company):
    stages = [{"name": f"{kind} fits", "kind": kind} for kind in ("OPEN", "WON", "LOST")]
    stages.append({"name": "Another fits", "kind": "OPEN"})
    ordered, changed, deleted = (
        make(company, "/pipelines", {"name": f"{name} {company.marker}", "stages": stages})
        for name in ("Ordered", "Changed", "Deleted")
    )
    move = {"stage": company.ids["stage"][1], "reason": "It fits"}
    sale = {
        "title": f"Fits {company.marker}",
        "amount": {"amount": "100.00", "currency": "UYU"},
        "accountId": company.ids["account"][0],
    }
    kept, goes, comes_back = (make(company, "/opportunities", sale)["id"] for _ in range(3))
    company.deployment.call("DELETE", f"/opportunities/{comes_back}", token=company.token).data(204)
    entered = {"stage": move["stage"], "from": "2026-01-01", "to": "2026-01-31"}
    return {
        "createOpportunity": {"body": sale},
        "getOpportunity": {"id": kept},
        "updateOpportunity": {"id": kept, "body": {"title": f"Renamed {company.marker}"}},
        "deleteOpportunity": {"id": goes},
        "restoreOpportunity": {"id": comes_back},
        "listStageChanges": {"id": kept},
        "listOpportunityHistory": {"id": kept},
        "getStageChangesReport": {"query": entered},
        "getPipeline": {"id": changed["id"]},
        "updateStage": {"id": changed["stages"][0]["id"], "body": {"name": f"Renamed {company.marker}"}},
        "createPipeline": {"body": {"name": f"Created {company.marker}", "stages": stages}},
        "updatePipeline": {"id": changed["id"], "body": {"name": f"Renamed {company.marker}"}},
        "deletePipeline": {"id": deleted["id"]},
        "createStage": {"id": changed["id"], "body": {"name": f"More {company.marker}", "kind": "OPEN"}},
        "deleteStage": {"id": changed["stages"][3]["id"]},
        "reorderStages": {"id": ordered["id"], "body": {"stageIds": [stage["id"] for stage in ordered["stages"]]}},
        "createStageChange": {"id": company.ids["opportunity"][0], "body": move},
    }


def about_files(company):
    file = {
        "entityType": "ACCOUNT",
        "entityId": company.ids["account"][0],
        "fileName": "fits.txt",
        "contentType": "text/plain",
        "size": 4,
        "sha256": hashlib.sha256(b"fits").hexdigest(),
    }
    return {
        "createAttachment": {"body": file},
        "listAttachments": {"query": {"entityType": file["entityType"], "entityId": file["entityId"]}},
        "getAttachment": {"id": make(company, "/attachments", file)["id"]},
        "confirmAttachment": {"id": company.ids["attachment"][0]},
        "downloadAttachment": {"id": company.ids["attachment"][0]},
        "deleteAttachment": {"id": make(company, "/attachments", file)["id"]},
    }


def about_people(company):
    marker, call = company.marker, company.deployment.call
    leaves = {"token": company.invited(f"leaves@{marker}.example"), "name": "Leaves", "password": PASSWORD}
    joins = {"token": company.invited(f"joins@{marker}.example"), "name": "Joins", "password": PASSWORD}
    stays, waits = ({"email": f"{name}@{marker}.example", "role": "MEMBER"} for name in ("stays", "waits"))
    call("POST", "/auth/forgot-password", {"email": company.colleague}).data(202)
    link = company.deployment.mailed_token(company.colleague, 2)
    forgets = {"token": company.invited(f"forgets@{marker}.example"), "name": "Forgets", "password": PASSWORD}
    call("POST", "/invitations/accept", forgets).data(201)
    call("POST", "/auth/forgot-password", {"email": f"forgets@{marker}.example"}).data(202)
    unused = company.deployment.mailed_token(f"forgets@{marker}.example", 2)
    register = {"companyName": "Fits", "name": "Fits", "email": "owner@fits.example", "password": PASSWORD}
    return {
        "register": {"body": register},
        "changePassword": {"body": {"currentPassword": PASSWORD, "newPassword": OTHER_PASSWORD}},
        "previewPasswordReset": {"body": {"token": unused}},
        "resetPassword": {"body": {"token": link, "newPassword": OTHER_PASSWORD}},
        "updateMe": {"body": {"name": f"Owner {marker}"}},
        "updateCurrentCompany": {"body": {"website": "https://fits.example"}},
        "getOperation": {"id": company.ids["operation"][0]},
        "listOperationEvents": {"id": company.ids["operation"][0]},
        "getUser": {"id": company.ids["user"][0]},
        "demandPasswordReset": {"id": company.ids["user"][0]},
        "updateUser": {"id": company.ids["user"][0], "body": {"name": f"Renamed {marker}"}},
        "removeUser": {"id": call("POST", "/invitations/accept", leaves).data(201)["user"]["id"]},
        "acceptInvitation": {"body": joins},
        "previewInvitation": {"body": {"token": company.invited(f"looks@{marker}.example")}},
        "createInvitation": {"body": {"email": f"comes@{marker}.example", "role": "MEMBER"}},
        "resendInvitation": {"id": make(company, "/invitations", waits)["id"]},
        "createApiKey": {"body": {"name": f"Created {marker}", "scopes": ["reports:read"]}},
        "revokeInvitation": {"id": make(company, "/invitations", stays)["id"]},
        "revokeApiKey": {"id": make(company, "/api-keys", {"name": "Goes", "scopes": ["reports:read"]})["id"]},
    }


def requests_of_the_platform(company):
    """The same as the platform administrator, about a company."""
    identity = company.ids["company"][0]
    return {
        "getCompany": {"id": identity},
        "updateCompany": {"id": identity, "body": {"website": "https://fits.example"}},
        "createInvitationInCompany": {"id": identity, "body": {"email": "fits@fits.example", "role": "MEMBER"}},
        "suspendCompany": {"id": identity},
        "reactivateCompany": {"id": identity},
    }
