"""`viseme serve` behind its own certificate, and on addresses of both kinds."""
from __future__ import annotations

import socket
import ssl
import subprocess
from pathlib import Path
from typing import Iterator, List, NamedTuple

import pytest
import requests
import websocket

import live_server
from live_server import CHARACTER, DEMO, SECONDS, Server
from program import BAD_INPUT, DONE, USAGE, viseme


class Pair(NamedTuple):
    """A certificate with its key."""

    certificate: Path
    key: Path

    def options(self) -> List[str]:
        return ["--tls-certificate", str(self.certificate), "--tls-key", str(self.key)]


def make_pair(folder: Path, name: str) -> Pair:
    pair = Pair(folder / f"{name}.pem", folder / f"{name}.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
                    "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
                    str(pair.key), "-out", str(pair.certificate)], capture_output=True, check=True)
    return pair


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return make_pair(tmp_path_factory.mktemp("own"), "own")


@pytest.fixture(scope="module")
def server(own: Pair) -> Iterator[Server]:
    running = Server(*own.options())
    yield running
    assert running.end() == DONE, "".join(running.errors)


def test_pages_and_media_come_encrypted(server, own):
    assert server.url.startswith("https://127.0.0.1:")
    answer = requests.post(server.url + "/v1/sessions", json={}, verify=str(own.certificate), timeout=SECONDS)
    assert answer.status_code == 201, answer.text
    facts = answer.json()
    line = websocket.create_connection(server.url.replace("https", "wss", 1) + facts["ws"], timeout=SECONDS,
                                       sslopt={"ca_certs": str(own.certificate)})
    talk = live_server.Talk(line, facts)
    talk.send(type="agent.speak_text", text="Good morning.", event_id="one")
    assert talk.event("agent.speak_ended")["event_id"] == "one"
    assert {data[0] for data in talk.media} == {1, 2}
    gone = requests.delete(server.url + facts["url"], verify=str(own.certificate), timeout=SECONDS)
    assert gone.status_code == 204
    line.close()


def test_no_other_certificate_is_taken_for_it(server, tmp_path):
    other = make_pair(tmp_path, "other")
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(server.url + "/healthz", verify=str(other.certificate), timeout=SECONDS)


def spoken_to(server: Server, said: bytes) -> bytes:
    """All that comes until it hangs up."""
    told = b""
    with socket.create_connection((server.host, server.port), timeout=SECONDS) as line:
        line.sendall(said)
        try:
            while more := line.recv(4096):
                told += more
        except ConnectionResetError:
            pass
    return told


def test_who_does_not_encrypt_gets_nothing_and_disturbs_nobody(server, own):
    for said in (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc" + b"\xff" * 512):
        assert b"ok" not in spoken_to(server, said)
    assert requests.get(server.url + "/healthz", verify=str(own.certificate), timeout=SECONDS).text == "ok\n"


def test_old_protocols_are_refused(server, own):
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.load_verify_locations(own.certificate)
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection((server.host, server.port), timeout=SECONDS) as line:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            old.wrap_socket(line, server_hostname="localhost")


@pytest.mark.parametrize("fault, status, words", [
    ("another key", BAD_INPUT, "other.key"),
    ("no certificate", BAD_INPUT, "none.pem"),
    ("no key", BAD_INPUT, "none.key"),
    ("garbage", BAD_INPUT, "garbage.pem"),
    ("a key alone", USAGE, "give both"),
    ("a certificate alone", USAGE, "give both"),
])
def test_what_is_no_pair_is_told_in_one_line(own, tmp_path, fault, status, words):
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n")
    options = {
        "another key": lambda: Pair(own.certificate, make_pair(tmp_path, "other").key).options(),
        "no certificate": lambda: Pair(tmp_path / "none.pem", own.key).options(),
        "no key": lambda: Pair(own.certificate, tmp_path / "none.key").options(),
        "garbage": lambda: Pair(garbage, own.key).options(),
        "a key alone": lambda: own.options()[2:],
        "a certificate alone": lambda: own.options()[:2],
    }[fault]()
    finished = viseme("serve", *CHARACTER, "--listen", "127.0.0.1:0", *options)
    assert finished.status == status and words in finished.err
    assert finished.err.count("\n") == 1 and finished.out == ""


# ---- Addresses ----

def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=SECONDS) as line:
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return line.recv(64).startswith(b"HTTP/1.1 200 ")
    except ConnectionRefusedError:
        return False


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_addresses_of_both_kinds(tmp_path):
    """[::1] is that alone, so that another server may have 127.0.0.1; [::] is every address of both kinds."""
    tokens = tmp_path / "tokens"
    tokens.write_text("a-token-that-is-long\n")
    one = Server(listen="[::1]:0")
    assert one.url == f"http://[::1]:{one.port}"
    assert answers("::1", one.port) and not answers("127.0.0.1", one.port)
    assert requests.get(one.url + "/v1/characters", timeout=SECONDS).status_code == 200
    all_of_them = Server("--token-file", str(tokens), listen="[::]:0")
    assert answers("::1", all_of_them.port) and answers("127.0.0.1", all_of_them.port)
    assert one.end() == DONE and all_of_them.end() == DONE
