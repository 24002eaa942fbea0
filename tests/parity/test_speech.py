"""Where a voice comes from: espeak-ng, speech servers that answer well and badly, files that somebody sent."""
from __future__ import annotations

import os
import subprocess
import wave
from pathlib import Path
from typing import Iterator, List, NamedTuple, Tuple, Union

import numpy as np
import pytest

import media
import speech_server
from program import PATIENCE, PROGRAM, REPOSITORY
from speech_server import RATE, SpeechServer, closed_port, sound_of

SAY = PROGRAM.parent / "tests" / "tools" / "say"
SPEECH = REPOSITORY / "demo" / "speech.wav"

OK, USAGE, OPEN, FORMAT, UNSUPPORTED, LIMIT, CANCELLED = 0, 2, 3, 4, 5, 9, 10
HOUR = 3600 * 1000                                      # ms: who waits for this long has not come to an end

Argument = Union[str, int, Path]


class Said(NamedTuple):
    """What came of it: a vis_status, its message, and the sound."""

    status: int
    message: str
    samples: np.ndarray
    rate: int
    heard: int                                          # samples that came, also when it failed


def say(out: Path, *arguments: Argument) -> Said:
    environment = {**os.environ, "no_proxy": "*"}
    run = subprocess.run([str(SAY), *map(str, arguments), str(out)], capture_output=True, text=True, env=environment,
                         timeout=60 * PATIENCE, stdin=subprocess.DEVNULL, check=False)
    assert run.returncode in (0, 1), run.stderr
    heard = int(run.stdout.split()[3])
    if run.returncode:
        status, _, message = run.stderr.rstrip("\n").partition(" ")
        assert "\n" not in message, message
        return Said(int(status), message, np.zeros(0, np.int16), 0, heard)
    assert run.stderr == ""
    return Said(OK, "", *read(out), heard)


def read(path: Path) -> Tuple[np.ndarray, int]:
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2"), file.getframerate()


@pytest.fixture(name="server", scope="module")
def a_server() -> Iterator[SpeechServer]:
    made = SpeechServer()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture(name="out")
def an_output(tmp_path: Path) -> Path:
    return tmp_path / "out.wav"


# ---- espeak-ng ----

@pytest.mark.parametrize("voice, text", [
    ("en", "Hello, my name is Ada."),
    ("en", "It costs 3.14 dollars, e.g. for Mr. Smith! Is it far? Well... it is. No way.  Good-bye"),
    ("en", "A text that is <b>not</b> markup & says <break time='9s'/> so."),
    ("de", "Guten Tag. Am 3. Mai kostet es z. B. 1.000,50 Euro; schön, nicht wahr?"),
    ("en-us+f3", "One sentence. Another one."),
    ("ja", "こんにちは。"),
    ("ru", "Добрый день! Как дела?"),
])
def test_espeak_says_what_its_program_says(voice: str, text: str, tmp_path: Path, out: Path) -> None:
    peer = tmp_path / "peer.wav"
    subprocess.run(["espeak-ng", "-z", "-v", voice, "-w", str(peer), text], check=True, timeout=60 * PATIENCE)
    said, (samples, rate) = say(out, "--voice", voice, text), read(peer)
    assert said.rate == rate
    np.testing.assert_array_equal(said.samples, samples)


def test_espeak_long_text(out: Path) -> None:
    """As many times the sound as the sentence comes; the first part is heard before the rest is made."""
    one = say(out, "This is one of many sentences.")
    all_of_them = say(out, " ".join(["This is one of many sentences."] * 50))
    assert len(all_of_them.samples) > 49 * len(one.samples)
    stopped = say(out, "--stop-after", 1000, " ".join(["This is one of many sentences."] * 500))
    assert stopped.status == CANCELLED and 1000 <= stopped.heard < len(one.samples)


# ---- servers that answer well ----

