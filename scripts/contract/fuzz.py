#!/usr/bin/env python3
"""Runs schemathesis against fresh deployments in which two companies live side by side.

    fuzz.py PROGRAM OPENAPI short     one seed, a minute or two: in the gate
    fuzz.py PROGRAM OPENAPI long      three seeds, 20,000 cases and more: every night

In each run one company's OWNER calls everything, by ids of both companies; schemathesis repeats what they read as the
other company's OWNER (`object_level_authorization`), and hooks.py looks into every answer. Then the platform's
administrator calls what is theirs. In the end nothing of the other company may have changed, nothing may have failed in
the server's log, and `cartera doctor` must find nothing.
"""

import collections
import http.server
import json
import os
import pathlib
import subprocess
import sys
import threading
import time

from companies import Company
from deployment import PASSWORD, Deployment

HERE = pathlib.Path(__file__).parent
MARKERS = {"alborada": "bramante", "bramante": "alborada"}
PLATFORM = "platform@cartera.example"

# By kind of run: seeds, phases, examples an operation, and the fewest cases that count as a run.
PLANS = {
    "short": {"seeds": [1], "phases": "fuzzing,stateful", "examples": 10, "least": 700},
    "long": {"seeds": [1, 2, 3], "phases": "examples,coverage,fuzzing,stateful", "examples": 40, "least": 20_000},
}

# Whose ids stand in which path.
PATHS = {
    "account": "accounts",
    "contact": "contacts",
    "opportunity": "opportunities",
    "pipeline": "pipelines",
    "stage": "stages",
    "attachment": "attachments",
    "user": "users",
    "invitation": "invitations",
    "apiKey": "api-keys",
    "session": "auth/sessions",
    "company": "companies",
}
FIELDS = {
    "body.ownerId": "user",
    "body.accountId": "account",
    "body.contactId": "contact",
    "body.pipelineId": "pipeline",
    "body.stageId": "stage",
    "body.entityId": "account",
    "query.pipelineId": "pipeline",
    "query.entityId": "account",
    "query.moveTo": "stage",
    "query.reassignTo": "user",
    "query.stage": "stage",
}


class Tokens(http.server.ThreadingHTTPServer):
    """Gives schemathesis an access token of somebody whenever it asks: the last one may have been signed out."""

    def __init__(self, deployment, addresses):
        super().__init__(("127.0.0.1", 0), TokenRequest)
        self.deployment, self.addresses = deployment, addresses
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def token(self, name):
        address = self.addresses[name]
        login = {"email": address, "password": PASSWORD}
        answer = self.deployment.call("POST", "/auth/login", login)
        if answer.status != 200 or answer.body["data"]["forcePasswordReset"]:
            # Guesses at the password lock it, and others may demand a new one; a mailed link helps with both.
            mails = len(self.deployment.mails(address))
            self.deployment.call("POST", "/auth/forgot-password", {"email": address}).data(202)
            link = {"token": self.deployment.mailed_token(address, mails + 1), "newPassword": PASSWORD}
            self.deployment.call("POST", "/auth/reset-password", link).data(204)
            answer = self.deployment.call("POST", "/auth/login", login)
        return answer.data(200)["accessToken"]


