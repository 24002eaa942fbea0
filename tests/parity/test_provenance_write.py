"""What viseme writes into its videos, as the c2pa library reads it: valid, whoever signed; trusted, where who signed is."""
from __future__ import annotations

import json
import signal
import struct
import subprocess
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Tuple

import numpy as np
import pytest

import checkpoints
import footage
import long_work
import media
import signing
import sound
from long_work import Parts, begin, end, wait_until
from live_server import CHARACTER, Server
from program import BAD_INPUT, DONE, STOPPED, USAGE, viseme, viseme_ok

CHANNELS = (4, 8, 12, 20, 36)
COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
ID = "25ea3102d308472385760f4d9e924c1a"
MATCHES = ["assertion.bmffHash.match", "assertion.hashedURI.match", "assertion.hashedURI.match",
           "claimSignature.insideValidity", "claimSignature.validated"]


class Stage(NamedTuple):
    """What a short render needs."""

    folder: Path
    arguments: List[object]

    def render(self, output: Path, *options: object) -> Path:
        viseme_ok("render", *self.arguments, "-o", output, "--quiet", *options)
        return output


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    folder = tmp_path_factory.mktemp("stage")
    network = checkpoints.unet("160", "ave", CHANNELS, 32, seed=3)
    np.save(folder / "features.npy", np.random.RandomState(1).normal(0, 1, (6, 512)).astype(np.float32))
    return Stage(folder, ["--model", checkpoints.save(network.state_dict(), folder / "model.pth"), "--audio-mode", "ave",
                          "--character", footage.write_dataset(folder / "character", footage.make(200, 160, 100, 3)),
                          "--features", folder / "features.npy",
                          "--audio", sound.write_wav(folder / "speech.wav", sound.babble(0.3))])


@pytest.fixture(scope="module")
def signed(stage: Stage) -> Path:
    return stage.render(stage.folder / "signed.mp4")


class Chain(NamedTuple):
    root: signing.Issued
    between: signing.Issued


@pytest.fixture(scope="module")
def chain() -> Chain:
    root = signing.issue("root", authority=True)
    return Chain(root, signing.issue("between", root, authority=True))


def boxes(data: bytes) -> Dict[str, Tuple[int, int]]:
    """Place and size of each box at the top level."""
    found, at = {}, 0
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        if size == 1:
            size = struct.unpack(">Q", data[at + 8:at + 16])[0]
        name = kind.decode()
        found["manifest" if data[at + 8:at + 12] == b"\xd8\xfe\xc3\xd6" else name] = (at, size)
        at += size
    return found


# --- by a key of its own ----------------------------------------------------------------------------------------------

def test_valid_and_not_vouched_for(signed: Path) -> None:
    verdict = signing.read(signed)
    assert verdict.state == "Valid"
    assert verdict.failures == ["signingCredential.untrusted"]
    assert sorted(verdict.successes) == MATCHES


def test_what_it_says(stage: Stage, signed: Path) -> None:
    manifest = signing.read(signed).manifest
    version = viseme_ok("--version").out.split()[1]
    assert manifest["claim_generator_info"][0]["name"] == "viseme"
    assert manifest["claim_generator_info"][0]["version"] == version
    assert manifest["claim_version"] == 2 and manifest["signature_info"]["alg"] == "Es256"
    actions = next(each for each in manifest["assertions"] if each["label"] == "c2pa.actions.v2")
    assert actions["created"] is True and actions["data"]["allActionsIncluded"] is True
    (action,) = actions["data"]["actions"]
    assert action["action"] == "c2pa.created" and action["digitalSourceType"] == COMPOSITE
    assert "checkpoint SHA-256" in action["description"]
    data = signed.read_bytes()
    packet = data[data.index(b"<x:xmpmeta"):data.index(b"</x:xmpmeta>")].decode()
    assert f">{manifest['instance_id']}</xmpMM:InstanceID>" in packet
    assert list(boxes(data)) == ["ftyp", "manifest", "moov", "uuid", "mdat"]