@pytest.mark.parametrize("behaviour, rate", [
    ("pcm_quick", RATE), ("pcm_odd_chunks", RATE), ("pcm_rate", 16000), ("pcm_until_close", RATE),
    ("wav", 22050), ("wav_streamed", 22050), ("wav_named_html", 22050), ("moved", RATE)])
def test_server_is_heard(behaviour: str, rate: int, server: SpeechServer, out: Path) -> None:
    said = say(out, "--from", server.at(behaviour), "Hello.")
    assert (said.status, said.rate) == (OK, rate), said.message
    np.testing.assert_array_equal(said.samples, sound_of("Hello."))


def test_server_byte_by_byte(server: SpeechServer, out: Path) -> None:
    said = say(out, "--from", server.at("pcm_bytes"), "Hello.")
    np.testing.assert_array_equal(said.samples, sound_of("Hello.")[:1000])


def test_server_is_asked_in_openai_s_shape(server: SpeechServer, out: Path) -> None:
    before = len(server.asked)
    said = say(out, "--from", server.at("pcm_quick"), "--voice", "nova", "--model", "m", "--key", "sk-1", "--rate", 8000,
               "Grüß \"Gott\"\\.")
    assert said.rate == 8000
    asked, = server.asked[before:]
    assert asked.path == "/pcm_quick/v1/audio/speech"
    assert asked.body == {"model": "m", "input": "Grüß \"Gott\"\\.", "voice": "nova", "response_format": "pcm"}
    assert asked.headers["Authorization"] == "Bearer sk-1"
    assert asked.headers["Content-Type"] == "application/json"
    assert "Expect" not in asked.headers


@pytest.mark.parametrize("base, path", [
    ("", "/v1/audio/speech"), ("/", "/v1/audio/speech"), ("/v1", "/v1/audio/speech"), ("/v1/", "/v1/audio/speech"),
    ("/v1/audio/speech", "/v1/audio/speech"), ("/tts", "/tts/v1/audio/speech")])
def test_server_s_address(base: str, path: str, server: SpeechServer, out: Path) -> None:
    before = len(server.asked)
    assert say(out, "--from", server.at("pcm_quick") + base, "Hello.").status == OK
    assert [each.path for each in server.asked[before:]] == ["/pcm_quick" + path]


def test_piper(server: SpeechServer, out: Path) -> None:
    before = len(server.asked)
    said = say(out, "--from", server.at("wav/synthesize"), "Hello.")
    np.testing.assert_array_equal(said.samples, sound_of("Hello."))
    asked, = server.asked[before:]
    assert (asked.path, asked.body) == ("/wav/synthesize", {"text": "Hello."})


def test_long_text_is_asked_for_in_pieces(server: SpeechServer, out: Path) -> None:
    """The first sentence alone, that it comes early; then several at once, over one connection."""
    sentences = [f"This is sentence number {n}, of many." for n in range(1, 41)]
    before = len(server.asked)
    said = say(out, "--from", server.at("pcm_quick"), " ".join(sentences))
    pieces: List[str] = [each.body["input"] for each in server.asked[before:]]
    assert pieces[0].strip() == sentences[0]
    assert "".join(pieces) == " ".join(sentences)
    assert 3 < len(pieces) < 10 and max(map(len, pieces)) <= 500
    np.testing.assert_array_equal(said.samples, np.concatenate([sound_of(piece) for piece in pieces]))


def test_answer_is_heard_while_it_comes(server: SpeechServer, out: Path) -> None:
    """Half of it has come, the rest never does: what is there was heard, and a stop ends the waiting."""
    said = say(out, "--from", server.at("half"), "--timeout", HOUR, "--stop-after", 5000, "Hello.")
    assert (said.status, said.heard) == (CANCELLED, 5000)


@pytest.mark.parametrize("kind, options", [
    ("audio/mpeg", "-f mp3"), ("audio/ogg", "-c:a libopus -f ogg"), ("audio/flac", "-f flac"),
    ("audio/aac", "-c:a aac -f adts"), ("audio/wav", "-c:a pcm_s24le -f wav")])
