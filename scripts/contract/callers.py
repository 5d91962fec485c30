"""The callers of a schemathesis run, and their authentication."""

import http.server
import json
import threading

from deployment import PASSWORD


class Tokens(http.server.ThreadingHTTPServer):
    """Gives schemathesis a fresh access token whenever it asks, because the last session may have been signed out."""

    def __init__(self, deployment, addresses):
        super().__init__(("127.0.0.1", 0), TokenRequest)
        self.deployment, self.addresses = deployment, addresses
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def token(self, name):
        address = self.addresses[name]
        login = {"email": address, "password": PASSWORD}
        answer = self.deployment.call("POST", "/auth/login", login)
        if answer.status != 200 or answer.body["data"]["forcePasswordReset"]:
            # Password guesses may have locked the sign-in, or a reset may be demanded; a mailed link solves both.
            mails = len(self.deployment.mails(address))
            self.deployment.call("POST", "/auth/forgot-password", {"email": address}).data(202)
            link = {"token": self.deployment.mailed_token(address, mails + 1), "newPassword": PASSWORD}
            self.deployment.call("POST", "/auth/reset-password", link).data(204)
            answer = self.deployment.call("POST", "/auth/login", login)
        return answer.data(200)["accessToken"]

    def person(self, name):
        """The authentication of a person for schemathesis."""
        return {
            "name": name,
            "loginEndpointAuth": {
                "externalEndpointURL": f"http://127.0.0.1:{self.server_port}/{name}",
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
        """Does nothing: the server's log shows it."""


def program(name, value):
    """An API key."""
    return {"name": name, "fixedHeaders": [{"name": "X-API-Key", "value": value}]}