def test_with_its_own_certificate_for_a_root(signed: Path) -> None:
    """Whoever has it from a safe place may trust it."""
    data = signed.read_bytes()
    at = data.index(b"\x30\x82", data.index(b"c2pa.signature\0"))                # DER of the only certificate
    der = data[at:at + 4 + struct.unpack(">H", data[at + 2:at + 4])[0]]
    certificate = signing.x509.load_der_x509_certificate(der)
    assert certificate.not_valid_after_utc.year == 9999
    assert signing.read(signed, signing.pem(certificate)).state == "Trusted"


def test_each_video_has_its_own_key(stage: Stage, signed: Path, tmp_path: Path) -> None:
    other = signing.read(stage.render(tmp_path / "other.mp4")).manifest
    one = signing.read(signed).manifest
    assert one["label"] != other["label"]
    assert one["signature_info"]["cert_serial_number"] != other["signature_info"]["cert_serial_number"]


@pytest.mark.parametrize("box", ("manifest", "moov", "uuid", "mdat"))
def test_one_bit_is_seen(box: str, signed: Path, tmp_path: Path) -> None:
    data = bytearray(signed.read_bytes())
    start, size = boxes(bytes(data))[box]
    data[start + size // 2 if box != "manifest" else start + size - 9] ^= 1     # of the signature, its last bytes
    (tmp_path / "changed.mp4").write_bytes(data)
    verdict = signing.read(tmp_path / "changed.mp4")
    assert verdict.state == "Invalid"
    assert ("claimSignature.mismatch" if box == "manifest" else "assertion.bmffHash.mismatch") in verdict.failures


def test_more_at_the_end_is_seen(signed: Path, tmp_path: Path) -> None:
    (tmp_path / "longer.mp4").write_bytes(signed.read_bytes() + struct.pack(">I4s", 8, b"free"))
    assert signing.read(tmp_path / "longer.mp4").failures[-1] == "assertion.bmffHash.mismatch"


def test_given_identity(stage: Stage, tmp_path: Path) -> None:
    output = stage.render(tmp_path / "out.mp4", "--mark-id", ID)
    assert signing.read(output).manifest["label"] == "urn:c2pa:25ea3102-d308-4723-8576-0f4d9e924c1a"


def test_pictures_and_sound_are_the_same_without(stage: Stage, signed: Path, tmp_path: Path) -> None:
    plain = stage.render(tmp_path / "plain.mp4", "--no-sign")
    assert list(boxes(plain.read_bytes())) == ["ftyp", "moov", "uuid", "mdat"]
    assert b"c2pa" not in plain.read_bytes() and b"InstanceID" not in plain.read_bytes()
    def content(path: Path) -> str:
        return subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-map", "0", "-c", "copy", "-f", "streamhash", "-"],
                              capture_output=True, text=True, check=True).stdout
    assert content(plain) == content(signed)
    assert np.array_equal(media.frames(plain), media.frames(signed))
    start, size = boxes(plain.read_bytes())["mdat"]
    other, other_size = boxes(signed.read_bytes())["mdat"]
    assert plain.read_bytes()[start:start + size] == signed.read_bytes()[other:other + other_size]


def test_exact_is_signed_too(stage: Stage, tmp_path: Path) -> None:
    assert signing.read(stage.render(tmp_path / "out.mp4", "--exact")).state == "Valid"


def test_odd_sizes(stage: Stage, tmp_path: Path) -> None:
    """The index gets a box more, and chunks move again."""
    character = footage.write_dataset(tmp_path / "character", footage.make(201, 161, 100, 2))
    output = stage.render(tmp_path / "out.mp4", "--character", character)
    assert signing.read(output).state == "Valid"
    assert len(media.frames(output)) == 6


