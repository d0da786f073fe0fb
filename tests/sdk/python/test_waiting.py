"""An outage of every endpoint is waited out: the SDK sees an answer, late, and nothing else."""

import json
import os
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

import anthropic
import openai
from stage import DEADLINE, Stage, error

TEXT = "The zephyr is a light wind from the west."
ASK = {"model": "claude-opus-5-5", "max_tokens": 64, "messages": [{"role": "user", "content": "hi"}]}
CHAT = {"model": "gpt-5", "messages": [{"role": "user", "content": "hi"}]}
ON = "[suspension]\nenabled = true\n"
# How long the outage lasts once everybody waits; minutes are for a person who wants to see them.
LASTS = float(os.environ.get("ZEPHYR_OUTAGE_SECONDS", "0"))


def streamed(sdk):
    with sdk.messages.stream(**ASK) as stream:
        return stream.get_final_text()


class Waiting(unittest.TestCase):
    def outage(self, stage, asks, kind="anthropic"):
        """Runs `asks` while all three endpoints are down, and mends the last one when all of them wait."""
        for fake in stage.fakes:
            fake.always(error(503, dialect=kind))
        with ThreadPoolExecutor(len(asks)) as pool:
            answers = [pool.submit(ask) for ask in asks]
            end = time.monotonic() + DEADLINE
            while (told := stage.status())["suspended"] < len(asks):
                self.assertLess(time.monotonic(), end, f"only {told['suspended']} wait")
                for answer in answers:
                    self.assertFalse(answer.done(), answer.done() and answer.exception())
            time.sleep(LASTS)
            stage.c.script({})
            self.assertEqual(stage.ctl("check", "c").returncode, 0)
            return [answer.result(DEADLINE + LASTS) for answer in answers]

    def test_streams_and_whole_answers_survive_an_outage_of_three_endpoints(self):
        with Stage(3, more=ON) as stage:
            sdk = anthropic.Anthropic(base_url=stage.url, api_key="k", timeout=600)
            whole = lambda: sdk.messages.create(**ASK).content[0].text  # noqa: E731
            texts = self.outage(stage, [whole, lambda: streamed(sdk)])
            self.assertEqual(texts, [TEXT, TEXT])
            totals = json.loads(stage.ctl("suspended", "--json").stdout)["totals"]
            # Besides, some wait for their turn to retry while the endpoints still count as usable.
            self.assertGreaterEqual(totals["waited"], 2)
            self.assertEqual(totals["timed_out"], 0)

    def test_a_chat_client_survives_it_too(self):
        with Stage(3, "openai-chat", more=ON) as stage:
            sdk = openai.OpenAI(base_url=f"{stage.url}/v1", api_key="k", timeout=600)
            whole = lambda: sdk.chat.completions.create(**CHAT).choices[0].message.content  # noqa: E731
            self.assertEqual(self.outage(stage, [whole], "openai"), [TEXT])

    def test_a_client_that_gives_up_leaves_no_place_taken(self):
        with Stage(1, more=ON) as stage:
            stage.ctl("pause", "a")
            sdk = anthropic.Anthropic(base_url=stage.url, api_key="k", timeout=1, max_retries=0)
            with self.assertRaises(anthropic.APITimeoutError):
                sdk.messages.create(**ASK)
            end = time.monotonic() + DEADLINE
            while stage.status()["suspended"]:
                self.assertLess(time.monotonic(), end, "it still waits")