class TokenRequest(http.server.BaseHTTPRequestHandler):
    """`POST /alborada`: a token of that company's OWNER."""

    def do_POST(self):
        body = json.dumps({"token": self.server.token(self.path.strip("/"))}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nothing: the server's own log tells."""


def main(program, contract, kind):
    plan = PLANS[kind]
    cases, failed = 0, []
    for index, seed in enumerate(plan["seeds"]):
        attacker = list(MARKERS)[index % 2]
        with Deployment(program) as deployment:
            begun = time.monotonic()
            made, problems = prove(deployment, contract, plan, seed, attacker)
            print(f"contract: seed {seed}: {made} cases in {time.monotonic() - begun:.0f} s", flush=True)
        cases += made
        failed += [f"seed {seed}: {problem}" for problem in problems]
    if cases < plan["least"]:
        failed.append(f"{cases} cases are fewer than {plan['least']}")
    print(f"contract: {cases} cases over {len(plan['seeds'])} seed(s)", *failed, sep="\n  ")
    return 1 if failed else 0


def prove(deployment, contract, plan, seed, attacker):
    """One seed: the number of cases, and what was wrong."""
    companies = {marker: Company(deployment, marker) for marker in MARKERS}
    deployment.administrator(PLATFORM)
    tokens = Tokens(deployment, {PLATFORM: PLATFORM, **{marker: company.address for marker, company in companies.items()}})
    victim = companies[MARKERS[attacker]]
    before = victim.snapshot(tokens.token(victim.marker))
    foreign = {marker: companies[other].secrets() for marker, other in MARKERS.items()}
    # What the attacker may be told, requests of nobody may say as well: schemathesis gives it back to the server.
    foreign[""] = victim.secrets()
    caller = companies[attacker]
    run = {"foreign": foreign, "self": caller.owner, "colleague": caller.ids["user"][0]}
    code, cases = schemathesis(deployment, contract, plan, seed, attacker, list(MARKERS), companies, tokens, run)
    problems = [f"schemathesis as {attacker} ended with {code}"] if code else []
    me = deployment.call("GET", "/auth/me", token=tokens.token(attacker)).data(200)
    if me["user"]["role"] != "OWNER" or me["forcePasswordReset"]:
        problems.append(f"{attacker} could not go on to the end, so the run proves too little: {me}")
    after = victim.snapshot(tokens.token(victim.marker))
    problems += [f"{path} of {victim.marker} changed" for path in before if before[path] != after[path]]
    # The platform sees companies, and nothing in them.
    foreign = {"": [secret for company in companies.values() for secret in company.inner_secrets()]}
    run = {"foreign": foreign, "self": None, "colleague": None}
    code, more = schemathesis(deployment, contract, plan, seed, PLATFORM, [PLATFORM], companies, tokens, run)
    problems += [f"schemathesis as the platform ended with {code}"] if code else []
    problems += in_the_log(deployment, contract)
    doctor = subprocess.run([deployment.program, "doctor"], env=deployment.environment, capture_output=True, text=True)
    if doctor.returncode != 0:
        problems.append(f"doctor: {doctor.stdout}{doctor.stderr}")
    tokens.shutdown()
    return cases + more, problems


def schemathesis(deployment, contract, plan, seed, name, identities, companies, tokens, run):
    """One run of it: its exit code and the number of cases. `run` is what hooks.py knows of it."""
    folder = deployment.folder / name.split("@")[0]
    folder.mkdir()
    (folder / "run.json").write_text(json.dumps(run))
    (folder / "auth.json").write_text(json.dumps({"auth": [identity(one, tokens) for one in identities]}))
    (folder / "schemathesis.toml").write_text(configuration(folder, name, identities, companies))
    mine = ["--include-by", f"/x-cartera-access {'==' if name == PLATFORM else '!='} platform"]
    done = subprocess.run(
        [pathlib.Path(sys.executable).with_name("schemathesis"), "--config-file", folder / "schemathesis.toml", "run",
         pathlib.Path(contract).resolve(), "--url", deployment.url, "--seed", str(seed), "--phases", plan["phases"],
         "--max-examples", str(plan["examples"]), "--report", "json", "--report-json-path",
         folder / "report.json", "--no-color", *mine],
        cwd=folder,
        env=dict(os.environ, CONTRACT_RUN=str(folder / "run.json")),
        stdin=subprocess.DEVNULL,
    )
    report = json.loads((folder / "report.json").read_text())
    return done.returncode, report["test_cases"]["generated"]


def identity(name, tokens):
    """Somebody as schemathesis signs them in."""
    return {
        "name": name,
        "loginEndpointAuth": {
            "externalEndpointURL": f"http://127.0.0.1:{tokens.server_port}/{name}",
            "verb": "POST",
            "payloadRaw": "{}",
            "contentType": "application/json",
            "token": {
                "extractFrom": "body",
                "extractSelector": "/token",
                "sendIn": "header",
                "sendName": "Authorization",
                "sendTemplate": "Bearer {token}",
            },
        },
    }


def configuration(folder, name, identities, companies):
    """schemathesis.toml with who calls, and with ids of both companies wherever an id can stand."""
    lines = [f"hooks = {json.dumps(str(HERE / 'hooks.py'))}", (HERE / "schemathesis.toml").read_text()]
    lines += ["[auth.wfc]", f"path = {json.dumps(str(folder / 'auth.json'))}", f"user = {json.dumps(name)}"]
    lines += [f"peers = {json.dumps(identities)}"] if len(identities) > 1 else []
    for kind in PATHS:
        known = [found for company in companies.values() for found in company.ids[kind]]
        lines += [f"[dictionaries.{kind}]", f"values = {json.dumps(known)}"]
    lines.append("[parameters]")
    lines += [f'"{place}" = {{ dictionary = "{kind}", probability = 0.5 }}' for place, kind in FIELDS.items()]
    for kind, path in PATHS.items():
        lines += ["[[operations]]", f"include-path-regex = {json.dumps('^/api/v1/' + path + '/.id.')}"]
        lines += [f'parameters = {{ "path.id" = {{ dictionary = "{kind}", probability = 0.5 }} }}']
    return "\n".join(lines) + "\n"


def in_the_log(deployment, contract):
    """Failures that the server logged, and a count of what it answered: a run of refusals alone proves nothing."""
    statuses, routes, problems = collections.Counter(), collections.defaultdict(set), []
    for line in deployment.log().splitlines():
        # What is no entry is the greeting, or a panic.
        entry = json.loads(line) if line.startswith("{") else {"level": "ERROR" if "panicked" in line else "INFO"}
        if entry["level"] == "ERROR":
            problems.append(f"the server logged {line}")
        if entry.get("target") == "cartera::http":
            statuses[f"{entry['status'] // 100}xx"] += 1
            routes[f"{entry['method']} {entry['route']}"].add(entry["status"])
    print("contract: answers:", dict(sorted(statuses.items())))
    described = json.loads(pathlib.Path(contract).read_text())["paths"]
    operations = {f"{method.upper()} {path}" for path, item in described.items() for method in item}
    never = sorted(route for route in operations if min(routes[route], default=500) >= 400)
    print(f"contract: {len(operations) - len(never)} of {len(operations)} operations succeeded, not", ", ".join(never))
    if statuses["2xx"] * 20 < sum(statuses.values()):
        problems.append(f"hardly anything succeeded: {dict(statuses)}")
    return problems


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