def test_told_at_the_end(stage: Stage, tmp_path: Path) -> None:
    told = viseme_ok("render", *stage.arguments, "-o", tmp_path / "a.mp4").out
    assert "signed, so that any change to it shows, by a key made for it alone" in told
    told = viseme_ok("render", *stage.arguments, "-o", tmp_path / "b.mp4", "--no-sign").out
    assert "not signed (--no-sign)" in told
    facts = json.loads(viseme_ok("render", *stage.arguments, "-o", tmp_path / "c.mp4", "--json", "--mark-id", ID).out)
    assert facts["manifest"] == "urn:c2pa:25ea3102-d308-4723-8576-0f4d9e924c1a" and "alone" in facts["signer"]
    facts = json.loads(viseme_ok("render", *stage.arguments, "-o", tmp_path / "d.mp4", "--json", "--no-sign").out)
    assert facts["manifest"] is None and facts["signer"] is None


# --- by somebody's key ------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", ("P-256", "P-384", "P-521", "RSA-2048", "Ed25519"))
def test_own_key(kind: str, stage: Stage, chain: Chain, tmp_path: Path) -> None:
    own = signing.issue("signer", chain.between, kind=kind)
    key = signing.write_key(tmp_path / "key.pem", own.key)
    certificates = signing.write_chain(tmp_path / "chain.pem", own, chain.between, chain.root)
    told = viseme_ok("render", *stage.arguments, "-o", tmp_path / "out.mp4", "--sign-key", key, "--sign-certificate",
                     certificates).out
    assert "by signer, viseme test only (certificate ends " in told
    verdict = signing.read(tmp_path / "out.mp4", signing.pem(chain.root.certificate))
    assert (verdict.state, verdict.failures) == ("Trusted", [])
    assert signing.read(tmp_path / "out.mp4").state == "Valid"
    assert chain.root.certificate.public_bytes(signing.serialization.Encoding.DER) not in \
        (tmp_path / "out.mp4").read_bytes()


def test_one_certificate_and_no_chain(stage: Stage, chain: Chain, tmp_path: Path) -> None:
    own = signing.issue("signer", chain.root)
    output = stage.render(tmp_path / "out.mp4", "--sign-key", signing.write_key(tmp_path / "key.pem", own.key),
                          "--sign-certificate", signing.write_chain(tmp_path / "own.pem", own))
    assert signing.read(output, signing.pem(chain.root.certificate)).state == "Trusted"


#: What is wrong with the pair in a folder: writes key.pem and chain.pem; and words of the line that tells.
Spoiler = Callable[[Path, Chain], None]


def pair(**how: object) -> Spoiler:
    def write(folder: Path, chain: Chain) -> None:
        own = signing.issue("signer", chain.between, **how)                     # type: ignore[arg-type]
        signing.write_key(folder / "key.pem", own.key)
        signing.write_chain(folder / "chain.pem", own, chain.between)
    return write


def others_key(folder: Path, chain: Chain) -> None:
    pair()(folder, chain)
    signing.write_key(folder / "key.pem", signing.make_key())


def encrypted(folder: Path, chain: Chain) -> None:
    own = signing.issue("signer", chain.between)
    signing.write_key(folder / "key.pem", own.key, b"secret")
    signing.write_chain(folder / "chain.pem", own, chain.between)


def wrong_order(folder: Path, chain: Chain) -> None:
    own = signing.issue("signer", chain.between)
    signing.write_key(folder / "key.pem", own.key)
    signing.write_chain(folder / "chain.pem", chain.between, own)


def gap(folder: Path, chain: Chain) -> None:
    own = signing.issue("signer", chain.between)
    signing.write_key(folder / "key.pem", own.key)
    signing.write_chain(folder / "chain.pem", own, signing.issue("stranger", authority=True), chain.root)


def forged(folder: Path, chain: Chain) -> None:
    """An issuer of the right name and the wrong key."""
    own = signing.issue("signer", signing.issue("between", chain.root, authority=True), names_issuer=False)
    own = signing.issue("signer", signing.Issued(chain.between.certificate, signing.make_key()))
    signing.write_key(folder / "key.pem", own.key)
    signing.write_chain(folder / "chain.pem", own, chain.between)


