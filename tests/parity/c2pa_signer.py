"""Signs MP4 files with C2PA manifests, without the c2pa library: also those that no honest program would write.

Certificates are made anew each time, by an authority of the tests' own.
"""
from __future__ import annotations

import datetime
import hashlib
import struct
import uuid
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

C2PA_BOX = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
MACHINE_MADE = SOURCE_TYPES + "compositeWithTrainedAlgorithmicMedia"
CAMERA = SOURCE_TYPES + "digitalCapture"
CLAIM_SIGNING = ObjectIdentifier("1.3.6.1.4.1.62558.2.1")
#: The name of an algorithm: COSE's number, hash, how to make a key.
ALGORITHMS = {
    "es256": (-7, hashes.SHA256, lambda: ec.generate_private_key(ec.SECP256R1())),
    "es384": (-35, hashes.SHA384, lambda: ec.generate_private_key(ec.SECP384R1())),
    "es512": (-36, hashes.SHA512, lambda: ec.generate_private_key(ec.SECP521R1())),
    "ps256": (-37, hashes.SHA256, lambda: rsa.generate_private_key(65537, 2048)),
    "ps384": (-38, hashes.SHA384, lambda: rsa.generate_private_key(65537, 2048)),
    "ps512": (-39, hashes.SHA512, lambda: rsa.generate_private_key(65537, 2048)),
    "ed25519": (-8, None, ed25519.Ed25519PrivateKey.generate),
}


# --- CBOR and boxes ---------------------------------------------------------------------------------------------------

class Tag(NamedTuple):
    number: int
    value: Any


def head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    for info, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << 8 * size:
            return bytes([major << 5 | info]) + number.to_bytes(size, "big")
    raise ValueError(number)


def cbor(value: Any) -> bytes:
    """RFC 8949, 4.2.1: shortest heads, keys in the order of their bytes."""
    if value is None or isinstance(value, bool):
        return bytes([{None: 0xF6, True: 0xF5, False: 0xF4}[value]])
    if isinstance(value, Tag):
        return head(6, value.number) + cbor(value.value)
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, dict):
        return head(5, len(value)) + b"".join(k + v for k, v in sorted((cbor(k), cbor(v)) for k, v in value.items()))
    return head(4, len(value)) + b"".join(map(cbor, value))


def box(kind: str, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind.encode()) + content


def superbox(kind: str, label: str, *inside: bytes) -> bytes:
    description = kind.encode() + bytes.fromhex("00110010800000aa00389b71") + b"\x03" + label.encode() + b"\0"
    return box("jumb", box("jumd", description) + b"".join(inside))


def boxes(data: bytes) -> Iterator[Tuple[int, int, str]]:
    """Offset, size and type of each box at the top level."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        size = {0: len(data) - at, 1: struct.unpack_from(">Q", data + bytes(8), at + 8)[0]}.get(size, size)
        yield at, size, kind.decode("latin-1")
        at += size


def store_place(data: bytes) -> Tuple[int, int]:
    """Offset and size of the box with the manifests."""
    return next((at, size) for at, size, kind in boxes(data) if kind == "uuid" and data[at + 8:at + 24] == C2PA_BOX)


def moved(data: bytes, by: int) -> bytes:
    """The same video with chunk offsets for data that lie so many bytes further."""
    out = bytearray(data)

    def walk(at: int, end: int) -> None:
        while at < end:
            size, kind = struct.unpack_from(">I4s", out, at)
            if kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
                walk(at + 8, at + size)
            elif kind == b"stco":
                for i in range(struct.unpack_from(">I", out, at + 12)[0]):
                    place = at + 16 + 4 * i
                    struct.pack_into(">I", out, place, struct.unpack_from(">I", out, place)[0] + by)
            at += size
    for at, size, kind in boxes(data):
        if kind == "moov":
            walk(at, at + size)
    return bytes(out)


# --- certificates -----------------------------------------------------------------------------------------------------

class Credential(NamedTuple):
    """Who signs: certificates, end entity first, without the root; the key; the name of the algorithm."""

    chain: List[x509.Certificate]
    key: Any
    algorithm: str = "es256"

    def pem(self) -> bytes:
        return b"".join(c.public_bytes(serialization.Encoding.PEM) for c in self.chain)

    def key_pem(self) -> bytes:
        return self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                      serialization.NoEncryption())


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "viseme test only"),
                      x509.NameAttribute(NameOID.COMMON_NAME, common)])


USAGES = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
          "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")


def usage(*wanted: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{one: one in wanted for one in USAGES})


def certificate(subject: str, key: Any, issuer: Optional[Credential], ca: bool, eku: Sequence[ObjectIdentifier] = (),
                key_usage: Optional[x509.KeyUsage] = None, days: Tuple[int, int] = (-1, 3650)) -> x509.Certificate:
    now = datetime.datetime.now(datetime.timezone.utc)
    signer = issuer.key if issuer else key
    builder = (x509.CertificateBuilder().subject_name(name(subject)).public_key(key.public_key())
               .issuer_name(issuer.chain[0].subject if issuer else name(subject))
               .serial_number(x509.random_serial_number())
               .not_valid_before(now + datetime.timedelta(days[0])).not_valid_after(now + datetime.timedelta(days[1]))
               .add_extension(x509.BasicConstraints(ca, None), True)
               .add_extension(key_usage or usage(*(("key_cert_sign", "crl_sign") if ca else ("digital_signature",))), True)
               .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
               .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False))
    if eku:
        builder = builder.add_extension(x509.ExtendedKeyUsage(eku), False)
    return builder.sign(signer, None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256())


def authority(common: str = "viseme TEST root") -> Credential:
    key = ec.generate_private_key(ec.SECP256R1())
    return Credential([certificate(common, key, None, True)], key)


def credential(issuer: Optional[Credential], algorithm: str = "es256", **other: Any) -> Credential:
    """One that may sign claims, unless `other` (what certificate() takes) says otherwise. No issuer: self-signed."""
    key = ALGORITHMS[algorithm][2]()
    other.setdefault("eku", (ExtendedKeyUsageOID.EMAIL_PROTECTION, CLAIM_SIGNING))
    return Credential([certificate("viseme TEST signer", key, issuer, False, **other)], key, algorithm)


def sign_bytes(who: Credential, data: bytes) -> bytes:
    _, kind, _ = ALGORITHMS[who.algorithm]
    if kind is None:
        return who.key.sign(data)
    if isinstance(who.key, rsa.RSAPrivateKey):
        return who.key.sign(data, padding.PSS(padding.MGF1(kind()), kind.digest_size), kind())
    size = (who.key.key_size + 7) // 8
    return b"".join(n.to_bytes(size, "big") for n in decode_dss_signature(who.key.sign(data, ec.ECDSA(kind()))))


# --- manifests --------------------------------------------------------------------------------------------------------

EXCLUSIONS: List[Dict[str, Any]] = [{"xpath": "/uuid", "data": [{"offset": 8, "value": C2PA_BOX}]}, {"xpath": "/ftyp"},
                                    {"xpath": "/mfra"}]


def created(source_type: str = MACHINE_MADE) -> Dict[str, Any]:
    return {"actions": [{"action": "c2pa.created", "digitalSourceType": source_type,
                         "softwareAgent": {"name": "a signer of the tests", "version": "1"}}]}


class Recipe(NamedTuple):
    """What a manifest says."""

    actions: Optional[Dict[str, Any]] = created()
    assertions: Sequence[Tuple[str, Any]] = ()      # further ones
    exclusions: Sequence[Dict[str, Any]] = EXCLUSIONS
    hash_label: str = "c2pa.hash.bmff.v3"
    claim: Dict[str, Any] = {}                      # replaces what it would have; None takes it out
    unlisted: Sequence[Tuple[str, Any]] = ()        # in the store, but not in the claim
    hashing: str = "sha256"
    unprotected: Dict[Any, Any] = {}
    padding: int = 0


def file_hash(data: bytes, recipe: Recipe) -> bytes:
    """Of whole boxes at the top level, the C2PA box's excluded."""
    excluded = [exclusion["xpath"][1:] for exclusion in recipe.exclusions]
    made = hashlib.new(recipe.hashing)
    for at, size, kind in boxes(data):
        if kind in excluded and (kind != "uuid" or data[at + 8:at + 24] == C2PA_BOX):
            continue
        made.update(struct.pack(">Q", at) + data[at:at + size])
    return made.digest()


