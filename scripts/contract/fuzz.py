#!/usr/bin/env python3
"""Runs schemathesis against fresh deployments with two companies.

    fuzz.py PROGRAM OPENAPI short     one seed, a minute or two: in CI
    fuzz.py PROGRAM OPENAPI long      three seeds, 20,000 cases and more: every night

In each run one company's OWNER calls everything, with ids of both companies; schemathesis repeats what they read as the
other company's OWNER (`object_level_authorization`), and hooks.py checks every answer. Then one of the company's API
keys calls the operations for keys, and the platform administrator those for the platform. At the end every operation
must have succeeded once, the other company's data must be unchanged, the server's log must have no failures, and
`cartera doctor` must find nothing.
"""

import collections
import json
import os
import pathlib
import subprocess
import sys
import time

from callers import Tokens, program
from companies import Company
from deployment import Deployment
from fitting import requests_of, requests_of_the_platform
from resources import BY_HAND, PLAIN

HERE = pathlib.Path(__file__).parent
MARKERS = {"alborada": "bramante", "bramante": "alborada"}
PLATFORM = "platform@cartera.example"

# By kind of run: seeds, phases, examples per operation, and the minimum number of cases of a valid run.
PLANS = {
    "short": {"seeds": [1], "phases": "fuzzing,stateful", "examples": 5, "least": 500},
    "long": {"seeds": [1, 2, 3], "phases": "examples,coverage,fuzzing,stateful", "examples": 40, "least": 20_000},
}

# The kind of record whose ids each path takes.
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
    **{resource.kind: resource.path for resource in PLAIN},
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

# Operations that never succeed here, and why.
NEVER = {
    "DELETE /api/v1/auth/sessions/{id}": "the proof itself signs in so often that the session is not open any more",
    "POST /api/v1/auth/refresh": "schemathesis keeps no cookies",
    "POST /api/v1/jobs/dead/{id}/retry": "no job has died",
}


def main(server, contract, kind):
    plan = PLANS[kind]
    cases, failed = 0, []
    for index, seed in enumerate(plan["seeds"]):
        begun = time.monotonic()
        with Deployment(server) as deployment:
            proof = Proof(deployment, contract, plan, seed, attacker=list(MARKERS)[index % 2])
            proof.run()
        print(f"contract: seed {seed}: {proof.cases} cases in {time.monotonic() - begun:.0f} s", flush=True)
        cases += proof.cases
        failed += [f"seed {seed}: {problem}" for problem in proof.problems]
    if cases < plan["least"]:
        failed.append(f"{cases} cases are fewer than {plan['least']}")
    print(f"contract: {cases} cases over {len(plan['seeds'])} seed(s)", *failed, sep="\n  ")
    return 1 if failed else 0


