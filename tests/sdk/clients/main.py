"""Claude Code and Codex themselves, connected by `zephyrctl env`, in front of an endpoint that fails and one that answers."""

import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "python"))
from stage import BIN as PROGRAMS, Stage, error  # noqa: E402

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


def claude():
    with Stage(2) as stage:
        stage.a.always(error(529))
        exports = stage.ctl("env", "claude", "--json")
        variables = json.loads(exports.stdout)["variables"]
        said = ask(
            stage, ["claude", "-p", "hello"], **variables,
            ANTHROPIC_API_KEY="sk-dummy", CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="1", DISABLE_AUTOUPDATER="1",
        )
        assert TEXT in said, said
        assert stage.a.seen and stage.b.seen
        assert "sk-dummy" not in str(stage.b.seen)


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


failed = False
for name, test in {"Claude Code answers over a failing endpoint": claude, "Codex answers over a failing endpoint": codex}.items():
    try:
        test()
        print(f"ok {name}", flush=True)
    except Exception as e:  # noqa: BLE001 a test's edge
        failed = True
        print(f"{e}\nnot ok {name}", flush=True)
sys.exit(failed)