def test_other_sound_from_a_server(kind: str, options: str, server: SpeechServer, tmp_path: Path, out: Path) -> None:
    encoded = tmp_path / "encoded"
    media.ffmpeg("-i", SPEECH, *options.split(), encoded)
    server.file = (kind, encoded.read_bytes())
    said = say(out, "--from", server.at("file"), "Hello.")
    assert said.status == OK, said.message
    seconds = len(read(SPEECH)[0]) / read(SPEECH)[1]
    assert abs(len(said.samples) / said.rate - seconds) < 0.2           # a bare AAC stream keeps its encoder's delay


# ---- servers that answer badly ----

@pytest.mark.parametrize("behaviour, status, words", [
    ("breaks_off", FORMAT, "breaks off after 10000 bytes"),
    ("breaks_off_chunked", FORMAT, "breaks off after 10000 bytes"),
    ("wav_short", FORMAT, "100 bytes of the WAV are missing"),
    ("odd_byte", FORMAT, "within a sample"),
    ("empty", FORMAT, "empty"),
    ("page", FORMAT, "answers text/html instead of sound: Welcome to nginx!"),
    ("damaged_mp3", FORMAT, "its sound"),
    ("unauthorised", FORMAT, "answers HTTP 401: Incorrect API key provided: *******."),
    ("failing", FORMAT, "answers HTTP 500: 500 Out of GPU"),
    ("failing_endlessly", FORMAT, "answers HTTP 500: no no"),
    ("endless", LIMIT, "longer than 10 minutes"),
    ("endless_mp3", LIMIT, ""),
    ("no_http", FORMAT, "does not answer as such a server does"),
    ("hangs_up", FORMAT, "breaks off after 0 bytes"),
    ("moved_to_a_file", FORMAT, "file"),
    ("moved_in_a_circle", FORMAT, "redirects"),
])
def test_broken_answers(behaviour: str, status: int, words: str, server: SpeechServer, out: Path) -> None:
    said = say(out, "--from", server.at(behaviour), "--key", "sk-1234", "Hello.")
    assert said.status == status, said.message
    assert words in said.message
    assert said.message.startswith(server.at(behaviour) + "/v1/audio/speech: ")
    assert "sk-1234" not in said.message


@pytest.mark.parametrize("behaviour, words, heard", [("never", "does not answer: nothing for 0.2 seconds", 0),
                                                     ("half", "does not answer any more", 5000)])
def test_silent_servers(behaviour: str, words: str, heard: int, server: SpeechServer, out: Path) -> None:
    said = say(out, "--from", server.at(behaviour), "--timeout", 200, "Hello.")
    assert (said.status, said.heard) == (OPEN, heard)
    assert words in said.message


def test_a_stop_ends_the_waiting(server: SpeechServer, out: Path) -> None:
    assert say(out, "--from", server.at("never"), "--timeout", HOUR, "--stop-after", -1, "Hello.").status == CANCELLED


@pytest.mark.parametrize("address, words", [
    (f"http://127.0.0.1:{closed_port()}", "cannot be reached"),
    ("http://nobody.invalid", "cannot be reached: Could not resolve host"),
    (f"https://user:secret@127.0.0.1:{closed_port()}/?key=secret", "cannot be reached"),
], ids=["nobody-listens", "no-such-name", "secrets"])        # the same in every process of the tests
def test_nobody_there(address: str, words: str, out: Path) -> None:
    said = say(out, "--from", address, "Hello.")
    assert said.status == OPEN and words in said.message
    assert "secret" not in said.message


def test_plain_server_at_an_https_address(server: SpeechServer, out: Path) -> None:
    said = say(out, "--from", server.at("pcm_quick").replace("http:", "https:"), "Hello.")
    assert said.status == OPEN and "cannot be reached" in said.message


