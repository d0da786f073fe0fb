"""The OpenAI SDK does everything through zephyrd that it does without: chat completions and responses."""

import json
import unittest

import openai
from stage import OWN_KEY, Stage, error

TEXT = "The zephyr is a light wind from the west."
CHAT = {"model": "gpt-5", "messages": [{"role": "user", "content": "hi"}]}
RESPONSE = {"model": "gpt-5", "input": "hi"}
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}, "unit": {"type": "string"}}}
FUNCTION = {"name": "weather", "description": "Tells the weather", "parameters": PARAMETERS}
ARGUMENTS = {"city": "Geneva", "unit": "°C"}


def client(stage):
    return openai.OpenAI(base_url=f"{stage.url}/v1", api_key="sk-of-the-client", max_retries=0)


class Chat(unittest.TestCase):
    dialect = "openai-chat"

    def test_a_completion_comes_whole_with_the_marks_of_its_way(self):
        with Stage(dialect=self.dialect) as stage:
            raw = client(stage).chat.completions.with_raw_response.create(**CHAT)
            completion = raw.parse()
            self.assertEqual(completion.choices[0].message.content, TEXT)
            self.assertEqual(completion.usage.prompt_tokens_details.cached_tokens, 2048)
            self.assertEqual(raw.headers["x-used-endpoint"], "a")
            self.assertEqual(stage.a.headers()["authorization"], f"Bearer {OWN_KEY}")
            self.assertNotIn("sk-of-the-client", json.dumps(stage.a.seen))
            self.assertEqual(stage.a.seen[0]["body"].encode(), raw.http_request.content)

    def test_a_stream_comes_chunk_by_chunk_to_its_usage(self):
        with Stage(dialect=self.dialect) as stage:
            asked = {**CHAT, "stream": True, "stream_options": {"include_usage": True}}
            chunks = list(client(stage).chat.completions.create(**asked))
            self.assertEqual("".join(c.choices[0].delta.content or "" for c in chunks if c.choices), TEXT)
            self.assertEqual(chunks[-1].usage.total_tokens, 2102)
            self.assertEqual(stage.a.bodies()[0]["stream_options"], {"include_usage": True})

    def test_the_streaming_interface_gives_the_final_completion(self):
        with Stage(dialect=self.dialect) as stage, client(stage).chat.completions.stream(**CHAT) as stream:
            kinds = {event.type for event in stream}
            self.assertIn("content.delta", kinds)
            self.assertEqual(stream.get_final_completion().choices[0].message.content, TEXT)

    def test_a_tool_is_called_and_its_result_handed_back(self):
        tools = [{"type": "function", "function": FUNCTION}]
        for stream in (False, True):
            with self.subTest(stream=stream), Stage(dialect=self.dialect) as stage:
                sdk, asked = client(stage), {**CHAT, "tools": tools, "tool_choice": "required"}
                if stream:
                    with sdk.chat.completions.stream(**asked) as running:
                        message = running.get_final_completion().choices[0].message
                else:
                    message = sdk.chat.completions.create(**asked).choices[0].message
                call = message.tool_calls[0]
                self.assertEqual((call.function.name, json.loads(call.function.arguments)), ("weather", ARGUMENTS))
                result = {"role": "tool", "tool_call_id": call.id, "content": "21 °C"}
                turn = [*CHAT["messages"], message.to_dict(exclude_none=True), result]
                done = sdk.chat.completions.create(**{**CHAT, "tools": tools, "messages": turn})
                self.assertEqual(done.choices[0].message.content, TEXT)
                stage.a.asked(2)
                self.assertEqual(stage.a.bodies()[1]["messages"][2], result)

    def test_leaving_a_stream_ends_it_at_the_endpoint(self):
        with Stage(dialect=self.dialect) as stage:
            stage.a.always({"stop": {"at": {"body": 700}, "how": "hang"}})
            with client(stage).chat.completions.create(**CHAT, stream=True) as stream:
                for chunk in stream:
                    if chunk.choices[0].delta.content:
                        break
            stage.a.wait(lambda a: 0 in a.left, "the endpoint to see the client leave")

    def test_models_are_listed(self):
        with Stage(dialect=self.dialect) as stage:
            sdk = client(stage)
            self.assertEqual([model.id for model in sdk.models.list()], ["claude-haiku-5", "claude-opus-5-5"])
            self.assertEqual(sdk.models.retrieve("claude-haiku-5").object, "model")
            with self.assertRaises(openai.NotFoundError):
                sdk.models.retrieve("gpt-0")