class Proof:
    """Runs one seed on one deployment; returns the number of cases, and the problems."""

    def __init__(self, deployment, contract, plan, seed, attacker):
        self.deployment, self.contract, self.plan, self.seed = deployment, pathlib.Path(contract), plan, seed
        self.companies = {marker: Company(deployment, marker) for marker in MARKERS}
        self.attacker, self.victim = self.companies[attacker], self.companies[MARKERS[attacker]]
        deployment.administrator(PLATFORM)
        addresses = {marker: company.address for marker, company in self.companies.items()}
        self.tokens = Tokens(deployment, {PLATFORM: PLATFORM, **addresses})
        self.cases, self.problems = 0, []
        # Only the log of the schemathesis run counts, because other requests here also succeed.
        self.answered = []

    def run(self):
        before = self.victim.snapshot(self.tokens.token(self.victim.marker))
        self.as_owner()
        self.as_key()
        after = self.victim.snapshot(self.tokens.token(self.victim.marker))
        self.problems += [f"{path} of {self.victim.marker} changed" for path in before if before[path] != after[path]]
        self.as_platform()
        self.look_into_the_log()
        doctor = [self.deployment.program, "doctor"]
        found = subprocess.run(doctor, env=self.deployment.environment, capture_output=True, text=True)
        if found.returncode != 0:
            self.problems.append(f"doctor: {found.stdout}{found.stderr}")
        self.tokens.shutdown()

    def as_owner(self):
        """The attacker's OWNER, on all operations except those of the platform."""
        caller = self.attacker.marker
        foreign = {marker: self.companies[other].secrets() for marker, other in MARKERS.items()}
        # Unauthenticated requests may contain what the attacker may see, because schemathesis sends it back to the server.
        foreign[""] = self.victim.secrets()
        people = [self.tokens.person(marker) for marker in MARKERS]
        self.schemathesis(caller, people, "/x-cartera-access != platform", foreign, requests_of(self.attacker))
        me = self.deployment.call("GET", "/auth/me", token=self.tokens.token(caller)).data(200)
        if me["user"]["role"] != "OWNER":
            self.problems.append(f"{caller} could not go on to the end, so the run proves too little: {me}")

    def as_key(self):
        """A key with all scopes, which is not revoked meanwhile."""
        token = self.tokens.token(self.attacker.marker)
        permissions = self.deployment.call("GET", "/auth/me", token=token).data(200)["permissions"]
        readable = (*BY_HAND, *(resource.path for resource in PLAIN), "reports")
        scopes = [name for name in permissions if name.split(":")[0] in readable]
        body = {"name": "The key of the proof", "scopes": [name for name in scopes if not name.endswith(":assign")]}
        value = self.deployment.call("POST", "/api-keys", body, token).data(201)["value"]
        self.schemathesis("key", [program("key", value)], "/x-cartera-api-key == true", {"": self.victim.secrets()})

    def as_platform(self):
        """The platform administrator, who sees companies and nothing in them."""
        foreign = {"": [secret for company in self.companies.values() for secret in company.inner_secrets()]}
        person, fitting = self.tokens.person(PLATFORM), requests_of_the_platform(self.attacker)
        self.schemathesis(PLATFORM, [person], "/x-cartera-access == platform", foreign, fitting)

    def schemathesis(self, caller, identities, operations, foreign, fitting=None):
        """One schemathesis run. `foreign`: texts that no answer may contain, by identity; `fitting`: valid requests."""
        folder = self.deployment.folder / caller.split("@")[0]
        folder.mkdir()
        colleague = self.attacker.ids["user"][0]
        known = {"foreign": foreign, "self": self.attacker.owner, "colleague": colleague}
        known |= {"caller": caller, "fitting": fitting or {}}
        (folder / "run.json").write_text(json.dumps(known))
        (folder / "auth.json").write_text(json.dumps({"auth": identities}))
        (folder / "schemathesis.toml").write_text(self.configuration(folder, caller, identities))
        logged = len(self.deployment.log())
        done = subprocess.run(
            [pathlib.Path(sys.executable).with_name("schemathesis"), "--config-file", folder / "schemathesis.toml", "run",
             self.contract.resolve(), "--url", self.deployment.url, "--seed", str(self.seed), "--phases",
             self.plan["phases"], "--max-examples", str(self.plan["examples"]), "--include-by", operations,
             "--report", "json", "--report-json-path", folder / "report.json", "--no-color"],
            cwd=folder,
            # hooks.py imports a module next to it, which schemathesis would not find.
            env=dict(os.environ, CONTRACT_RUN=str(folder / "run.json"), PYTHONPATH=str(HERE)),
            stdin=subprocess.DEVNULL,
        )
        self.answered += self.deployment.log()[logged:].splitlines()
        if done.returncode != 0:
            self.problems.append(f"schemathesis as {caller} ended with {done.returncode}")
        self.cases += json.loads((folder / "report.json").read_text())["test_cases"]["generated"]

    def configuration(self, folder, caller, identities):
        """schemathesis.toml with the callers, and with ids of both companies in every place for an id."""
        lines = [f"hooks = {json.dumps(str(HERE / 'hooks.py'))}", (HERE / "schemathesis.toml").read_text()]
        lines += ["[auth.wfc]", f"path = {json.dumps(str(folder / 'auth.json'))}", f"user = {json.dumps(caller)}"]
        if len(identities) > 1:
            lines.append(f"peers = {json.dumps([one['name'] for one in identities])}")
        for kind in PATHS:
            known = [found for company in self.companies.values() for found in company.ids[kind]]
            lines += [f"[dictionaries.{kind}]", f"values = {json.dumps(known)}"]
        lines.append("[parameters]")
        lines += [f'"{place}" = {{ dictionary = "{kind}", probability = 0.5 }}' for place, kind in FIELDS.items()]
        for kind, path in PATHS.items():
            lines += ["[[operations]]", f"include-path-regex = {json.dumps('^/api/v1/' + path + '/.id.')}"]
            lines += [f'parameters = {{ "path.id" = {{ dictionary = "{kind}", probability = 0.5 }} }}']
        return "\n".join(lines) + "\n"

    def look_into_the_log(self):
        """The failures in the server's log, and its answers by status: a run with only refusals proves nothing."""
        for line in self.deployment.log().splitlines():
            if entry(line)["level"] == "ERROR":
                self.problems.append(f"the server logged {line}")
        statuses, routes = collections.Counter(), collections.defaultdict(collections.Counter)
        for answer in map(entry, self.answered):
            if answer.get("target") == "cartera::http":
                statuses[f"{answer['status'] // 100}xx"] += 1
                routes[f"{answer['method']} {answer['route']}"][answer["status"]] += 1
        described = json.loads(self.contract.read_text())["paths"]
        operations = {f"{method.upper()} {path}" for path, item in described.items() for method in item}
        never = sorted(route for route in operations if min(routes[route], default=500) >= 400)
        print("contract: answers:", dict(sorted(statuses.items())))
        print(f"contract: {len(operations) - len(never)} of {len(operations)} operations succeeded, not", ", ".join(never))
        if statuses["2xx"] * 20 < sum(statuses.values()):
            self.problems.append("hardly anything succeeded")
        for route in never:
            if route not in NEVER:
                self.problems.append(f"{route} never succeeded: {dict(routes[route])}. See fitting.py")


def entry(line):
    """Parses a line of the log. A line that is not an entry belongs to the greeting, or to a panic."""
    return json.loads(line) if line.startswith("{") else {"level": "ERROR" if "panicked" in line else "INFO"}


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
