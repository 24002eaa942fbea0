"""`viseme serve --chat`: a text is answered by a chat server, sentence by sentence, until somebody interrupts.

Whatever she says takes half a second: it is what a speech server says, so that nobody waits for long speeches here.
"""
from __future__ import annotations

from typing import Iterator, List

import pytest

from chat_server import REPLY, ChatServer
from live_server import CHARACTER, SECONDS, Server, Talk
from program import DONE, USAGE, viseme
from speech_server import SpeechServer

KEY = "sk-secret"


@pytest.fixture(scope="module")
def chat() -> Iterator[ChatServer]:
    made = ChatServer()
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(chat: ChatServer, tmp_path_factory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("chat")
    (folder / "key").write_text(KEY + "\n")
    (folder / "who").write_text("You are a cashier.")
    voice = SpeechServer()
    running = Server("--chat", chat.url(), "--chat-key-file", str(folder / "key"), "--chat-model", "small",
                     "--chat-prompt-file", str(folder / "who"), "--tts", voice.at("pcm_quick"))
    yield running
    chat.behave("quickly")                                              # lets go whoever waits
    assert running.end() == DONE, "".join(running.errors)
    assert KEY not in "".join(running.errors)
    voice.shutdown()
    voice.server_close()


def replies_until_the_end(talk: Talk) -> List[str]:
    """The pieces of an answer, in order, and how it ended."""
    texts: List[str] = []
    while True:
        told = talk.event(None)
        if told["type"] == "agent.reply":
            texts.append(told["text"])
        elif told["type"] in ("agent.speak_ended", "agent.speak_interrupted", "error"):
            return texts + [told["type"]]


def test_texts_are_answered_in_sentences_and_what_was_said_is_remembered(server, chat):
    turn = chat.behave("quickly")
    with server.session() as talk:
        assert server.request("GET", "/v1/characters").json()["chat"] is True
        said = server.request("POST", talk.facts["speak"], json={"text": "What is it?", "kind": "chat", "event_id": "a"})
        assert said.status_code == 202
        *pieces, end = replies_until_the_end(talk)
        assert end == "agent.speak_ended" and "".join(pieces) == REPLY
        assert pieces[0].strip() == "Certainly."                        # early
        assert not any(piece.rstrip().endswith(("3.", "3", "1,", "1")) for piece in pieces)
        talk.send(type="agent.speak_text", kind="chat", text="And now?", event_id="b")
        assert replies_until_the_end(talk)[-1] == "agent.speak_ended"
    first, second = turn.asked
    assert first["path"] == "/v1/chat/completions" and first["key"] == f"Bearer {KEY}"
    assert first["stream"] is True and first["model"] == "small"
    assert [m["role"] for m in first["messages"]] == ["system", "user"]
    assert first["messages"][0]["content"] == "You are a cashier."
    assert [m["content"] for m in second["messages"][1:]] == ["What is it?", REPLY, "And now?"]


def test_the_first_sentence_is_heard_while_the_rest_is_thought_of_and_an_interruption_ends_it(server, chat):
    turn = chat.behave("slowly")
    with server.session() as talk:
        talk.send(type="agent.speak_text", kind="chat", text="Tell me.", event_id="a")
        assert talk.event("agent.speak_started")["event_id"] == "a"     # the rest is not there
        assert not turn.go_on.is_set()
        talk.send(type="agent.interrupt")
        assert talk.event("agent.speak_interrupted")["event_id"] == "a"
        talk.send(type="agent.speak_text", text="I can still speak.", event_id="b")
        assert talk.event("agent.speak_ended")["event_id"] == "b"


def test_who_never_answers_is_hung_up_on_when_somebody_interrupts(server, chat):
    turn = chat.behave("never")
    with server.session() as talk:
        talk.send(type="agent.speak_text", kind="chat", text="Are you there?", event_id="a")
        assert turn.is_asked.wait(SECONDS)
        assert server.request("POST", talk.facts["interrupt"]).status_code == 200
        assert turn.hung_up.wait(SECONDS)
        assert talk.event("agent.speak_interrupted")["event_id"] == "a"


@pytest.mark.parametrize("behaviour, words", [
    ("broken", "breaks off"), ("garbage", "its answer"), ("refused", "HTTP 401"),
])
def test_what_goes_wrong_is_told_without_the_key(server, chat, behaviour, words):
    chat.behave(behaviour)
    with server.session() as talk:
        talk.send(type="agent.speak_text", kind="chat", text="Well?", event_id="a")
        told = talk.event("error")
        assert told["event_id"] == "a" and words in told["message"] and "127.0.0.1" in told["message"]
        assert KEY not in told["message"]
        talk.send(type="agent.speak_text", text="I am fine.", event_id="b")
        assert talk.event("agent.speak_ended")["event_id"] == "b"


def test_livetalking_chats_and_one_object_is_an_answer_too(server, chat):
    chat.behave("whole")
    with server.session() as talk:
        told = server.request("POST", "/human", json={"text": "Hi", "type": "chat", "interrupt": True,
                                                      "sessionid": talk.facts["id"]})
        assert told.json() == {"code": 0, "msg": "ok"}
        assert replies_until_the_end(talk) == ["All at once.", "agent.speak_ended"]


@pytest.mark.parametrize("arguments, words", [
    (["--chat-model", "x"], "--chat"), (["--chat", "http://localhost:1", "--tts", "none"], "voice"),
    (["--chat", "nowhere", "--listen", "127.0.0.1:0"], "URL"),
])
def test_it_refuses_in_one_line(arguments, words):
    finished = viseme("serve", *CHARACTER, *arguments)
    assert finished.status == USAGE and words in finished.err and finished.err.count("\n") == 1