class Responses(unittest.TestCase):
    dialect = "openai-responses"

    def test_input_tokens_are_counted_or_estimated(self):
        with Stage(dialect=self.dialect) as stage:
            counted = {"object": "response.input_tokens", "input_tokens": 11}
            headers = [["content-type", "application/json"]]
            stage.a.script({"default": {"status": 200, "headers": headers, "body": {"json": counted}}})
            sdk = client(stage)
            self.assertEqual(sdk.responses.input_tokens.count(**RESPONSE).input_tokens, 11)
            stage.a.always(error(404, dialect=self.dialect))
            raw = sdk.responses.input_tokens.with_raw_response.count(**RESPONSE)
            self.assertEqual(raw.headers["x-token-estimation"], "true")
            self.assertGreater(raw.parse().input_tokens, 0)

    def test_a_response_comes_whole(self):
        with Stage(dialect=self.dialect) as stage:
            raw = client(stage).responses.with_raw_response.create(**RESPONSE)
            self.assertEqual(raw.parse().output_text, TEXT)
            self.assertEqual(raw.headers["x-used-endpoint"], "a")
            self.assertEqual(stage.a.seen[0]["body"].encode(), raw.http_request.content)

    def test_a_stream_comes_event_by_event(self):
        with Stage(dialect=self.dialect) as stage:
            events = list(client(stage).responses.create(**RESPONSE, stream=True))
            self.assertEqual([event.sequence_number for event in events], list(range(len(events))))
            self.assertEqual("".join(e.delta for e in events if e.type == "response.output_text.delta"), TEXT)
            self.assertEqual(events[-1].type, "response.completed")

    def test_the_streaming_interface_gives_the_final_response(self):
        with Stage(dialect=self.dialect) as stage, client(stage).responses.stream(**RESPONSE) as stream:
            self.assertEqual(stream.get_final_response().output_text, TEXT)

    def test_a_function_is_called_and_its_output_handed_back(self):
        tools = [{"type": "function", "strict": False, **FUNCTION}]
        for stream in (False, True):
            with self.subTest(stream=stream), Stage(dialect=self.dialect) as stage:
                sdk, asked = client(stage), {**RESPONSE, "tools": tools, "tool_choice": "required"}
                if stream:
                    with sdk.responses.stream(**asked) as running:
                        response = running.get_final_response()
                else:
                    response = sdk.responses.create(**asked)
                call = response.output[0]
                self.assertEqual((call.name, json.loads(call.arguments)), ("weather", ARGUMENTS))
                output = {"type": "function_call_output", "call_id": call.call_id, "output": "21 °C"}
                handed = call.to_dict(exclude_none=True)
                handed.pop("parsed_arguments", None)
                turn = [{"role": "user", "content": "hi"}, handed, output]
                self.assertEqual(sdk.responses.create(**{**RESPONSE, "tools": tools, "input": turn}).output_text, TEXT)
                stage.a.asked(2)
                self.assertEqual(stage.a.bodies()[1]["input"][2], output)

    def test_leaving_a_stream_ends_it_at_the_endpoint(self):
        with Stage(dialect=self.dialect) as stage:
            stage.a.always({"stop": {"at": {"body": 2600}, "how": "hang"}})
            with client(stage).responses.create(**RESPONSE, stream=True) as stream:
                for event in stream:
                    if event.type == "response.output_text.delta":
                        break
            stage.a.wait(lambda a: 0 in a.left, "the endpoint to see the client leave")
