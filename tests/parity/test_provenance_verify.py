"""`viseme verify` says of each file what the c2pa library says, in state and codes: of files that the library signed and of
files that only c2pa_signer.py makes; and its own words and exit status are those that its help promises."""
from __future__ import annotations

import json
import struct
import subprocess
from pathlib import Path
from typing import Any, Callable, Dict, NamedTuple, Optional, Set

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

import c2pa_signer
from c2pa_signer import CAMERA, MACHINE_MADE, Credential, Recipe, authority, boxes, created, credential, signed, store_place, usage
from program import BAD_INPUT, DONE, REPOSITORY, USAGE, viseme

c2pa = pytest.importorskip("c2pa")
NO = 1
#: What the library tells beside a manifest: of the network, which neither asks, and of kinds of success that it has alone.
LIBRARY_ALONE = {"signingCredential.ocsp.skipped", "signingCredential.ocsp.notRevoked"}


class Made(NamedTuple):
    """What the cases are made of, once for all."""

    folder: Path
    video: bytes
    other: bytes
    root: Credential
    signer: Credential
    by_library: bytes


def film(path: Path, source: str, *options: str) -> bytes:
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"{source}=size=160x120:rate=25", "-f", "lavfi", "-i",
                    "sine=440", "-t", "1", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-c:a", "aac", "-movflags", "+faststart",
                    *options, str(path)], check=True)
    return path.read_bytes()


def library_signer(who: Credential) -> c2pa.Signer:
    return c2pa.Signer.from_info(c2pa.C2paSignerInfo(alg=who.algorithm.encode(), sign_cert=who.pem(),
                                                     private_key=who.key_pem(), ta_url=None))


def library_signs(folder: Path, video: bytes, who: Credential) -> bytes:
    """The video as the c2pa library signs it."""
    source, target = folder / "unsigned.mp4", folder / "by_library.mp4"
    source.write_bytes(video)
    says = {"claim_generator_info": [{"name": "the library", "version": "1"}], "title": "a.mp4", "format": "video/mp4",
            "assertions": [{"label": "c2pa.actions.v2", "data": created()}]}
    c2pa.Builder(says).sign_file(str(source), str(target), library_signer(who))
    return target.read_bytes()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("signed")
    root = authority()
    signer = credential(root)
    video = film(folder / "video.mp4", "testsrc", "-metadata", "comment=a test")
    (folder / "root.pem").write_bytes(root.pem())
    return Made(folder, video, film(folder / "other.mp4", "testsrc2"), root, signer, library_signs(folder, video, signer))


class Answer(NamedTuple):
    state: str
    failures: Set[str]
    others: Set[str]


def library_says(path: Path, root: Optional[Path]) -> Answer:
    """The state and codes of the c2pa library; it throws where it gives up."""
    trust = {"verify": {"verify_trust": True, "remote_manifest_fetch": False, "ocsp_fetch": False}}
    if root:
        trust["trust"] = {"user_anchors": root.read_text()}
    with path.open("rb") as stream:
        reader = c2pa.Reader("video/mp4", stream, context=c2pa.Context(c2pa.Settings.from_dict(trust)))
        results = json.loads(reader.json())["validation_results"]["activeManifest"]
        codes = {kind: {entry["code"] for entry in results[kind]} for kind in ("success", "informational", "failure")}
        others = (codes["success"] | codes["informational"]) - LIBRARY_ALONE
        if "signingCredential.expired" in codes["failure"]:
            others.discard("claimSignature.insideValidity")  # it says both
        return Answer(str(reader.get_validation_state()), codes["failure"], others)


def viseme_reports(path: Path, root: Optional[Path] = None) -> Dict[str, Any]:
    finished = viseme("verify", path, "--json", *(["--trust-anchors", root] if root else []))
    assert finished.status in (DONE, NO), finished.err
    report: Dict[str, Any] = json.loads(finished.out)
    assert (finished.status == DONE) == report["machine_made"]
    return report


def viseme_says(path: Path, root: Optional[Path]) -> Answer:
    report = viseme_reports(path, root)["c2pa"]
    kinds = {kind: {c["code"] for c in report["codes"] if c["kind"] == kind} for kind in ("success", "information", "failure")}
    return Answer(report["state"], kinds["failure"], kinds["success"] | kinds["information"])


# --- every row: what is done to a signed file, and what both must say --------------------------------------------------

