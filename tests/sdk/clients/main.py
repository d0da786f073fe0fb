"""Claude Code and Codex themselves, connected by `zephyrctl env`, in front of an endpoint that fails and one that answers."""

import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "python"))
from stage import BIN as PROGRAMS, Stage, error, events  # noqa: E402

BIN = pathlib.Path(sys.argv[1]).resolve()
TEXT = "The zephyr is a light wind from the west."


def ask(stage, command, **variables):
    """What the client prints, in a home of its own."""
    home = stage.dir / "home"
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), **variables}
    ran = subprocess.run(
        [BIN / command[0], *command[1:]],
        env=environment, cwd=home, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
    )
    assert ran.returncode == 0, f"{command}: status {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout


def of_claude(stage):
    """Claude Code's environment."""
    told = json.loads(stage.ctl("env", "claude", "--json").stdout)["variables"]
    quiet = {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_AUTOUPDATER": "1"}
    return {**told, **quiet, "ANTHROPIC_API_KEY": "sk-dummy"}


def claude():
    with Stage(2) as stage:
        stage.a.always(error(529))
        said = ask(stage, ["claude", "-p", "hello"], **of_claude(stage))
        assert TEXT in said, said
        assert stage.a.seen and stage.b.seen
        assert "sk-dummy" not in str(stage.b.seen)


def sse(kind, **data):
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n"


def calling(tool, arguments):
    """A stream that calls `tool`."""
    usage = {"input_tokens": 12, "output_tokens": 1}
    message = {
        "id": "msg_tool", "type": "message", "role": "assistant", "model": "claude", "content": [],
        "stop_reason": None, "stop_sequence": None, "usage": usage,
    }
    block = {"type": "tool_use", "id": "toolu_01Fake", "name": tool, "input": {}}
    text = json.dumps(arguments)
    deltas = [{"type": "input_json_delta", "partial_json": part} for part in ("", text[:7], text[7:])]
    return events(
        sse("message_start", message=message),
        sse("content_block_start", index=0, content_block=block),
        *(sse("content_block_delta", index=0, delta=delta) for delta in deltas),
        sse("content_block_stop", index=0),
        sse("message_delta", delta={"stop_reason": "tool_use", "stop_sequence": None}, usage={"output_tokens": 9}),
        sse("message_stop"),
    )


def claude_tool():
    with Stage(2) as stage:
        notes = stage.dir / "home/notes.txt"
        notes.write_text("Its name is Ζέφυρος.\n")
        tool = calling("Read", {"file_path": str(notes)})
        # The endpoint dies between the two turns.
        stage.a.script({"default": error(503), "paths": {"/v1/messages": {"next": [tool]}}})
        said = ask(stage, ["claude", "-p", "read the notes", "--allowedTools", "Read"], **of_claude(stage))
        assert TEXT in said, said
        results = [block for body in stage.b.bodies() for m in body["messages"] if isinstance(m["content"], list)
                   for block in m["content"] if block["type"] == "tool_result"]
        assert results and "Ζέφυρος" in str(results), results


def codex():
    with Stage(2, dialect="openai-responses") as stage:
        stage.a.always(error(529))
        home = stage.dir / "home"
        command = [PROGRAMS / "zephyrctl", "env", "codex", "--write", "--socket", stage.socket]
        environment = {"PATH": os.environ["PATH"], "HOME": str(home)}
        subprocess.run(command, env=environment, check=True, stdin=subprocess.DEVNULL, capture_output=True)
        said = ask(stage, ["codex", "exec", "--skip-git-repo-check", "hello"])
        assert TEXT in said, said
        assert stage.a.seen and stage.b.seen


TESTS = {
    "Claude Code answers over a failing endpoint": claude,
    "Claude Code uses a tool, and hands its result to another endpoint": claude_tool,
    "Codex answers over a failing endpoint": codex,
}

failed = False
for name, test in TESTS.items():
    try:
        test()
        print(f"ok {name}", flush=True)
    except Exception as e:  # noqa: BLE001 a test's edge
        failed = True
        print(f"{e}\nnot ok {name}", flush=True)
sys.exit(failed)
