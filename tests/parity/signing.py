"""Keys, certificates and chains to sign with, good and bad, and what the c2pa library says of a signed file."""
from __future__ import annotations

import datetime
import json
import re
import struct
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Union

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = Union[ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey, ed25519.Ed25519PrivateKey]
NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
CLAIM_SIGNING = x509.ObjectIdentifier("1.3.6.1.4.1.62558.2.1")
MAIL = ExtendedKeyUsageOID.EMAIL_PROTECTION


def make_key(kind: str = "P-256") -> Key:
    if kind.startswith("RSA"):
        return rsa.generate_private_key(65537, int(kind[4:]))
    if kind == "Ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key({"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1(),
                                    "P-224": ec.SECP224R1()}[kind])


class Issued(NamedTuple):
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Key


def issue(name: str, by: Optional[Issued] = None, *, kind: str = "P-256", authority: bool = False,
          purposes: Sequence[x509.ObjectIdentifier] = (MAIL, CLAIM_SIGNING), signs: bool = True, ends: datetime.timedelta = 400 * DAY,
          begins: datetime.timedelta = -2 * DAY, names_issuer: bool = True, critical: bool = False) -> Issued:
    """Signed by another, or by itself."""
    key = make_key(kind)
    issuer = by or Issued(None, key)                                            # type: ignore[arg-type]
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "viseme test only"),
                         x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = {each: False for each in ("digital_signature", "content_commitment", "key_encipherment",
                                      "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign",
                                      "encipher_only", "decipher_only")}
    usage["key_cert_sign" if authority else "digital_signature" if signs else "key_encipherment"] = True
    builder = (x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())
               .issuer_name(by.certificate.subject if by else subject).serial_number(x509.random_serial_number())
               .not_valid_before(NOW + begins).not_valid_after(NOW + ends)
               .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
               .add_extension(x509.KeyUsage(**usage), critical=True)
               .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False))
    if purposes and not authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    if names_issuer:
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()),
                                        critical=False)
    if critical:
        builder = builder.add_extension(
            x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00"), critical=True)
    digest = None if isinstance(issuer.key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return Issued(builder.sign(issuer.key, digest), key)


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates)


def write_key(path: Path, key: Key, password: Optional[bytes] = None) -> Path:
    how = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how))
    return path


def write_chain(path: Path, *issued: Issued) -> Path:
    path.write_bytes(pem(*(each.certificate for each in issued)))
    return path


def but_the_identity(path: Path) -> bytes:
    """A signed file with nothing in place of its manifest and of the identity in its XMP packet."""
    data = path.read_bytes()
    start = struct.unpack(">I", data[:4])[0]                                    # behind ftyp
    size = struct.unpack(">I", data[start:start + 4])[0]
    assert data[start + 4:start + 12] == b"uuid\xd8\xfe\xc3\xd6"
    without = data[:start] + bytes(size) + data[start + size:]
    return re.sub(rb"xmp:iid:[0-9a-f-]{36}", bytes(44), without)


class Verdict(NamedTuple):
    """What the library says."""

    state: str
    failures: List[str]
    successes: List[str]
    store: Dict[str, Any]

    @property
    def manifest(self) -> Dict[str, Any]:
        return self.store["manifests"][self.store["active_manifest"]]


def read(path: Path, anchors: bytes = b"") -> Verdict:
    """`anchors`: certificates in PEM that are trusted."""
    settings: Dict[str, Any] = {"verify": {"verify_trust": True}}
    if anchors:
        settings["trust"] = {"user_anchors": anchors.decode()}
    with c2pa.Context(settings=c2pa.Settings.from_dict(settings)) as context:
        reader = c2pa.Reader(str(path), context=context)
        store = json.loads(reader.json())
    told = store["validation_results"]["activeManifest"]
    return Verdict(store["validation_state"], [each["code"] for each in told["failure"]],
                   [each["code"] for each in told["success"]], store)