def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def in_box(kind: str) -> Callable[[bytes, Made], bytes]:
    """One bit in the last quarter of the first box of a type."""
    def change(data: bytes, _: Made) -> bytes:
        at, size = next((at, size) for at, size, is_ in boxes(data) if is_ == kind)
        return flipped(data, at + size * 3 // 4)
    return change


def in_index(data: bytes, _: Made) -> bytes:
    """One bit of the creation time, which no decoder minds."""
    return flipped(data, data.index(b"mvhd") + 11)


def in_store(what: bytes, further: int = 0) -> Callable[[bytes, Made], bytes]:
    """One bit of what is behind some bytes of the manifest store."""
    def change(data: bytes, _: Made) -> bytes:
        start, size = store_place(data)
        at = data.rindex(what, start, start + size)
        return flipped(data, at + len(what) + further)
    return change


def in_certificate(data: bytes, made: Made) -> bytes:
    """One bit of the signature by which the authority vouches for the certificate."""
    der = made.signer.chain[0].public_bytes(c2pa_signer.serialization.Encoding.DER)
    return flipped(data, data.index(der) + len(der) - 3)


def in_signature(data: bytes, _: Made) -> bytes:
    start, size = store_place(data)
    return flipped(data, data.rindex(b"\xf6\x58\x40", start, start + size) + 20)  # nil, 64 bytes


def pasted(data: bytes, made: Made) -> bytes:
    """The manifest of this file in another one."""
    at, size = store_place(data)
    ahead = c2pa_signer.moved(made.other, size)
    first = next(boxes(made.other))[1]
    return ahead[:first] + data[at:at + size] + ahead[first:]


class Row(NamedTuple):
    change: Callable[[bytes, Made], bytes]
    state: str
    failures: Set[str]


UNTRUSTED = "signingCredential.untrusted"
BROKEN_HASH = {"assertion.bmffHash.mismatch"}
ROWS = {
    "intact": Row(lambda data, _: data, "Valid", set()),
    "mdat": Row(in_box("mdat"), "Invalid", BROKEN_HASH),
    "moov": Row(in_index, "Invalid", BROKEN_HASH),
    "appended bytes": Row(lambda data, _: data + bytes(8), "Invalid", BROKEN_HASH),
    "appended box": Row(lambda data, _: data + c2pa_signer.box("mdat", bytes(30)), "Invalid", BROKEN_HASH),
    "truncated": Row(lambda data, _: data[:-100], "Invalid", BROKEN_HASH),
    "ftyp": Row(lambda data, _: flipped(data, 15), "Valid", set()),
    "of another video": Row(pasted, "Invalid", BROKEN_HASH),
    "assertion": Row(in_store(b"compositeWith"), "Invalid", {"assertion.hashedURI.mismatch"}),
    "claim": Row(in_store(b"instanceID", 12), "Invalid", {"claimSignature.mismatch"}),
    "signature": Row(in_signature, "Invalid", {"claimSignature.mismatch"}),
    "certificate": Row(in_certificate, "Invalid", {"claimSignature.mismatch", UNTRUSTED}),
}


@pytest.mark.parametrize("trusted", (False, True), ids=("unknown", "trusted"))
@pytest.mark.parametrize("row", ROWS)
def test_row_of_a_file_that_the_library_signed(row: str, trusted: bool, made: Made, tmp_path: Path) -> None:
    check_row(ROWS[row], made.by_library, trusted, made, tmp_path)


@pytest.mark.parametrize("row", ROWS)
def test_row_of_a_file_that_the_tests_signed(row: str, made: Made, tmp_path: Path) -> None:
    check_row(ROWS[row], signed(made.video, made.signer), True, made, tmp_path)


def check_row(row: Row, data: bytes, trusted: bool, made: Made, folder: Path) -> None:
    path = folder / "case.mp4"
    path.write_bytes(row.change(data, made))
    root = made.folder / "root.pem" if trusted else None
    says = viseme_says(path, root)
    assert says == library_says(path, root)
    assert says.state == ("Trusted" if trusted and row.state == "Valid" else row.state)
    assert says.failures == row.failures | ({UNTRUSTED} if not trusted else set())


# --- signers ----------------------------------------------------------------------------------------------------------

SIGNERS: Dict[str, Callable[[Credential], Credential]] = {
    "expired": lambda root: credential(root, days=(-30, -1)),
    "not yet": lambda root: credential(root, days=(5, 30)),
    "for ever": lambda root: credential(root, days=(-1, 2_900_000)),
    "key usage": lambda root: credential(root, key_usage=usage("key_encipherment")),
    "usage of an authority": lambda root: credential(root, key_usage=usage("digital_signature", "key_cert_sign")),
    "for servers": lambda root: credential(root, eku=(ExtendedKeyUsageOID.SERVER_AUTH,)),
    "any purpose": lambda root: credential(root, eku=(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,)),
    "no purpose": lambda root: credential(root, eku=()),
    "signed by itself": lambda root: credential(None),
    "of an unknown authority": lambda root: credential(authority("somebody else")),
    **{algorithm: (lambda root, a=algorithm: credential(root, a)) for algorithm in c2pa_signer.ALGORITHMS},  # type: ignore[misc]
}


@pytest.mark.parametrize("kind", SIGNERS)
def test_signer(kind: str, made: Made, tmp_path: Path) -> None:
    path, root = tmp_path / "case.mp4", made.folder / "root.pem"
    path.write_bytes(signed(made.video, SIGNERS[kind](made.root)))
    says = viseme_says(path, root)
    assert says == library_says(path, root)
    sound = kind in ("for ever", "signed by itself", "of an unknown authority", *c2pa_signer.ALGORITHMS)
    assert (says.state != "Invalid") == sound
    assert "assertion.bmffHash.match" in says.others


def test_a_signer_through_an_intermediate_authority(made: Made, tmp_path: Path) -> None:
    key = c2pa_signer.ALGORITHMS["es256"][2]()
    middle = Credential([c2pa_signer.certificate("viseme TEST middle", key, made.root, True)], key)
    leaf = credential(middle)
    path, root = tmp_path / "case.mp4", made.folder / "root.pem"
    path.write_bytes(signed(made.video, leaf._replace(chain=leaf.chain + middle.chain)))
    assert viseme_says(path, root) == library_says(path, root)
    assert viseme_says(path, root).state == "Trusted"


def test_a_signer_with_the_purpose_of_c2pa_alone(made: Made, tmp_path: Path) -> None:
    """The specification's own purpose; the library asks in its usual configuration for another one beside it."""
    path = tmp_path / "case.mp4"
    path.write_bytes(signed(made.video, credential(made.root, eku=(c2pa_signer.CLAIM_SIGNING,))))
    assert viseme_says(path, made.folder / "root.pem").state == "Trusted"


# --- what manifests may and may not say --------------------------------------------------------------------------------

def edited(*actions: Dict[str, Any]) -> Recipe:
    return Recipe(actions={"actions": list(actions)})


CREATED = created()["actions"][0]
RECIPES: Dict[str, Recipe] = {
    "older hash": Recipe(hash_label="c2pa.hash.bmff.v2"),
    "sha512": Recipe(hashing="sha512"),
    "padding": Recipe(padding=1000),
    "created without a type": edited({"action": "c2pa.created"}),
    "edited first": edited({"action": "c2pa.edited"}, CREATED),
    "created twice": edited(CREATED, CREATED),
    "opened without an ingredient": edited({"action": "c2pa.opened"}),
    "placed without an ingredient": edited(CREATED, {"action": "c2pa.placed"}),
    "watermarked": edited(CREATED, {"action": "c2pa.watermarked"}),
    "watermarked, bound": edited(CREATED, {"action": "c2pa.watermarked.bound"}),
    "watermarked, unbound": edited(CREATED, {"action": "c2pa.watermarked.unbound"}),
    "a further assertion": Recipe(assertions=[("org.example.thing", {"a": 1})]),
    "another exclusion": Recipe(exclusions=[*c2pa_signer.EXCLUSIONS, {"xpath": "/free"}]),
    "a certificate's name of its own": Recipe(claim={"dc:title": "Über\u202e"}),
}


@pytest.mark.parametrize("name", RECIPES)
def test_manifest(name: str, made: Made, tmp_path: Path) -> None:
    path, root = tmp_path / "case.mp4", made.folder / "root.pem"
    path.write_bytes(signed(made.video, made.signer, RECIPES[name]))
    assert viseme_says(path, root) == library_says(path, root)


#: The library gives up with an exception; ours says that the mark is broken.
GIVES_UP: Dict[str, Recipe] = {
    "no instance": Recipe(claim={"instanceID": None}),
    "hash that is not listed": Recipe(hash_label="", unlisted=[("c2pa.hash.bmff.v3", {"alg": "sha256"})]),
    "no signature named": Recipe(claim={"signature": None}),
}


@pytest.mark.parametrize("name", GIVES_UP)
def test_manifest_at_which_the_library_gives_up(name: str, made: Made, tmp_path: Path) -> None:
    path = tmp_path / "case.mp4"
    path.write_bytes(signed(made.video, made.signer, GIVES_UP[name]))
    with pytest.raises(c2pa.C2paError):
        library_says(path, None)
    assert viseme_says(path, None).state == "Invalid"


def test_two_stores(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "case.mp4"
    at, size = store_place(made.by_library)
    path.write_bytes(made.by_library + made.by_library[at:at + size])
    with pytest.raises(c2pa.C2paError):
        library_says(path, None)
    assert viseme_reports(path)["verdict"] == "broken mark"


# --- what is not checked is never valid ---------------------------------------------------------------------------------

NOT_CHECKED: Dict[str, Recipe] = {
    "the picture is left out": Recipe(exclusions=[*c2pa_signer.EXCLUSIONS, {"xpath": "/mdat"}]),
    "another binding": Recipe(hash_label="", assertions=[("c2pa.hash.boxes", {"boxes": []})]),
}


@pytest.mark.parametrize("name", NOT_CHECKED)
def test_what_cannot_be_checked(name: str, made: Made, tmp_path: Path) -> None:
    path = tmp_path / "case.mp4"
    path.write_bytes(signed(made.video, made.signer, NOT_CHECKED[name]))
    report = viseme_reports(path, made.folder / "root.pem")
    assert (report["verdict"], report["c2pa"]["state"], report["c2pa"]["result"]) == ("not checked", "NotChecked", "not checked")


def test_an_expired_signer_with_a_time_stamp(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "case.mp4"
    stamped = Recipe(unprotected={"sigTst2": {"tstTokens": [{"val": b"unread"}]}})
    path.write_bytes(signed(made.video, credential(made.root, days=(-30, -1)), stamped))
    report = viseme_reports(path, made.folder / "root.pem")
    assert report["verdict"] == "not checked" and report["c2pa"]["signer"]["time_stamp"]


# --- origins, ingredients, other layers -------------------------------------------------------------------------------

def test_a_camera_is_told_and_is_no_machine(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "camera.mp4"
    path.write_bytes(signed(made.video, made.signer, Recipe(actions=created(CAMERA))))
    report = viseme_reports(path, made.folder / "root.pem")
    assert (report["verdict"], report["c2pa"]["state"]) == ("other mark", "Trusted")
    finished = viseme("verify", path)
    assert finished.status == NO
    assert "filmed or recorded with a device" in finished.out and "no proof" in finished.out


@pytest.mark.parametrize("origin", (MACHINE_MADE, CAMERA), ids=("machine", "camera"))
def test_what_it_was_made_from(origin: str, made: Made, tmp_path: Path) -> None:
    footage = signed(made.video, made.signer, Recipe(actions=created(origin)))
    builder = c2pa.Builder({"claim_generator_info": [{"name": "the library", "version": "1"}], "format": "video/mp4"})
    builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
    (tmp_path / "footage.mp4").write_bytes(footage)
    path, root = tmp_path / "edited.mp4", made.folder / "root.pem"
    builder.sign_file(str(tmp_path / "footage.mp4"), str(path), library_signer(made.signer))
    report = viseme_reports(path, root)
    assert report["c2pa"]["state"] == library_says(path, root).state == "Trusted"
    assert [(i["relationship"], i["manifest"]) for i in report["c2pa"]["ingredients"]] == [("parentOf", "found")]
    assert report["machine_made"] == (origin == MACHINE_MADE)


def test_metadata_alone(made: Made, tmp_path: Path) -> None:
    """What is left after `ffmpeg -c copy` of a video that viseme rendered: the comment."""
    path = tmp_path / "copied.mp4"
    film(path, "testsrc", "-metadata", "comment=digital source type compositeWithTrainedAlgorithmicMedia")
    report = viseme_reports(path)
    assert (report["verdict"], report["metadata"]["result"], report["c2pa"]["result"]) == ("machine-made", "found", "not found")
    assert "Nobody signed that" in " ".join(viseme("verify", path).out.split())


def test_the_mark_of_china(tmp_path: Path) -> None:
    path = tmp_path / "aigc.mp4"
    film(path, "testsrc", "-movflags", "+faststart+use_metadata_tags", "-metadata", 'AIGC={"Label":"1","ContentProducer":"x"}')
    assert viseme_reports(path)["machine_made"]


def test_xmp(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "xmp.mp4"
    packet = f"<a><Iptc4xmpExt:DigitalSourceType>\n{MACHINE_MADE}</Iptc4xmpExt:DigitalSourceType></a>".encode()
    path.write_bytes(made.other + c2pa_signer.box("uuid", bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + packet))
    report = viseme_reports(path)
    assert report["metadata"]["xmp_digital_source_type"] == MACHINE_MADE and report["machine_made"]


def test_no_mark_is_not_genuine(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "plain.mp4"
    path.write_bytes(made.other)
    finished = viseme("verify", path)
    assert finished.status == NO and finished.out.splitlines()[1].startswith("NO MARK FOUND. That says nothing")


def test_re_muxed(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "signed.mp4"
    path.write_bytes(made.by_library)
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(path), "-c", "copy", str(tmp_path / "copy.mp4")], check=True)
    with pytest.raises(c2pa.C2paError, match="ManifestNotFound"):
        library_says(tmp_path / "copy.mp4", None)
    assert viseme_reports(tmp_path / "copy.mp4")["c2pa"]["result"] == "not found"


def test_an_unknown_signer_is_never_shown_as_known(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "signed.mp4"
    path.write_bytes(made.by_library)
    words = " ".join(viseme("verify", path).out.split())
    assert "signed by: UNKNOWN" in words and "anybody can make such a certificate" in words
    known = " ".join(viseme("verify", path, "--trust-anchors", made.folder / "root.pem").out.split())
    assert "UNKNOWN" not in known and "signed by: viseme TEST signer" in known


def test_texts_of_strangers_do_not_steer_the_terminal(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "steers.mp4"
    evil = {"actions": [{**CREATED, "description": "a\x1b[2Jb\u202ec\n", "softwareAgent": {"name": "x" * 500}}]}
    path.write_bytes(signed(made.video, made.signer, Recipe(actions=evil)))
    out = viseme("verify", path).out
    assert not {"\x1b", "\u202e"} & set(out) and "a?[2Jb" in out


# --- what is no video ---------------------------------------------------------------------------------------------------

def test_no_video(tmp_path: Path) -> None:
    empty, text = tmp_path / "empty.mp4", tmp_path / "text.mp4"
    empty.write_bytes(b"")
    text.write_text("not a video\n" * 9)
    for path in (empty, text, tmp_path, tmp_path / "missing.mp4", REPOSITORY / "docs" / "frame.jpg"):
        finished = viseme("verify", path)
        assert finished.status == BAD_INPUT and len(finished.err.splitlines()) == 1 and str(path) in finished.err
    assert viseme("verify").status == USAGE


def test_anchors_that_are_none(made: Made, tmp_path: Path) -> None:
    path, anchors = tmp_path / "signed.mp4", tmp_path / "anchors.pem"
    path.write_bytes(made.by_library)
    anchors.write_text("no certificate\n")
    finished = viseme("verify", path, "--trust-anchors", anchors)
    assert finished.status == BAD_INPUT and "anchors.pem" in finished.err and "PEM" in finished.err


def test_damaged_anywhere_it_never_passes(made: Made, tmp_path: Path) -> None:
    """One bit of every 97th byte of the box with the manifests: broken or not to be read, or of no meaning; never a fault of ours."""
    path = tmp_path / "damaged.mp4"
    at, size = store_place(made.by_library)
    for place in range(at + 8, at + size, 97):
        path.write_bytes(flipped(made.by_library, place))
        assert viseme("verify", path, "--quiet").status in (DONE, NO)


def test_large_sizes(made: Made, tmp_path: Path) -> None:
    """A box whose size has 64 bits, and one that goes to the end."""
    path, root = tmp_path / "large.mp4", made.folder / "root.pem"
    tail = struct.pack(">I4sQ", 1, b"free", 24) + bytes(8) + struct.pack(">I4s", 0, b"free") + bytes(5)
    path.write_bytes(signed(made.video + tail, made.signer))
    assert viseme_says(path, root) == library_says(path, root)
    assert viseme_says(path, root).state == "Trusted"
