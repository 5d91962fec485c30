"""Requests that must succeed, for operations that schemathesis would hardly ever bring to it by chance."""

import hashlib

from deployment import PASSWORD

OTHER_PASSWORD = "Contract-Proof-2"


def requests_of(company):
    """By operation, what is sent in the company's name until it has succeeded. The records are made for it."""
    return {**about_parties(company), **about_sales(company), **about_files(company), **about_people(company)}


def make(company, path, body):
    """A record of the company: what the server says of it."""
    return company.deployment.call("POST", path, body, company.token).data(201)


def about_parties(company):
    made = {"createAccount": {"body": {"name": f"Created {company.marker}"}}}
    for operation, path, name in (("Account", "/accounts", "name"), ("Contact", "/contacts", "firstName")):
        made[f"delete{operation}"] = {"id": make(company, path, {name: f"Goes {company.marker}"})["id"]}
        deleted = make(company, path, {name: f"Comes back {company.marker}"})["id"]
        company.deployment.call("DELETE", f"{path}/{deleted}", token=company.token).data(204)
        made[f"restore{operation}"] = {"id": deleted}
    return made


def about_sales(company):
    stages = [{"name": f"{kind} fits", "kind": kind} for kind in ("OPEN", "WON", "LOST")]
    stages.append({"name": "Another fits", "kind": "OPEN"})
    ordered, changed, deleted = (
        make(company, "/pipelines", {"name": f"{name} {company.marker}", "stages": stages})
        for name in ("Ordered", "Changed", "Deleted")
    )
    move = {"stage": company.ids["stage"][1], "reason": "It fits"}
    return {
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
        "getAttachment": {"id": make(company, "/attachments", file)["id"]},
        "deleteAttachment": {"id": make(company, "/attachments", file)["id"]},
    }


def about_people(company):
    marker, call = company.marker, company.deployment.call
    leaves = {"token": company.invited(f"leaves@{marker}.example"), "name": "Leaves", "password": PASSWORD}
    joins = {"token": company.invited(f"joins@{marker}.example"), "name": "Joins", "password": PASSWORD}
    stays = {"email": f"stays@{marker}.example", "role": "MEMBER"}
    call("POST", "/auth/forgot-password", {"email": company.colleague}).data(202)
    link = company.deployment.mailed_token(company.colleague, 2)
    register = {"companyName": "Fits", "name": "Fits", "email": "owner@fits.example", "password": PASSWORD}
    return {
        "register": {"body": register},
        "changePassword": {"body": {"currentPassword": PASSWORD, "newPassword": OTHER_PASSWORD}},
        "resetPassword": {"body": {"token": link, "newPassword": OTHER_PASSWORD}},
        "updateUser": {"id": company.ids["user"][0], "body": {"name": f"Renamed {marker}"}},
        "removeUser": {"id": call("POST", "/invitations/accept", leaves).data(201)["user"]["id"]},
        "acceptInvitation": {"body": joins},
        "previewInvitation": {"body": {"token": company.invited(f"looks@{marker}.example")}},
        "createInvitation": {"body": {"email": f"comes@{marker}.example", "role": "MEMBER"}},
        "revokeInvitation": {"id": make(company, "/invitations", stays)["id"]},
        "revokeApiKey": {"id": make(company, "/api-keys", {"name": "Goes", "scopes": ["reports:read"]})["id"]},
    }


def requests_of_the_platform(company):
    """The same in the name of the platform's administrator, about a company."""
    identity = company.ids["company"][0]
    return {
        "getCompany": {"id": identity},
        "updateCompany": {"id": identity, "body": {"website": "https://fits.example"}},
        "createInvitationInCompany": {"id": identity, "body": {"email": "fits@fits.example", "role": "MEMBER"}},
        "suspendCompany": {"id": identity},
        "reactivateCompany": {"id": identity},
    }
