"""Client tokens, as each SDK sends them."""

import unittest

import anthropic
import openai
from stage import OWN_KEY, Stage, error

ASK = {"model": "claude-opus-5-5", "max_tokens": 64, "messages": [{"role": "user", "content": "hi"}]}
CHAT = {"model": "gpt-5", "messages": [{"role": "user", "content": "hi"}]}
TOKEN = "token-of-ada-0123456789abcdef"
CLIENTS = f'[[clients]]\nname = "ada"\ntoken = "{TOKEN}"\n'


class Tokens(unittest.TestCase):
    def test_anthropic_s_key_and_bearer_are_both_taken_as_the_token(self):
        for form in ({"api_key": TOKEN}, {"auth_token": TOKEN, "api_key": None}):
            with self.subTest(form=list(form)[0]), Stage(more=CLIENTS) as stage:
                message = anthropic.Anthropic(base_url=stage.url, **form).messages.create(**ASK)
                self.assertEqual(message.stop_reason, "end_turn")
                self.assertEqual(stage.a.headers()["authorization"], f"Bearer {OWN_KEY}")
                self.assertNotIn(TOKEN, str(stage.a.seen))

    def test_openai_s_key_is_taken_as_the_token(self):
        with Stage(dialect="openai-chat", more=CLIENTS) as stage:
            sdk = openai.OpenAI(base_url=f"{stage.url}/v1", api_key=TOKEN)
            self.assertEqual(sdk.chat.completions.create(**CHAT).choices[0].finish_reason, "stop")
            self.assertNotIn(TOKEN, str(stage.a.seen))

    def test_a_wrong_token_is_refused_once_and_no_endpoint_hears_of_it(self):
        with Stage(more=CLIENTS) as stage:
            with self.assertRaises(anthropic.AuthenticationError) as caught:
                anthropic.Anthropic(base_url=stage.url, api_key="wrong", max_retries=2).messages.create(**ASK)
            self.assertEqual(caught.exception.response.headers["x-should-retry"], "false")
            self.assertIn("client token", str(caught.exception))
            with self.assertRaises(openai.AuthenticationError):
                openai.OpenAI(base_url=f"{stage.url}/v1", api_key="wrong").chat.completions.create(**CHAT)
            stage.a.asked(0)
            self.assertNotIn("wrong", stage.said())

    def test_where_the_group_says_so_the_client_s_own_key_goes_on_and_its_refusal_comes_back(self):
        with Stage(auth='"passthrough"') as stage:
            sdk = anthropic.Anthropic(base_url=stage.url, api_key="sk-of-the-client", max_retries=0)
            self.assertEqual(sdk.messages.create(**ASK).stop_reason, "end_turn")
            self.assertIn("sk-of-the-client", str(stage.a.headers()))
            stage.a.always(error(401, kind="authentication_error", message="invalid x-api-key"))
            with self.assertRaises(anthropic.AuthenticationError) as caught:
                sdk.messages.create(**ASK)
            self.assertIn("invalid x-api-key", str(caught.exception))
