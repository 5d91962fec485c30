"""A server of a later version: the present one, with a field more in every object that it answers.

v1 changes by addition, so that a client must ignore fields that it does not know.
"""

import http.server
import json
import threading
import urllib.request


class Later:
    """Stands before the server of this origin. Use it in a `with`."""

    def __init__(self, origin):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.origin = origin
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    def forward(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))) or None
        # The others are about the connection.
        headers = {name: self.headers[name] for name in ("Authorization", "Content-Type") if name in self.headers}
        request = urllib.request.Request(self.server.origin + self.path, body, headers, method=self.command)
        with urllib.request.urlopen(request, timeout=30) as answer:
            grown = json.dumps(with_more(json.load(answer))).encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.send_header("Content-Length", str(len(grown)))
            self.end_headers()
            self.wfile.write(grown)

    do_GET = do_POST = forward

    def log_message(self, *_):
        """Requests are not logged."""


def with_more(value):
    if isinstance(value, list):
        return [with_more(item) for item in value]
    if isinstance(value, dict):
        return {name: with_more(item) for name, item in value.items()} | {"addedLater": {"level": 1}}
    return value