def swapped(folder: Path, chain: Chain) -> None:
    pair()(folder, chain)
    (folder / "key.pem").rename(folder / "x")
    (folder / "chain.pem").rename(folder / "key.pem")
    (folder / "x").rename(folder / "chain.pem")


def empty(folder: Path, chain: Chain) -> None:
    pair()(folder, chain)
    (folder / "chain.pem").write_bytes(b"")


def missing(folder: Path, chain: Chain) -> None:
    pair()(folder, chain)
    (folder / "key.pem").unlink()


BAD_PAIRS: Dict[str, Tuple[Spoiler, str]] = {
    "another's key": (others_key, "is not the key of the certificate in"),
    "encrypted": (encrypted, "openssl pkey"),
    "wrong order": (wrong_order, "it must come first"),
    "a gap": (gap, "certificate 1 was not issued by certificate 2"),
    "forged": (forged, "certificate 1 "),
    "swapped": (swapped, "holds a certificate where a key is expected"),
    "empty": (empty, "holds no certificate"),
    "missing": (missing, "key.pem"),
    "expired": (pair(ends=-signing.DAY), "has expired"),
    "not yet": (pair(begins=2 * signing.DAY), "is valid from"),
    "key usage": (pair(signs=False), "key usage must be digitalSignature"),
    "authority": (pair(authority=True), "is an authority's"),
    "purpose": (pair(purposes=(signing.ExtendedKeyUsageOID.SERVER_AUTH,)), "must hold emailProtection"),
    "no purpose": (pair(purposes=()), "must hold emailProtection"),
    "any purpose": (pair(purposes=(signing.MAIL, signing.ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)), "holds any"),
    "no issuer's key": (pair(names_issuer=False), "authority key identifier"),
    "critical": (pair(critical=True), "critical extension"),
    "small RSA": (pair(kind="RSA-1024"), "RSA of 2048 bits"),
    "P-224": (pair(kind="P-224"), ""),
}


@pytest.mark.parametrize("name", BAD_PAIRS)
def test_bad_pairs(name: str, stage: Stage, chain: Chain, tmp_path: Path) -> None:
    """Told before anything is painted, in one line that names the file."""
    spoil, words = BAD_PAIRS[name]
    spoil(tmp_path, chain)
    finished = viseme("render", *stage.arguments, "-o", tmp_path / "out.mp4", "--sign-key", tmp_path / "key.pem",
                      "--sign-certificate", tmp_path / "chain.pem")
    assert finished.status == BAD_INPUT, finished.err
    assert finished.err.count("\n") == 1 and words in finished.err and ".pem" in finished.err
    assert not list(tmp_path.glob("*.mp4"))


@pytest.mark.parametrize("options, words", [
    (["--sign-key", "a.pem"], "--sign-certificate"),
    (["--sign-certificate", "a.pem"], "--sign-key"),
    (["--no-sign", "--sign-key", "a.pem", "--sign-certificate", "b.pem"], "rule each other out"),
    (["--no-sign", "--mark-id", ID], "rule each other out"),
    (["--mark-id", ID[1:]], "32 hexadecimal digits"),
    (["--aigc-id", "1"], "--aigc-producer"),
    (["--label", "fälschung"], "ASCII"),
    (["--label", " "], "no letter"),
    (["--label", "x" * 65], "64"),
])
def test_options_that_make_no_sense(options: List[str], words: str, stage: Stage, tmp_path: Path) -> None:
    finished = viseme("render", *stage.arguments, "-o", tmp_path / "out.mp4", *options)
    assert finished.status == USAGE and words in finished.err and finished.err.count("\n") == 1, finished.err


