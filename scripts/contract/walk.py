#!/usr/bin/env python3
"""Runs the Postman collection by newman against a fresh deployment, with mailed links and all.

    walk.py PROGRAM COLLECTION
"""

import pathlib
import subprocess
import sys

from deployment import PASSWORD, Deployment

NEWMAN = pathlib.Path(__file__).with_name("node_modules") / ".bin" / "newman"


def main(program, collection):
    with Deployment(program) as deployment:
        variables = prepare(deployment)
        arguments = [argument for item in variables.items() for argument in ("--env-var", "=".join(item))]
        done = subprocess.run(
            [NEWMAN, "run", collection, *arguments, "--reporters", "cli", "--reporter-cli-no-banner", "--color", "off",
             "--reporter-cli-no-success-assertions", "--timeout-request", "30000", "--timeout", "120000"],
            stdin=subprocess.DEVNULL,
        )
    return done.returncode


def prepare(deployment):
    """What the walk can't get by itself: a company, two mailed links, a platform administrator."""
    owner, guest, platform = "walk@example.com", "leo@example.com", "platform@example.com"
    token = deployment.register("Walk", owner)["accessToken"]
    deployment.call("POST", "/invitations", {"email": guest, "role": "MEMBER"}, token).data(201)
    deployment.call("POST", "/auth/forgot-password", {"email": owner}).data(202)
    deployment.administrator(platform)
    return {
        "baseUrl": deployment.url,
        "email": owner,
        "password": PASSWORD,
        "platformEmail": platform,
        "platformPassword": PASSWORD,
        "invitationToken": deployment.mailed_token(guest),
        "resetToken": deployment.mailed_token(owner),
    }


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
