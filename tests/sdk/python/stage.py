"""Scripted endpoints behind a real zephyrd, one set for each test.

`Stage(n)` starts `n` fake endpoints `a`, `b`, … in this order of preference and a daemon in front of them, in a
directory of its own and on ports chosen by the kernel. ZEPHYR_BIN_DIR says where the programs are.
"""

import json
import os
import pathlib
import queue
import shutil
import socket
import subprocess
import tempfile
import threading
import time

DEADLINE = 30
BIN = pathlib.Path(os.environ["ZEPHYR_BIN_DIR"])
ANSWERS = pathlib.Path(__file__).parent.parent / "answers"
OWN_KEY = "sk-key-of-the-gateway"
# Most tests want to see at once what a request comes to.
AT_ONCE = "[suspension]\nenabled = false\n"


def answer(name, **changes):
    """The scripted answer `name` from `answers/`, with `changes`."""
    return {**json.loads((ANSWERS / f"{name}.json").read_text()), **changes}


def error(status, message="scripted words", kind="scripted_error", headers=(), dialect="anthropic"):
    """An error of `status` as an endpoint of `dialect` shapes it."""
    told = {"type": kind, "message": message}
    body = {"type": "error", "error": told, "request_id": "req_up"} if dialect == "anthropic" else {"error": told}
    return {"status": status, "headers": [["content-type", "application/json"], *headers], "body": {"json": body}}


def events(*pieces):
    """A 200 event stream of these pieces."""
    return {
        "headers": [["content-type", "text/event-stream; charset=utf-8"]],
        "framing": "chunked",
        "body": {"pieces": list(pieces)},
    }


class Fake:
    """One scripted endpoint."""

    def __init__(self, script=None):
        command = [BIN / "zephyr-fake-endpoint"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        first = json.loads(self.process.stdout.readline())
        self.url, self.port = first["url"], first["port"]
        self.told, self.left = [], set()
        self.changed = threading.Condition()
        self.replies = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        if script:
            self.script(script)

    def _read(self):
        for line in self.process.stdout:
            told = json.loads(line)
            if "script" in told or "seen" in told:
                self.replies.put(told)
                continue
            with self.changed:
                if "left" in told:
                    self.left.add(told["left"])
                else:
                    self.told.append(told)
                self.changed.notify_all()

    def script(self, script):
        """Replaces what it answers; see the head of the fake endpoint's source."""
        told = self._say(json.dumps(script))
        assert told == {"script": "replaced"}, told

    def _say(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        return self.replies.get(timeout=DEADLINE)

    def always(self, answer):
        """Answers everything with `answer`."""
        self.script({"default": answer})

    def wait(self, check, what):
        """Waits until `check(self)` holds."""
        with self.changed:
            assert self.changed.wait_for(lambda: check(self), DEADLINE), f"waited {DEADLINE} s for {what}"

    @property
    def seen(self):
        """Every request so far, in the order of arrival."""
        count = self._say("")["seen"]
        return self.told[:count]

    def asked(self, n):
        """Exactly `n` requests have come; gives them."""
        seen = self.seen
        assert len(seen) == n, f"{len(seen)} requests instead of {n}: {[s['target'] for s in seen]}"
        return seen

    def bodies(self):
        """The requests' bodies, as JSON."""
        return [json.loads(seen["body"]) for seen in self.seen]

    def headers(self, number=-1):
        """The headers of one request, names in lower case."""
        return {name.lower(): value for name, value in self.seen[number]["headers"]}

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def refused():
    """The URL of a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


class Stage:
    """Fake endpoints and a daemon; leaves nothing behind when its `with` block ends."""

    def __init__(self, count=1, dialect="anthropic", names=("a", "b", "c"), urls=None, auth=None, more=""):
        self.fakes = [Fake() for _ in range(count)] if urls is None else []
        urls = urls or [fake.url for fake in self.fakes]
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="zephyr-sdk-"))
        for name in ("state", "run", "home"):
            (self.dir / name).mkdir()
        endpoints = ", ".join(
            f'{{ url = "{url}", name = "{name}", provider = "p-{i}", priority = {i + 1} }}'
            for i, (url, name) in enumerate(zip(urls, names, strict=False))
        )
        auth = auth or f'{{ bearer = "{OWN_KEY}" }}'
        self.socket = self.dir / "run/control.sock"
        (self.dir / "config.toml").write_text(
            f"""[server]\nlisten = ["127.0.0.1:0"]\nstate_dir = "{self.dir}/state"\n{more if '[' not in more else ''}
[control]\nsocket = "{self.socket}"\n[health_check]\nenabled = false\n[selection]\nstrategy = "priority"
[[groups]]\nname = "main"\ndefault = true\ndialect = "{dialect}"\nauth = {auth}
endpoints = [{endpoints}]\n{more if '[' in more else ''}\n{'' if '[suspension]' in more else AT_ONCE}"""
        )
        (self.dir / "config.toml").chmod(0o600)
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(self.dir / "home"),
            "XDG_RUNTIME_DIR": str(self.dir / "run"),
        }
        self.log = (self.dir / "log").open("w+b")
        command = [BIN / "zephyrd", "--config", self.dir / "config.toml"]
        self.daemon = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log
        )
        try:
            self.url = self.status()["listen"][0]
        except BaseException as problem:
            # No `with` block has begun that would end it.
            self.__exit__(type(problem))
            raise

    def ctl(self, *args):
        """Runs zephyrctl."""
        command = [BIN / "zephyrctl", *args, "--socket", self.socket]
        return subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=DEADLINE)

    def status(self):
        """The daemon's state, once it serves."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            told = json.loads(self.ctl("status", "--json").stdout)
            if "listen" in told:
                return told
            assert self.daemon.poll() is None, f"zephyrd ended:\n{self.said()}"
            time.sleep(0.01)
        raise AssertionError(f"zephyrd did not come up:\n{self.said()}")

    def said(self):
        """Everything that the daemon has printed."""
        return (self.dir / "log").read_text(errors="replace")

    def __getattr__(self, name):
        # `stage.a`, `stage.b`: the fake endpoints.
        if len(name) == 1 and "fakes" in self.__dict__:
            return self.fakes["abc".index(name)]
        raise AttributeError(name)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.daemon.terminate()
        try:
            self.daemon.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            self.daemon.wait()
        for fake in self.fakes:
            fake.stop()
        if kind is not None:
            print(f"zephyrd said:\n{self.said()}")
        self.log.close()
        shutil.rmtree(self.dir, ignore_errors=True)
