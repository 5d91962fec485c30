"""Two companies whose records have distinct texts throughout, for checks that neither sees the other's."""

import hashlib
import urllib.request

from deployment import PASSWORD
from resources import BY_HAND, PLAIN

FIRST_PASSWORD = "Contract-Proof-0"


class Company:
    """A company with one record of every kind, each named with the company's marker."""

    def __init__(self, deployment, marker):
        self.deployment = deployment
        self.marker = marker
        self.address = f"owner@{marker}.example"
        session = deployment.register(marker.capitalize(), self.address)
        self.token = session["accessToken"]
        self.ids = {"user": [], "company": [session["company"]["id"]]}
        self.owner = session["user"]["id"]
        self.colleague = f"colleague@{marker}.example"
        self.people()
        self.sales()
        self.others()
        self.files()
        done = deployment.call("GET", "/operations", token=self.token).data(200)
        self.ids["operation"] = [operation["id"] for operation in done[:2]]

    def make(self, kind, path, body, status=201):
        """Creates a record, remembers its id, and returns the record."""
        made = self.deployment.call("POST", path, body, self.token).data(status)
        self.ids.setdefault(kind, []).append(made["id"])
        return made

    def people(self):
        """A colleague who has joined, a pending invitation, and a key."""
        token = self.invited(self.colleague)
        joining = {"token": token, "name": f"Colleague {self.marker}", "password": FIRST_PASSWORD}
        joined = self.deployment.call("POST", "/invitations/accept", joining).data(201)
        self.ids["user"].append(joined["user"]["id"])
        # Invited users must choose a new password first.
        change = {"currentPassword": FIRST_PASSWORD, "newPassword": PASSWORD}
        joined = self.deployment.call("POST", "/auth/change-password", change, joined["accessToken"]).data(200)
        self.make("invitation", "/invitations", {"email": f"guest@{self.marker}.example", "role": "MEMBER"})
        self.make("apiKey", "/api-keys", {"name": f"Key {self.marker}", "scopes": ["reports:read"]})
        for token in (self.token, joined["accessToken"]):
            for session in self.deployment.call("GET", "/auth/sessions", token=token).data(200):
                self.ids.setdefault("session", []).append(session["id"])

    def invited(self, guest):
        """Invites somebody, and returns the token of the mailed link."""
        self.deployment.call("POST", "/invitations", {"email": guest, "role": "MEMBER"}, self.token).data(201)
        return self.deployment.mailed_token(guest)

    def sales(self):
        """Accounts, contacts, pipelines, and opportunities with moves."""
        kinds = {"Uno": "OPEN", "Dos": "WON", "Tres": "LOST"}
        stages = [{"name": f"{name} {self.marker}", "kind": kind} for name, kind in kinds.items()]
        pipeline = self.make("pipeline", "/pipelines", {"name": f"Canal {self.marker}", "stages": stages})
        self.ids["stage"] = [stage["id"] for stage in pipeline["stages"]]
        for number in range(3):
            name = f"{self.marker} {number}"
            account = self.make("account", "/accounts", {"name": f"Account {name}", "tags": [self.marker]})["id"]
            contact = self.make(
                "contact",
                "/contacts",
                {"firstName": f"Contact {name}", "email": f"c{number}@{self.marker}.example", "accountId": account},
            )["id"]
            opportunity = self.make(
                "opportunity",
                "/opportunities",
                {
                    "title": f"Sale {name}",
                    "amount": {"amount": "100.00", "currency": "UYU"},
                    "accountId": account,
                    "contactId": contact,
                    "pipelineId": pipeline["id"],
                },
            )["id"]
        move = {"stage": self.ids["stage"][1], "reason": f"Won by {self.marker}"}
        self.make("stageChange", f"/opportunities/{opportunity}/stage-changes", move)

    def others(self):
        """One record of each resource without a special case."""
        for resource in PLAIN:
            text = f"{resource.operation} {self.marker}"
            self.make(resource.kind, resource.at(self.ids), resource.body(text, self.ids))

    def files(self):
        """One uploaded file, and one that is only announced."""
        content = f"File of {self.marker}".encode()
        announced = [
            self.make(
                "attachment",
                "/attachments",
                {
                    "entityType": "ACCOUNT",
                    "entityId": self.ids["account"][0],
                    "fileName": f"{self.marker}-{number}.txt",
                    "contentType": "text/plain",
                    "size": len(content),
                    "sha256": hashlib.sha256(content).hexdigest(),
                },
            )
            for number in range(2)
        ]
        upload = announced[0]["upload"]
        request = urllib.request.Request(upload["url"], content, upload["headers"], method=upload["method"])
        urllib.request.urlopen(request, timeout=30).close()
        self.deployment.call("POST", f"/attachments/{announced[0]['id']}/confirm", token=self.token).data(200)

    def secrets(self):
        """Texts that nobody else may ever receive: every id, and the marker in every name, e-mail and text."""
        return [self.marker, *(found for ids in self.ids.values() for found in ids)]

    def inner_secrets(self):
        """Texts that not even the platform may receive. It may see the ids and names of companies."""
        return [found for kind, ids in self.ids.items() if kind != "company" for found in ids] + [f"{self.marker}.example"]

    def snapshot(self, token):
        """Everything that can be listed in this company, for a later comparison."""
        lists = ["/accounts", "/contacts", "/opportunities?status=OPEN,WON,LOST", "/pipelines"]
        lists += ["/users", "/invitations", "/api-keys"]
        lists += [f"/{kind}?deleted=true" for kind in BY_HAND]
        lists += [f"{resource.at(self.ids)}{query}" for resource in PLAIN for query in ("", "?deleted=true")]
        lists += [f"/opportunities/{sale}/stage-changes" for sale in self.ids["opportunity"]]
        for kind in ("account", "contact", "opportunity"):
            lists += [f"/attachments?entityType={kind.upper()}&entityId={record}" for record in self.ids[kind]]
        # The sessions of a person who does not sign in during the run, because each person keeps only the last few open.
        session = self.deployment.sign_in(self.colleague)["accessToken"]
        open_sessions = self.deployment.call("GET", "/auth/sessions", token=session).data(200)
        found = {path: self.deployment.call("GET", path, token=token).data(200) for path in [*lists, "/companies/current"]}
        for user in found["/users"]:
            # The run itself signs in.
            del user["lastLoginAt"]
        found["/auth/sessions"] = [one for one in open_sessions if one["id"] in self.ids["session"]]
        return found
