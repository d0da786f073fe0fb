"""Runs schemathesis against a real zephyrd that has served some requests: answered, failed over and refused.

No answer may be a 5xx that the document does not know, none may have another status, type or shape than it says, and
what it does not allow must be refused. Changing things is let to every local user, as the token would hide that a
request without one is refused; what needs one is shown by the end-to-end tests.
"""

import http.client
import json
import pathlib
import subprocess
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "sdk" / "python"))
from stage import Stage, error, refused  # noqa: E402

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "response_headers_conformance,unsupported_method,allow_header_conformance"
)
# Answers for as long as somebody listens.
ENDLESS = "/api/v1/stream"


def ask(url, method, path, body=None):
    """One request; its status and body."""
    told = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(told.hostname, told.port, timeout=30)
    connection.request(method, path, json.dumps(body) if body else None, {"content-type": "application/json"})
    reply = connection.getresponse()
    return reply.status, reply.read()


def main():
    program, more = sys.argv[1], sys.argv[2:]
    web = refused()
    port = urllib.parse.urlsplit(web).port
    with Stage(2, more=f'[web]\nlisten = ["127.0.0.1:{port}"]\nwrites = "loopback"\n') as stage:
        message = {"model": "claude-opus-5-5", "max_tokens": 8, "messages": [{"role": "user", "content": "hi"}]}
        ask(stage.url, "POST", "/v1/messages", message)
        stage.a.always(error(500))
        ask(stage.url, "POST", "/v1/messages", message)
        stage.b.always(error(400))
        ask(stage.url, "POST", "/v1/messages", message)
        status, document = ask(web, "GET", "/api/v1/openapi.json")
        assert status == 200, status
        file = stage.dir / "openapi.json"
        file.write_bytes(document)
        command = [program, "run", str(file), "--url", web, "--checks", CHECKS, "--exclude-path", ENDLESS]
        command += ["--phases", "examples,coverage,fuzzing", "--max-examples", "15", "--seed", "1", "--no-color"]
        command += ["--request-timeout", "10", "--continue-on-failure", "--warnings", "off", *more]
        code = subprocess.run(command, cwd=stage.dir, stdin=subprocess.DEVNULL).returncode
        assert stage.daemon.poll() is None, "zephyrd ended"
        assert "panicked" not in stage.said(), stage.said()
    return code


sys.exit(main())
