"""Tries PINs on everything that a phone has stored, with everything opened.

Standard input: {"records": what vault_reader.py read, "pins": [...], "also": [texts]}. Standard output:
{"pin": [what told it apart from others], ...}. Written from docs/approval-protocol.md alone.
"""

import base64
import binascii
import hashlib
import json
import sys

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def base64url(text):
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def texts(value):
    """Every text that is stored, at any depth, also inside of messages."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from texts(key)
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value
        for part in value.split("."):
            try:
                inner = json.loads(base64url(part))
            except ValueError:
                continue
            if isinstance(inner, dict):
                yield from texts(inner)


def stored_bytes(found):
    """Every text as the bytes that it may stand for."""
    for text in found:
        yield text.encode()
        if len(text) % 2 == 0:
            try:
                yield bytes.fromhex(text)
            except ValueError:
                pass
        for part in text.split("."):
            yield base64url(part)


def traces(pin, salt, memory, passes):
    """What depends on the PIN, and the key itself."""
    stretch = Argon2id(salt=salt, length=32, iterations=passes, lanes=1, memory_cost=memory)
    stretched = stretch.derive(pin.encode())
    okm = HKDF(hashes.SHA256(), 48, salt, b"authenticator-core approval PIN 1").derive(stretched)
    number = int.from_bytes(okm, "big") % (ORDER - 1) + 1
    key = ec.derive_private_key(number, ec.SECP256R1())
    public = key.public_key().public_numbers()
    x, y = public.x.to_bytes(32, "big"), public.y.to_bytes(32, "big")

    def encoded(part):
        return base64.urlsafe_b64encode(part).decode().rstrip("=")

    jwk = f'{{"crv":"P-256","kty":"EC","x":"{encoded(x)}","y":"{encoded(y)}"}}'
    plain = {
        "stretched": stretched,
        "okm": okm,
        "scalar": number.to_bytes(32, "big"),
        "x": x,
        "y": y,
        "thumbprint": hashlib.sha256(jwk.encode()).digest(),
    }
    hashed = {f"SHA-256 of {name}": hashlib.sha256(value).digest() for name, value in plain.items()}
    hashed["SHA-256 of the PIN"] = hashlib.sha256(pin.encode()).digest()
    return key.public_key(), plain | hashed


def verifies(text, public):
    parts = text.split(".")
    signature = base64url(parts[2]) if len(parts) == 3 else b""
    if len(signature) != 64:
        return False
    pair = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    try:
        public.verify(encode_dss_signature(*pair), f"{parts[0]}.{parts[1]}".encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def opens(text, key):
    parts = text.split(".")
    if len(parts) != 5:
        return False
    try:
        AESGCM(key).decrypt(base64url(parts[2]), base64url(parts[3]) + base64url(parts[4]), parts[0].encode())
    except (InvalidTag, ValueError):
        return False
    return True


def hits(pin, found, haystack, parameters):
    public, known = traces(pin, *parameters)
    for name, needle in known.items():
        if any(needle in one for one in haystack):
            yield name
        if len(needle) == 32 and any(opens(text, needle) for text in found):
            yield f"opened by {name}"
    if any(verifies(text, public) for text in found):
        yield "signature"


def main():
    asked = json.load(sys.stdin)
    credentials = [record for record in asked["records"] if record["type"] == "credential"]
    (credential,) = credentials
    parameters = (bytes.fromhex(credential["pin_26_salt"]), credential["pin_26_memory"], credential["pin_26_passes"])
    found = sorted(set(texts([asked["records"], asked["also"]])))
    haystack = set(stored_bytes(found))
    answer = {pin: sorted(hits(pin, found, haystack, parameters)) for pin in asked["pins"]}
    print(json.dumps({"texts": len(found), "hits": answer}))


if __name__ == "__main__":
    main()
