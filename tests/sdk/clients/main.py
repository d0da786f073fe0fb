"""Claude Code, Codex and opencode themselves, in front of endpoints that fail, answer, and speak other dialects."""

import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "python"))
from stage import BIN as PROGRAMS, Stage, error, events  # noqa: E402

BIN = pathlib.Path(sys.argv[1]).resolve()
# Its own package for this platform: the one that chooses among them cannot be pinned without all of them.
OPENCODE = "../opencode-linux-x64/bin/opencode"
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


def of_codex(stage):
    """Codex' command, with its settings written."""
    home = stage.dir / "home"
    command = [PROGRAMS / "zephyrctl", "env", "codex", "--write", "--socket", stage.socket]
    environment = {"PATH": os.environ["PATH"], "HOME": str(home)}
    subprocess.run(command, env=environment, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    return ["codex", "exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox"]


def codex():
    with Stage(2, dialect="openai-responses") as stage:
        stage.a.always(error(529))
        said = ask(stage, [*of_codex(stage), "hello"])
        assert TEXT in said, said
        assert stage.a.seen and stage.b.seen


def chunk(delta, finish=None):
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return f"data: {json.dumps({**head, 'choices': [choice]})}\n\n"


def calling_in_chat(tool, arguments):
    """As `calling`, as a chat completion."""
    text = json.dumps(arguments)
    first = {"index": 0, "id": "call_1", "type": "function", "function": {"name": tool, "arguments": ""}}
    parts = [{"index": 0, "function": {"arguments": part}} for part in (text[:7], text[7:])]
    return events(
        chunk({"role": "assistant", "content": "", "reasoning_content": "I should look."}),
        *(chunk({"tool_calls": [part]}) for part in (first, *parts)),
        chunk({}, "tool_calls"),
        "data: [DONE]\n\n",
    )


def calling_in_response(tool, arguments):
    """As `calling`, as a response."""
    text = json.dumps(arguments)
    item = {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": tool, "status": "completed"}
    response = {
        "id": "resp_1", "object": "response", "created_at": 1, "model": "m", "status": "in_progress", "output": [],
        "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "usage": None,
    }
    item, at = {**item, "arguments": text}, {"item_id": "fc_1", "output_index": 0}
    usage = {
        "input_tokens": 12, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 9,
        "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 21,
    }
    steps = [
        ("created", {"response": response}),
        ("output_item.added", {"output_index": 0, "item": {**item, "arguments": "", "status": "in_progress"}}),
        ("function_call_arguments.delta", {**at, "delta": text[:7]}),
        ("function_call_arguments.delta", {**at, "delta": text[7:]}),
        ("function_call_arguments.done", {**at, "arguments": text}),
        ("output_item.done", {"output_index": 0, "item": item}),
        ("completed", {"response": {**response, "status": "completed", "output": [item], "usage": usage}}),
    ]
    return events(*(sse(f"response.{kind}", sequence_number=n, **data) for n, (kind, data) in enumerate(steps)))


CALLING = {
    "anthropic": ("/v1/messages", calling),
    "openai-chat": ("/v1/chat/completions", calling_in_chat),
    "openai-responses": ("/v1/responses", calling_in_response),
}


def translated(dialect, client, tool, arguments):
    """A turn with a tool through an endpoint of another dialect."""

    def test():
        with Stage(dialect=dialect) as stage:
            stage.dialect = dialect
            notes = stage.dir / "home/notes.txt"
            notes.write_text("Its name is Ζέφυρος.\n")
            path, calls = CALLING[dialect]
            given = {name: value.replace("NOTES", str(notes)) for name, value in arguments.items()}
            stage.a.script({"paths": {path: {"next": [calls(tool, given)]}}})
            said = client(stage)
            assert TEXT in said, said
            asked = [seen for seen in stage.a.seen if seen["target"].startswith(path)]
            assert len(asked) in (2, 3), [seen["target"] for seen in stage.a.seen]
            assert "Ζέφυρος" in json.dumps(json.loads(asked[-1]["body"]), ensure_ascii=False), asked[-1]["body"]
            assert "sk-dummy" not in str(stage.a.seen)

    return test


def with_claude(stage):
    return ask(stage, ["claude", "-p", "read the notes", "--allowedTools", "Read"], **of_claude(stage))


def with_codex(stage):
    return ask(stage, [*of_codex(stage), "read the notes"])


def with_opencode(package):
    """opencode with the AI SDK's provider `package`."""

    def run(stage):
        # It asks twice at one time: for an answer and for a title.
        path, calls = CALLING[stage.dialect]
        call = calls("read", {"filePath": str(stage.dir / "home/notes.txt")})
        stage.a.script({"paths": {path: {"next": [call, call]}}})
        options = {"baseURL": f"{stage.url}/v1", "apiKey": "sk-dummy"}
        model = {"tool_call": True, "limit": {"context": 100_000, "output": 4_000}}
        settings = {
            "provider": {"zephyr": {"npm": package, "options": options, "models": {"m": model}}},
            "model": "zephyr/m", "small_model": "zephyr/m", "autoupdate": False, "share": "disabled",
            "permission": {"*": "allow"},
        }
        (stage.dir / "home/opencode.json").write_text(json.dumps(settings))
        return ask(stage, [OPENCODE, "run", "read the notes"], OPENCODE_DISABLE_MODELS_FETCH="1")

    return run


READ, CAT = ("Read", {"file_path": "NOTES"}), ("exec_command", {"cmd": "cat NOTES"})
TESTS = {
    "Claude Code uses a tool through an endpoint of openai-chat": translated("openai-chat", with_claude, *READ),
    "Claude Code uses a tool through an endpoint of openai-responses": translated("openai-responses", with_claude, *READ),
    "Codex uses a tool through an endpoint of anthropic": translated("anthropic", with_codex, *CAT),
    "Codex uses a tool through an endpoint of openai-chat": translated("openai-chat", with_codex, *CAT),
    "opencode uses a tool through an endpoint of anthropic": translated(
        "anthropic", with_opencode("@ai-sdk/openai-compatible"), *READ
    ),
    "opencode uses a tool through an endpoint of openai-chat": translated(
        "openai-chat", with_opencode("@ai-sdk/anthropic"), *READ
    ),
    "opencode uses a tool through an endpoint of openai-responses": translated(
        "openai-responses", with_opencode("@ai-sdk/openai-compatible"), *READ
    ),
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
