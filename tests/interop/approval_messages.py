"""Reads everything that a phone has sent, on jwcrypto, and counts what it was.

Standard input: {"origin", "encryption_key" (private), "requests": [{"method", "url", "headers", "body"}]}. Ends with an
error at the first that is not what docs/approval-protocol.md says, of which alone this was written.
"""

import base64
import collections
import hashlib
import json
import re
import sys

from jwcrypto import jwe, jwk, jws

PLAIN = {
    "poll": {"nonce", "version"},
    "devices": {"nonce"},
    "push": {"jti"},
    "removal": {"jti", "credential", "reason"},
}
CLAIMS = {
    "approval-enrolment+jwt": (
        {"iss", "aud", "iat", "code", "configuration", "device_key", "envelope_key", "name", "platform",
         "security_level", "commitment"},
        {"verification_key", "push", "attestation", "pin"},
    ),
    "approval-reveal+jwt": ({"iss", "aud", "iat", "offer", "nonce"}, set()),
    "approval-answer+jwt": (
        {"iss", "aud", "jti", "iat", "chash", "decision"},
        {"reason", "match", "uv", "verification", "pin", "seq", "prev", "rotation"},
    ),
    "approval-rotation+jwt": (
        {"iss", "aud", "jti", "iat", "chash", "device_key", "envelope_key", "security_level"},
        {"verification_key"},
    ),
    "approval-pin+jwt": (
        {"iss", "aud", "pin_generation"},
        {"jti", "chash", "seq", "decision", "match", "code", "jwk"},
    ),
    "approval-pin-change+jwt": ({"iss", "aud", "jti", "iat", "pin_generation", "proof"}, set()),
    "dpop+jwt": ({"htm", "htu", "iat", "jti", "bh"}, {"nonce"}),
}  # fmt: skip


def once(pairs):
    assert len({name for name, _ in pairs}) == len(pairs)
    return dict(pairs)


def the_object(data):
    assert data[:1] == b"{" and data[-1:] == b"}"
    return json.loads(data, object_pairs_hook=once)


def base64url(text):
    assert re.fullmatch("[A-Za-z0-9_-]*", text)
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def hashed(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


class Reader:
    def __init__(self, given):
        self.origin, self.encryption = given["origin"], jwk.JWK(**given["encryption_key"])
        self.counted = collections.Counter()
        # By thumbprints: the phone's keys, and the PIN's.
        self.keys = {}

    def learn(self, key):
        assert key.keys() == {"kty", "crv", "x", "y"}
        self.keys[jwk.JWK(**key).thumbprint()] = key

    def message(self, text, typ):
        assert len(text) <= 16_384
        header = the_object(base64url(text.split(".")[0]))
        key = "jwk" if typ == "dpop+jwt" else "kid"
        assert header.keys() == {"alg", "typ", key} and header["alg"] == "ES256" and header["typ"] == typ, header
        peeked = the_object(base64url(text.split(".")[1]))
        for new in ("device_key", "envelope_key", "verification_key", "jwk"):
            if new in peeked:
                self.learn(peeked[new])
        if key == "jwk":
            assert jwk.JWK(**header["jwk"]).thumbprint() in self.keys
        signed = jws.JWS()
        signed.allowed_algs = ["ES256"]
        signed.deserialize(text, jwk.JWK(**(header["jwk"] if key == "jwk" else self.keys[header["kid"]])))
        claims = the_object(signed.payload)
        has_to, may = CLAIMS[typ]
        assert claims.keys() >= has_to and claims.keys() <= has_to | may, claims.keys()
        assert claims.get("aud", self.origin) == self.origin
        self.counted[typ] += 1
        for inner in ("pin", "rotation", "proof"):
            if inner in claims:
                kind = "approval-rotation+jwt" if inner == "rotation" else "approval-pin+jwt"
                self.message(self.opened(claims[inner]) if inner == "pin" else claims[inner], kind)
        return claims

    def opened(self, text):
        header = the_object(base64url(text.split(".")[0]))
        assert header.keys() == {"alg", "enc", "cty", "kid", "epk"} and header["cty"] == "JWT"
        assert header["kid"] == self.encryption.thumbprint()
        sealed = jwe.JWE(algs=["ECDH-ES", "A256GCM"])
        sealed.deserialize(text, self.encryption)
        return sealed.payload.decode()

    def request(self, method, url, headers, body):
        assert url.startswith(self.origin + "/")
        names = dict(headers)
        assert len(names) == len(headers)
        if method == "GET":
            assert body == "" and not headers
            return
        assert method == "POST"
        endpoint = url.rpartition("/")[2]
        if "DPoP" in names:
            proof = self.message(names["DPoP"], "dpop+jwt")
            assert (proof["htm"], proof["htu"], proof["bh"]) == (method, url, hashed(body.encode()))
        if endpoint in PLAIN:
            assert names.keys() == {"DPoP", "Content-Type"} and names["Content-Type"] == "application/json"
            assert the_object(body.encode()).keys() == PLAIN[endpoint]
            self.counted[endpoint] += 1
            return
        assert names["Content-Type"] == "application/jwt" and ("DPoP" in names) == (endpoint == "pin")
        if endpoint == "pin":
            self.message(self.opened(body), "approval-pin-change+jwt")
        else:
            self.message(body, f"approval-{endpoint}+jwt")


def main():
    given = json.load(sys.stdin)
    reader = Reader(given)
    for request in given["requests"]:
        reader.request(**request)
    print(json.dumps(reader.counted, sort_keys=True))


if __name__ == "__main__":
    main()