def test_the_key_stays_with_the_server_it_is_for(server: SpeechServer, out: Path) -> None:
    other = SpeechServer()
    server.elsewhere = other.at("pcm_quick/v1/audio/speech")
    said = say(out, "--from", server.at("moved_away"), "--key", "sk-1234", "Hello.")
    other.shutdown()
    other.server_close()
    assert said.status == OK
    assert "Authorization" not in other.asked[0].headers


# ---- files that somebody sent ----

@pytest.mark.parametrize("suffix, options", [
    ("wav", ""), ("wav", "-af pan=stereo|c0=c0|c1=c0 -c:a pcm_f32le"), ("mp3", ""), ("m4a", "-c:a aac"), ("ogg", "-c:a libopus"), ("flac", ""),
    ("webm", "-c:a libopus"), ("mp4", "-c:a aac -movflags frag_keyframe+empty_moov")])
def test_files(suffix: str, options: str, tmp_path: Path, out: Path) -> None:
    sent = tmp_path / f"sent.{suffix}"
    media.ffmpeg("-i", SPEECH, *options.split(), sent)
    said = say(out, "--file", sent)
    samples, rate = read(SPEECH)
    assert said.status == OK, said.message
    assert abs(len(said.samples) / said.rate - len(samples) / rate) < 0.1
    if suffix in ("wav", "flac"):
        np.testing.assert_allclose(said.samples, samples, atol=1)


def playlists(folder: Path) -> Iterator[Tuple[str, str]]:
    """Files that name another one, which is sound and readable."""
    yield "hls", f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{SPEECH}\n#EXT-X-ENDLIST\n"
    yield "m3u", f"#EXTM3U\n{SPEECH}\n"
    yield "concat", f"ffconcat version 1.0\nfile '{SPEECH}'\n"
    yield "sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n"
    yield "dash", f"<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011'><BaseURL>{SPEECH}</BaseURL></MPD>"


@pytest.mark.parametrize("kind", ["hls", "m3u", "concat", "sdp", "dash"])
def test_files_that_name_others(kind: str, tmp_path: Path, out: Path) -> None:
    sent = tmp_path / "sent.wav"
    sent.write_text(dict(playlists(tmp_path))[kind])
    said = say(out, "--file", sent)
    assert said.status in (FORMAT, UNSUPPORTED) and said.heard == 0
    assert said.message.startswith("the sound sent: ")


@pytest.mark.parametrize("bytes_sent", [b"", b"\0" * 5000, b"RIFF", b"ID3" + b"\xff" * 3000, b"\x89PNG\r\n\x1a\n" + b"\0" * 99])
def test_files_that_are_no_sound(bytes_sent: bytes, tmp_path: Path, out: Path) -> None:
    sent = tmp_path / "sent.mp3"
    sent.write_bytes(bytes_sent)
    said = say(out, "--file", sent)
    assert said.status in (FORMAT, UNSUPPORTED) and said.heard == 0
    assert said.message.startswith("the sound sent: ")


@pytest.mark.parametrize("suffix, options", [("wav", ""), ("mp3", "")])
def test_files_that_are_too_long(suffix: str, options: str, tmp_path: Path, out: Path) -> None:
    sent = tmp_path / f"sent.{suffix}"
    media.ffmpeg("-f", "lavfi", "-i", "sine=d=30", *options.split(), sent)
    said = say(out, "--file", sent, "--max", 10)
    assert said.status == LIMIT and "longer than the 10 seconds" in said.message
    assert say(out, "--file", sent, "--max", 31).status == OK


def test_file_whose_length_is_a_lie(tmp_path: Path, out: Path) -> None:
    """A stream's header says nothing: what comes is counted."""
    sent = tmp_path / "sent.wav"
    sent.write_bytes(speech_server.wav_of("x", streamed=True))
    assert say(out, "--file", sent, "--max", 1).status == OK
    said = say(out, "--file", sent, "--max", 0.25)
    assert said.status == LIMIT and said.heard <= 0.25 * 22050
