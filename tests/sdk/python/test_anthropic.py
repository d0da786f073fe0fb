"""The Anthropic SDK does everything through zephyrd that it does without."""

import asyncio
import base64
import json
import os
import unittest

import anthropic
from stage import OWN_KEY, Stage, answer, refused

TEXT = "The zephyr is a light wind from the west."
ASK = {"model": "claude-opus-5-5", "max_tokens": 64, "messages": [{"role": "user", "content": "hi"}]}
TOOL = {
    "name": "weather",
    "description": "Tells the weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}, "unit": {"type": "string"}}},
}


def client(stage, **options):
    return anthropic.Anthropic(**{"base_url": stage.url, "api_key": "sk-of-the-client", "max_retries": 0, **options})


class Anthropic(unittest.TestCase):
    def test_a_message_comes_whole_with_the_marks_of_its_way(self):
        with Stage(2) as stage:
            raw = client(stage).messages.with_raw_response.create(**ASK)
            message = raw.parse()
            self.assertEqual(message.content[0].text, TEXT)
            self.assertEqual(message.usage.cache_read_input_tokens, 2048)
            self.assertEqual(message._request_id, "req_fake_0")
            self.assertRegex(raw.headers["x-request-id"], r"^req-[0-9a-f]{8}$")
            self.assertEqual((raw.headers["x-used-endpoint"], raw.headers["x-endpoint-index"]), ("a", "0"))
            headers = stage.a.headers()
            self.assertEqual(headers["authorization"], f"Bearer {OWN_KEY}")
            self.assertNotIn("x-api-key", headers)
            self.assertNotIn("sk-of-the-client", json.dumps(stage.a.seen))
            self.assertEqual(headers["anthropic-version"], raw.http_request.headers["anthropic-version"])
            self.assertEqual(stage.a.seen[0]["body"].encode(), raw.http_request.content)

    def test_a_stream_comes_event_by_event(self):
        with Stage() as stage:
            events = list(client(stage).messages.create(**ASK, stream=True))
            kinds = [event.type for event in events]
            self.assertEqual(kinds[:2], ["message_start", "content_block_start"])
            self.assertEqual(kinds[-2:], ["message_delta", "message_stop"])
            self.assertEqual("".join(e.delta.text for e in events if e.type == "content_block_delta"), TEXT)

    def test_the_streaming_interface_gives_the_text_and_the_final_message(self):
        with Stage() as stage, client(stage).messages.stream(**ASK) as stream:
            self.assertEqual("".join(stream.text_stream), TEXT)
            final = stream.get_final_message()
            self.assertEqual((final.stop_reason, final.usage.output_tokens), ("end_turn", 42))
            self.assertEqual(stream.response.headers["x-used-endpoint"], "a")

    def test_the_asynchronous_client_streams_many_answers_at_one_time(self):
        async def one(sdk):
            async with sdk.messages.stream(**ASK) as stream:
                return await stream.get_final_text()

        async def many(url):
            async with anthropic.AsyncAnthropic(base_url=url, api_key="sk-of-the-client", max_retries=0) as sdk:
                return await asyncio.gather(*(one(sdk) for _ in range(20)))

        with Stage() as stage:
            self.assertEqual(asyncio.run(many(stage.url)), [TEXT] * 20)
            stage.a.asked(20)

    def test_a_tool_is_called_and_its_result_handed_back(self):
        for stream in (False, True):
            with self.subTest(stream=stream), Stage() as stage:
                sdk, ask = client(stage), {**ASK, "tools": [TOOL]}
                calling = {**ask, "tool_choice": {"type": "any"}}
                if stream:
                    with sdk.messages.stream(**calling) as running:
                        call = running.get_final_message()
                else:
                    call = sdk.messages.create(**calling)
                self.assertEqual(call.stop_reason, "tool_use")
                use = call.content[1]
                self.assertEqual((use.name, use.input), ("weather", {"city": "Geneva", "unit": "°C"}))
                result = {"type": "tool_result", "tool_use_id": use.id, "content": "21 °C", "is_error": False}
                turn = [
                    *ASK["messages"],
                    {"role": "assistant", "content": call.content},
                    {"role": "user", "content": [result]},
                ]
                done = sdk.messages.create(**{**ask, "messages": turn})
                self.assertEqual((done.stop_reason, done.content[0].text), ("end_turn", TEXT))
                stage.a.asked(2)
                sent = stage.a.bodies()[1]["messages"]
                self.assertEqual(sent[1]["content"][1]["input"], {"city": "Geneva", "unit": "°C"})
                self.assertEqual(sent[2]["content"], [result])

    def test_thinking_and_its_signature_survive_the_next_turn(self):
        with Stage() as stage:
            stage.a.script({"paths": {"/v1/messages": {"next": [answer("thinking")]}}})
            sdk, ask = client(stage), {**ASK, "max_tokens": 4096, "thinking": {"type": "adaptive"}}
            with sdk.messages.stream(**ask) as stream:
                first = stream.get_final_message()
            thought = first.content[0]
            self.assertEqual((thought.thinking, thought.signature), ("Winds have names 風.", "RmFrZS9TaWduYXR1cmUrMQ=="))
            turn = [*ASK["messages"], {"role": "assistant", "content": first.content}, {"role": "user", "content": "?"}]
            sdk.messages.create(**{**ask, "messages": turn})
            stage.a.asked(2)
            self.assertEqual(stage.a.bodies()[1]["messages"][1]["content"][0], thought.to_dict())

    def test_tokens_are_counted_and_models_listed(self):
        with Stage() as stage:
            sdk = client(stage)
            count = sdk.messages.count_tokens(model=ASK["model"], messages=ASK["messages"])
            self.assertGreater(count.input_tokens, 0)
            models = sdk.models.list(limit=1000)
            self.assertEqual([model.id for model in models], ["claude-haiku-5", "claude-opus-5-5"])
            self.assertEqual(sdk.models.retrieve("claude-haiku-5").display_name, "Claude Haiku 5")
            self.assertEqual([model.id for model in sdk.models.list(limit=1)], ["claude-haiku-5", "claude-opus-5-5"])
            targets = [seen["target"] for seen in stage.a.asked(2)]
            self.assertEqual(targets, ["/v1/messages/count_tokens", "/v1/models?limit=1000"])

    def test_tokens_that_no_endpoint_counts_are_estimated(self):
        with Stage(dialect="openai-chat") as stage:
            raw = client(stage).messages.with_raw_response.count_tokens(model=ASK["model"], messages=ASK["messages"])
            self.assertEqual(raw.headers["x-token-estimation"], "true")
            self.assertGreater(raw.parse().input_tokens, 0)
            stage.a.asked(0)

    def test_betas_and_their_query_arrive_as_they_were_sent(self):
        with Stage() as stage:
            client(stage).beta.messages.create(
                **ASK, betas=["a-beta-nobody-knows-2031-01-01"], extra_query={"beta": "true"}
            )
            seen = stage.a.asked(1)[0]
            self.assertEqual(seen["target"], "/v1/messages?beta=true")
            self.assertEqual(stage.a.headers()["anthropic-beta"], "a-beta-nobody-knows-2031-01-01")

    def test_text_of_every_script_arrives_as_it_was_sent(self):
        text = "naïve · 風 · 🌬️ · \u2028 · \x7f · مرحبا · \\u00b0 · 👩‍👩‍👧"
        with Stage(names=("Zéphyr 風", "b")) as stage:
            raw = client(stage).messages.with_raw_response.create(
                **{**ASK, "messages": [{"role": "user", "content": text}]}
            )
            self.assertEqual(stage.a.bodies()[0]["messages"][0]["content"], text)
            self.assertEqual(raw.headers["x-used-endpoint"], "Z%C3%A9phyr %E9%A2%A8")

    def test_an_image_of_eight_megabytes_arrives_whole(self):
        picture = base64.b64encode(os.urandom(6 << 20)).decode()
        source = {"type": "base64", "media_type": "image/png", "data": picture}
        content = [{"type": "image", "source": source}, {"type": "text", "text": "What is this?"}]
        with Stage() as stage:
            message = client(stage).messages.create(**{**ASK, "messages": [{"role": "user", "content": content}]})
            self.assertEqual(message.content[0].text, TEXT)
            self.assertGreater(stage.a.seen[0]["body_bytes"], 8 << 20)
            self.assertEqual(stage.a.bodies()[0]["messages"][0]["content"][0]["source"]["data"], picture)

    def test_leaving_a_stream_ends_it_at_the_endpoint(self):
        hanging = {"stop": {"at": {"body": 900}, "how": "hang"}}
        with Stage() as stage:
            stage.a.always(hanging)
            with client(stage).messages.stream(**ASK) as stream:
                self.assertTrue(next(iter(stream.text_stream)))
                self.assertEqual(stage.a.left, set())
            stage.a.wait(lambda a: 0 in a.left, "the endpoint to see the client leave")

    def test_a_client_that_loses_patience_leaves_nothing_running(self):
        with Stage(2) as stage:
            stage.a.always({"stop": {"at": "head", "how": "hang"}})
            with self.assertRaises(anthropic.APITimeoutError):
                client(stage, timeout=1).messages.create(**ASK)
            stage.a.wait(lambda a: 0 in a.left, "the endpoint to see the client leave")
            stage.b.asked(0)

    def test_a_gateway_that_is_gone_is_a_connection_error(self):
        with self.assertRaises(anthropic.APIConnectionError):
            anthropic.Anthropic(base_url=refused(), api_key="k", max_retries=0).messages.create(**ASK)