def manifest(bound: bytes, who: Credential, recipe: Recipe, label: str) -> bytes:
    binding = {"alg": recipe.hashing, "hash": bound, "name": "tests", "exclusions": list(recipe.exclusions)}
    content = [("c2pa.actions.v2", recipe.actions)] * (recipe.actions is not None) + list(recipe.assertions)
    content += [(recipe.hash_label, binding)] * bool(recipe.hash_label)
    made = [(name_, superbox("cbor", name_, box("cbor", cbor(value)))) for name_, value in content]
    claim = {"alg": recipe.hashing, "instanceID": "urn:uuid:" + label[9:],
             "claim_generator_info": {"name": "a signer of the tests", "version": "1"},
             "signature": f"self#jumbf=/c2pa/{label}/c2pa.signature",
             "created_assertions": [{"url": "self#jumbf=c2pa.assertions/" + name_,
                                     "hash": hashlib.new(recipe.hashing, one[8:]).digest()} for name_, one in made]}
    claimed = cbor({key: value for key, value in {**claim, **recipe.claim}.items() if value is not None})
    chain = [c.public_bytes(serialization.Encoding.DER) for c in who.chain]
    protected = cbor({1: ALGORITHMS[who.algorithm][0], 33: chain if len(chain) > 1 else chain[0]})
    signature = sign_bytes(who, cbor(["Signature1", protected, b"", claimed]))
    made += [(name_, superbox("cbor", name_, box("cbor", cbor(value)))) for name_, value in recipe.unlisted]
    return superbox("c2ma", label, superbox("c2as", "c2pa.assertions", *(one for _, one in made)),
                    superbox("c2cl", "c2pa.claim.v2", box("cbor", claimed)),
                    superbox("c2cs", "c2pa.signature",
                             box("cbor", cbor(Tag(18, [protected, recipe.unprotected, None, signature])))))


def signed(video: bytes, who: Credential, recipe: Recipe = Recipe(), earlier: Sequence[bytes] = ()) -> bytes:
    """The video with a manifest behind ftyp; `earlier` are manifests that stand before it in the store."""
    label = "urn:c2pa:" + str(uuid.uuid4())

    def outer(bound: bytes) -> bytes:
        store = superbox("c2pa", "c2pa", *earlier, manifest(bound, who, recipe, label))
        return box("uuid", C2PA_BOX + bytes(4) + b"manifest\0" + bytes(8) + store + bytes(recipe.padding))
    size = hashlib.new(recipe.hashing).digest_size
    first = next(boxes(video))[1]
    while True:  # DER signatures of one key differ in no size here, but a label's may in a recipe
        place = outer(bytes(size))
        ahead = moved(video, len(place))
        whole = ahead[:first] + place + ahead[first:]
        final = outer(file_hash(whole, recipe))
        if len(final) == len(place):
            return ahead[:first] + final + ahead[first:]
