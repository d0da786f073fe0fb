"""Requests as Claude Code, Codex, opencode and the SDK sent them, replayed: every byte of their bodies arrives."""

import http.client
import json
import pathlib
import unittest

from stage import Stage

CAPTURES = pathlib.Path(__file__).parent.parent.parent / "captures"
# Never forwarded, or set anew by each hop.
OWN = {"host", "connection", "authorization", "x-api-key", "accept-encoding", "content-length", "transfer-encoding"}
DIALECTS = {"/v1/chat/completions": "openai-chat", "/v1/responses": "openai-responses"}


def body_of(text):
    """The body's bytes as they were sent: the value of the capture's last key."""
    marker = '"body":'
    return text[text.index(marker) + len(marker) :].rstrip().removesuffix("}").strip().encode()


class Captures(unittest.TestCase):
    def replay(self, path):
        text = path.read_text()
        capture = json.loads(text)
        body = body_of(text)
        self.assertEqual(json.loads(body), capture["body"])
        dialect = DIALECTS.get(capture["path"].split("?")[0], "anthropic")
        with Stage(dialect=dialect) as stage:
            connection = http.client.HTTPConnection(stage.url.removeprefix("http://"), timeout=30)
            connection.putrequest(capture["method"], capture["path"], skip_accept_encoding=True)
            for name, value in capture["headers"]:
                if name.lower() not in ("host", "content-length", "connection"):
                    connection.putheader(name, value)
            connection.putheader("content-length", str(len(body)))
            connection.endheaders(body)
            reply = connection.getresponse()
            answer = reply.read()
            self.assertEqual(reply.status, 200, answer)
            self.assertEqual(reply.headers["x-used-endpoint"], "a")
            self.assertTrue(answer)
            connection.close()
            seen = stage.a.asked(1)[0]
            self.assertEqual(seen["target"], capture["path"])
            self.assertEqual(seen["body"].encode(), body)
            wanted = sorted((n.lower(), v) for n, v in capture["headers"] if n.lower() not in OWN)
            came = sorted((n.lower(), v) for n, v in seen["headers"] if n.lower() not in OWN)
            self.assertEqual(came, wanted)


def replaying(path):
    return lambda self: self.replay(path)


found = sorted(CAPTURES.glob("*.json"))
assert found, f"no captures in {CAPTURES}"
for path in found:
    setattr(Captures, "test_replay_of_" + path.stem.replace("-", "_").replace(".", "_"), replaying(path))
