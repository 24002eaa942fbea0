"""`viseme serve --chat`: a text is answered by a chat server, sentence by sentence, until somebody interrupts."""
from __future__ import annotations

import contextlib
from typing import Iterator, List, Tuple

import pytest

from chat_server import REPLY, ChatServer
from live_server import CHARACTER, SECONDS, Server, Talk
from program import DONE, USAGE, viseme


@contextlib.contextmanager
def serving(behaviour: str, *arguments: str) -> Iterator[Tuple[Server, ChatServer]]:
    chat = ChatServer()
    server = Server("--chat", chat.url(behaviour), *arguments)
    try:
        yield server, chat
    finally:
        chat.go_on.set()
        assert server.end() == DONE, "".join(server.errors)
        chat.close()


def replies_until_the_end(talk: Talk) -> List[str]:
    """The pieces of an answer, in order."""
    texts: List[str] = []
    while True:
        told = talk.event(None)
        if told["type"] == "agent.reply":
            texts.append(told["text"])
        elif told["type"] in ("agent.speak_ended", "agent.speak_interrupted", "error"):
            return texts + [told["type"]]


def test_texts_are_answered_in_sentences_and_what_was_said_is_remembered(tmp_path):
    (tmp_path / "key").write_text("sk-secret\n")
    (tmp_path / "who").write_text("You are a cashier.")
    with serving("quickly", "--chat-key-file", str(tmp_path / "key"), "--chat-model", "small",
                 "--chat-prompt-file", str(tmp_path / "who")) as (server, chat), server.session() as talk:
        assert server.request("GET", "/v1/characters").json()["chat"] is True
        said = server.request("POST", talk.facts["speak"], json={"text": "What is it?", "kind": "chat", "event_id": "a"})
        assert said.status_code == 202
        *pieces, end = replies_until_the_end(talk)
        assert end == "agent.speak_ended" and "".join(pieces) == REPLY
        assert pieces[0].strip() == "Certainly."                    # early
        assert not any(piece.rstrip().endswith(("3.", "3", "1,", "1")) for piece in pieces)
        talk.send(type="agent.speak_text", kind="chat", text="And now?", event_id="b")
        assert replies_until_the_end(talk)[-1] == "agent.speak_ended"
    first, second = chat.asked
    assert first["stream"] is True and first["model"] == "small" and first["key"] == "Bearer sk-secret"
    assert [m["role"] for m in first["messages"]] == ["system", "user"]
    assert first["messages"][0]["content"] == "You are a cashier."
    assert [m["content"] for m in second["messages"][1:]] == ["What is it?", REPLY, "And now?"]


def test_the_first_sentence_is_heard_while_the_rest_is_thought_of_and_an_interruption_ends_it():
    with serving("slowly") as (server, chat), server.session() as talk:
        talk.send(type="agent.speak_text", kind="chat", text="Tell me.", event_id="a")
        assert talk.event("agent.speak_started")["event_id"] == "a"     # the rest is not there
        talk.send(type="agent.interrupt")
        assert talk.event("agent.speak_interrupted")["event_id"] == "a"
        talk.send(type="agent.speak_text", text="I can still speak.", event_id="b")
        assert talk.event("agent.speak_ended")["event_id"] == "b"


def test_who_never_answers_is_hung_up_on_when_somebody_interrupts():
    with serving("never") as (server, chat), server.session() as talk:
        talk.send(type="agent.speak_text", kind="chat", text="Are you there?", event_id="a")
        while not chat.asked:
            server.request("GET", "/healthz")
        assert server.request("POST", talk.facts["interrupt"]).status_code == 200
        assert chat.hung_up.wait(SECONDS)
        assert talk.event("agent.speak_interrupted")["event_id"] == "a"


@pytest.mark.parametrize("behaviour, words", [
    ("broken", "breaks off"), ("garbage", "its answer"), ("refused", "HTTP 401"),
])
def test_what_goes_wrong_is_told_without_the_key(tmp_path, behaviour, words):
    (tmp_path / "key").write_text("sk-secret\n")
    with serving(behaviour, "--chat-key-file", str(tmp_path / "key")) as (server, chat), server.session() as talk:
        talk.send(type="agent.speak_text", kind="chat", text="Well?", event_id="a")
        told = talk.event("error")
        assert told["event_id"] == "a" and words in told["message"] and "127.0.0.1" in told["message"]
        talk.send(type="agent.speak_text", text="I am fine.", event_id="b")
        assert talk.event("agent.speak_ended")["event_id"] == "b"
    assert "sk-secret" not in told["message"] + "".join(server.errors)


def test_livetalking_chats_and_one_object_is_an_answer_too():
    with serving("whole") as (server, chat), server.session() as talk:
        told = server.request("POST", "/human", json={"text": "Hi", "type": "chat", "interrupt": True,
                                                      "sessionid": talk.facts["id"]})
        assert told.json() == {"code": 0, "msg": "ok"}
        assert replies_until_the_end(talk) == ["All at once.", "agent.speak_ended"]


def test_without_a_chat_server():
    server = Server()
    try:
        with server.session() as talk:
            assert server.request("POST", talk.facts["speak"], json={"text": "x", "kind": "chat"}).status_code == 501
            assert server.request("POST", talk.facts["speak"], json={"text": "x", "kind": "sing"}).status_code == 400
            assert server.request("GET", "/v1/characters").json()["chat"] is False
    finally:
        assert server.end() == DONE


@pytest.mark.parametrize("arguments, words", [
    (["--chat-model", "x"], "--chat"), (["--chat", "http://localhost:1", "--tts", "none"], "voice"),
    (["--chat", "nowhere", "--listen", "127.0.0.1:0"], "URL"),
])
def test_it_refuses_in_one_line(arguments, words):
    finished = viseme("serve", *CHARACTER, *arguments)
    assert finished.status == USAGE and words in finished.err and finished.err.count("\n") == 1