def test_the_key_is_not_replaced(stage: Stage, chain: Chain, tmp_path: Path) -> None:
    pair()(tmp_path, chain)
    before = (tmp_path / "key.pem").read_bytes()
    finished = viseme("render", *stage.arguments, "-o", tmp_path / "key.pem", "--sign-key", tmp_path / "key.pem",
                      "--sign-certificate", tmp_path / "chain.pem")
    assert finished.status == USAGE and (tmp_path / "key.pem").read_bytes() == before


# --- what is stopped --------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    return long_work.make(tmp_path_factory.mktemp("parts"))


def test_the_frames_of_a_stopped_render(parts: Parts, tmp_path: Path) -> None:
    process = begin(*parts.render(tmp_path / "talking.mp4"))
    wait_until(lambda: any(path.stat().st_size >= 100_000 for path in tmp_path.glob(".talking.*.tmp.mp4")), process)
    said = end(process, signal.SIGTERM)
    assert process.returncode == STOPPED, said
    assert signing.read(tmp_path / "talking.partial.mp4").state == "Valid"


# --- live -------------------------------------------------------------------------------------------------------------

def test_recordings_of_a_server(chain: Chain, tmp_path: Path) -> None:
    """Marked, signed by the server's own key, and with the label on every picture, at rest and speaking."""
    pair()(tmp_path, chain)
    kept = tmp_path / "kept"
    server = Server("--record", str(kept), "--sign-key", str(tmp_path / "key.pem"), "--sign-certificate",
                    str(tmp_path / "chain.pem"), "--label", "eu", "--aigc-producer", "Muster", "--aigc-id", "7")
    try:
        with server.session() as talk:
            talk.send(type="agent.speak_text", text="Hello.")
            talk.event("agent.speak_ended")
    finally:
        assert server.end() == DONE, "".join(server.errors)
    (recorded,) = kept.glob("*.mp4")
    verdict = signing.read(recorded, signing.pem(chain.root.certificate))
    assert verdict.state == "Trusted" and sorted(verdict.successes)[:5] == MATCHES
    tags = media.probe(recorded)["format"]["tags"]
    assert "Machine-made picture" in tags["comment"] and json.loads(tags["AIGC"])["ProduceID"] == "7"
    assert f">{verdict.manifest['instance_id']}</xmpMM:InstanceID>".encode() in recorded.read_bytes()
    frames = media.frames(recorded)
    for frame in frames:
        corner = plate_of(frame).astype(int)
        assert (corner.max(axis=2) < 40).mean() > 0.15 and (corner.min(axis=2) > 200).mean() > 0.05


@pytest.mark.parametrize("options, status, words", [
    (["--sign-key", "/nowhere/key.pem", "--sign-certificate", "/nowhere/chain.pem"], BAD_INPUT, "/nowhere/key.pem"),
    (["--sign-key", "/nowhere/key.pem"], USAGE, "--sign-certificate"),
    (["--label", "é"], USAGE, "--label"),
])
def test_a_server_that_could_not_sign(options: List[str], status: int, words: str) -> None:
    finished = viseme("serve", *CHARACTER, "--listen", "127.0.0.1:0", *options)
    assert finished.status == status and words in finished.err and finished.err.count("\n") == 1


# --- China's tag ------------------------------------------------------------------------------------------------------

def test_aigc(stage: Stage, tmp_path: Path) -> None:
    output = stage.render(tmp_path / "out.mp4", "--aigc-producer", "某公司 & Co", "--aigc-id", "42")
    tags = media.probe(output)["format"]["tags"]
    assert json.loads(tags["AIGC"]) == {"Label": "1", "ContentProducer": "某公司 & Co", "ProduceID": "42",
                                        "ReservedCode1": "", "ContentPropagator": "", "PropagateID": "",
                                        "ReservedCode2": ""}
    assert "Machine-made picture" in tags["comment"]
    assert signing.read(output).state == "Valid"
    assert "AIGC" not in media.probe(stage.render(tmp_path / "without.mp4"))["format"]["tags"]


# --- the label --------------------------------------------------------------------------------------------------------

