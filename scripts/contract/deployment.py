"""A temporary deployment for one run: the program, its database and its mails.

It listens on a free port of the loopback interface and keeps everything in a folder that is removed.
"""

import email
import email.policy
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

# Differs from the contract's examples, which the runs send too.
PASSWORD = "Contract-Proof-1"

# Everything is enabled as usual, only with limits for thousands of requests from one address.
ROOMY = {
    "RATE_LIMIT_SIGN_IN_PER_EMAIL": "100000/s",
    "RATE_LIMIT_SIGN_IN_PER_ADDRESS": "100000/s",
    "RATE_LIMIT_REGISTER": "100000/s",
    "RATE_LIMIT_INVITATIONS": "100000/s",
    "RATE_LIMIT_REQUESTS": "100000/s",
}

# Ignore settings for other deployments in the machine's environment.
OURS = re.compile(
    r"^(HTTP|PUBLIC|CORS|TRUSTED|BODY|REQUEST|SHUTDOWN|DATA|DATABASE|MIGRATION|WORKER|JOBS|JWT|SECRETS|REGISTRATION"
    r"|DEFAULT|PASSWORD|SMTP|MAIL|FRONTEND|S3|ATTACHMENT|RATE|LOG|METRICS)_|^REGISTRATION$"
)


class Answer:
    """An answer of the server."""

    def __init__(self, status, body):
        self.status = status
        self.body = body

    def data(self, status):
        """The data of the answer, which must be a success."""
        if self.status != status:
            raise SystemExit(f"contract: wanted {status}, got {self.status}: {self.body}")
        return self.body["data"] if self.body else None


class Deployment:
    """The running program. Use it in a `with`."""

    def __init__(self, program, settings=None):
        self.program = str(pathlib.Path(program).resolve())
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cartera-contract-"))
        # PostgreSQL refuses to run as root; the user it then runs as must be able to reach this folder.
        self.folder.chmod(0o755)
        self.url = f"http://127.0.0.1:{free_port()}"
        self.environment = {name: value for name, value in os.environ.items() if not OURS.match(name)}
        self.environment.update(ROOMY)
        self.environment.update(settings or {})
        self.environment.update(
            HTTP_ADDR=self.url.removeprefix("http://"),
            DATA_DIR=str(self.folder / "data"),
            LOG_FORMAT="json",
            LOG_LEVEL="info",
        )
        self.process = None

    def __enter__(self):
        log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen(
            [self.program, "serve"], env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        for _ in range(600):
            if self.process.poll() is not None:
                break
            if self.call("GET", "/readyz", base="").status == 200:
                return self
            time.sleep(0.1)
        print(self.log()[-4000:])
        self.__exit__(None, None, None)
        raise SystemExit("contract: the server did not start")

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self):
        """The server's log so far."""
        return (self.folder / "log").read_text(errors="replace")

    def call(self, method, path, body=None, token=None, base="/api/v1"):
        """Sends a request. A refused connection gives status 0."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + base + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as refusal:
            status, text = refusal.code, refusal.read()
        except OSError as failure:
            return Answer(0, str(failure))
        try:
            return Answer(status, json.loads(text) if text else None)
        except ValueError:
            return Answer(status, text.decode(errors="replace"))

    def register(self, name, address):
        """A new company, as the session of its OWNER."""
        return self.call(
            "POST",
            "/auth/register",
            {"companyName": name, "name": f"Owner of {name}", "email": address, "password": PASSWORD},
        ).data(201)

    def administrator(self, address):
        """Creates a platform administrator on the command line, and returns their access token."""
        subprocess.run(
            [self.program, "admin", "create", "--email", address, "--name", "Platform"],
            env=self.environment,
            input=PASSWORD.encode() + b"\n",
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return self.sign_in(address)["accessToken"]

    def sign_in(self, address):
        """A session."""
        return self.call("POST", "/auth/login", {"email": address, "password": PASSWORD}).data(200)

    def mailed_token(self, address, mails=1):
        """The token of the last link mailed to somebody, once at least that many mails have arrived."""
        for _ in range(300):
            # A mail about a changed password has no link.
            links = [re.search(r"#token=([!-~]+)", text) for text in self.mails(address)[mails - 1 :]]
            if any(links):
                return [link[1] for link in links if link][-1]
            time.sleep(0.1)
        raise SystemExit(f"contract: no mail came to {address}")

    def mails(self, address):
        """The texts of the mails to somebody so far."""
        paths = sorted((self.folder / "data/mail").glob("*.eml"))
        return [text for path in paths if (text := read_mail(path, address))]


def read_mail(path, address):
    """The text of a mail, if it is for this address."""
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    if str(mail["Delivered-To"]).lower() != address.lower():
        return None
    return mail.get_body(("plain",)).get_content()


def free_port():
    """A free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