def plate_of(frame: np.ndarray) -> np.ndarray:
    """The upper right corner, where a label would be."""
    height, width = frame.shape[:2]
    return frame[:height // 8, width // 2:]


def test_label(stage: Stage, tmp_path: Path) -> None:
    """Black and white, and on every frame the same; the rest of the picture is as without."""
    plain = media.frames(stage.render(tmp_path / "plain.mp4", "--crf", 4))
    labelled = media.frames(stage.render(tmp_path / "label.mp4", "--crf", 4, "--label", "eu"))
    text = media.frames(stage.render(tmp_path / "text.mp4", "--crf", 4, "--label", "AI MODIFIED"))
    assert np.array_equal(labelled, text)
    assert len(labelled) == len(plain) == 6
    for frame, other in zip(labelled, plain):
        corner = plate_of(frame).astype(int)
        assert (corner.max(axis=2) < 24).mean() > 0.15 and (corner.min(axis=2) > 225).mean() > 0.05
        assert np.abs(frame[40:].astype(int) - other[40:]).mean() < 1
    assert signing.read(tmp_path / "label.mp4").state == "Valid"


def test_a_label_that_does_not_fit(stage: Stage, tmp_path: Path) -> None:
    finished = viseme("render", *stage.arguments, "-o", tmp_path / "out.mp4", "--label", "x" * 64)
    assert finished.status == USAGE and "too long for frames of 200x160" in finished.err


# --- footage that says something of itself ----------------------------------------------------------------------------

def package(folder: Path, video: Path, frames: int) -> Path:
    """A character of a video and its squares."""
    folder.mkdir()
    (folder / "full_body_video.mp4").write_bytes(video.read_bytes())
    footage.write_rectangles(folder / "crop_rectangles.json", [(50, 30, 150, 130)] * frames)
    return folder


def test_footage_with_a_manifest(stage: Stage, signed: Path, chain: Chain, tmp_path: Path) -> None:
    """It is opened, and its store copied; also of what was made of such footage itself."""
    first = signing.read(signed).store["active_manifest"]
    output = stage.render(tmp_path / "out.mp4", "--character", package(tmp_path / "package", signed, 6))
    verdict = signing.read(output)
    assert (verdict.state, verdict.failures) == ("Valid", ["signingCredential.untrusted"])
    assert first in verdict.store["manifests"] and len(verdict.store["manifests"]) == 2
    actions = next(each for each in verdict.manifest["assertions"] if each["label"] == "c2pa.actions.v2")["data"]["actions"]
    assert [each["action"] for each in actions] == ["c2pa.opened", "c2pa.edited"]
    assert "digitalSourceType" not in actions[0] and actions[1]["digitalSourceType"] == COMPOSITE
    (ingredient,) = verdict.manifest["ingredients"]
    assert ingredient["active_manifest"] == first and ingredient["relationship"] == "parentOf"
    again = stage.render(tmp_path / "again.mp4", "--character", package(tmp_path / "again", output, 6))
    verdict = signing.read(again)
    assert verdict.state == "Valid" and len(verdict.store["manifests"]) == 3
    plain = stage.render(tmp_path / "plain.mp4", "--no-sign", "--character", tmp_path / "package")
    assert np.array_equal(media.frames(plain), media.frames(output))


def test_footage_whose_manifest_is_broken(stage: Stage, signed: Path, tmp_path: Path) -> None:
    """It is told, and not named."""
    data = bytearray(signed.read_bytes())
    start, size = boxes(bytes(data))["uuid"]                                    # its XMP
    data[start + size // 2] ^= 1
    (tmp_path / "changed.mp4").write_bytes(data)
    character = package(tmp_path / "package", tmp_path / "changed.mp4", 6)
    finished = viseme_ok("render", *stage.arguments, "--character", character, "-o", tmp_path / "out.mp4")
    assert "its manifest (C2PA) is broken" in finished.err
    verdict = signing.read(tmp_path / "out.mp4")
    assert verdict.state == "Valid" and len(verdict.store["manifests"]) == 1
