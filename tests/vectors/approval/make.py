"""Writes the approval protocol's vectors, from docs/approval-protocol.md alone.

    make.py           writes them beside itself
    make.py --check   exits with 1 if they are not what it would write

Keys, nonces and identifiers are made of names, and signatures are by RFC 6979: a second run writes the same bytes.
"""

import base64
import hashlib
import json
import pathlib
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ISS = "https://sign-in.example.com"
NOW = 1_741_011_292
DAY = 24 * 60 * 60


def sha256(data):
    return hashlib.sha256(data).digest()


def base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def named(name):
    """An identifier or a nonce."""
    return base64url(sha256(b"identifier " + name.encode())[:16])


def text_of(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class Key:
    def __init__(self, name):
        self.number = int.from_bytes(sha256(b"key " + name.encode()), "big") % (ORDER - 1) + 1
        self.private = ec.derive_private_key(self.number, ec.SECP256R1())
        public = self.private.public_key().public_numbers()
        x, y = (base64url(part.to_bytes(32, "big")) for part in (public.x, public.y))
        self.jwk = {"kty": "EC", "crv": "P-256", "x": x, "y": y}
        canonical = text_of({name: self.jwk[name] for name in ("crv", "kty", "x", "y")})
        self.kid = base64url(sha256(canonical.encode()))

    def whole(self):
        return self.jwk | {"d": base64url(self.number.to_bytes(32, "big"))}

    def signature(self, data):
        der = self.private.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        return b"".join(part.to_bytes(32, "big") for part in decode_dss_signature(der))

    def raw(self, header, payload):
        """Signs whatever the header and the payload are."""
        data = f"{base64url(header.encode())}.{base64url(payload.encode())}"
        return f"{data}.{base64url(self.signature(data.encode()))}"

    def sign(self, typ, claims, **header):
        return self.raw(text_of({"alg": "ES256", "typ": typ, "kid": self.kid} | header), text_of(claims))


def seal(to, text, ephemeral="ephemeral", **header):
    ephemeral = Key(ephemeral)
    shared = ephemeral.private.exchange(ec.ECDH(), to.private.public_key())
    info = (7).to_bytes(4, "big") + b"A256GCM" + bytes(8) + (256).to_bytes(4, "big")
    key = sha256((1).to_bytes(4, "big") + shared + info)
    head = {"alg": "ECDH-ES", "enc": "A256GCM", "cty": "JWT", "kid": to.kid, "epk": ephemeral.jwk} | header
    head = base64url(text_of(head).encode())
    nonce = sha256(b"nonce " + text.encode())[:12]
    sealed = AESGCM(key).encrypt(nonce, text.encode(), head.encode())
    return f"{head}..{base64url(nonce)}.{base64url(sealed[:-16])}.{base64url(sealed[-16:])}"


SERVICE, OTHER, ENCRYPTION = Key("service"), Key("other service"), Key("encryption")
NEXT, DEVICE, ENVELOPE = Key("next service"), Key("device"), Key("envelope")
AUD = named("credential")
LONG = "x" * 257


def without(claims, *names):
    return {name: value for name, value in claims.items() if name not in names}


def configuration(**changed):
    names = ("enrolment", "reveal", "poll", "answer", "pin", "devices", "push", "removal")
    return {
        "iss": ISS, "iat": NOW - 60, "exp": NOW + 20 * DAY, "version": 2, "protocol": [1], "name": "Example",
        "keys": [SERVICE.jwk], "encryption_key": ENCRYPTION.jwk,
        "endpoints": {name: f"{ISS}/approval/{name}" for name in names},
        "policy": {
            "pin": "optional", "match": ["enter2", "scan"], "uv": ["presence", "pin", "biometric"],
            "hardware": False, "encrypted": False,
        },
    } | changed  # fmt: skip


def challenge(**changed):
    return {
        "iss": ISS, "aud": AUD, "jti": named("challenge"), "txn": named("sign-in"), "iat": NOW - 5, "exp": NOW + 55,
        "kind": "sign-in", "ctx": {"app": "Mail", "account": "ann", "place": "Berlin"}, "match": "enter2",
        "uv": ["presence"], "sess": base64url(sha256(b"session")),
    } | changed  # fmt: skip


def longest(sign):
    """The longest challenge that has no more than 2 048 bytes."""

    def of(length):
        parts = [min(256, max(1, length - 256 * part)) for part in range(4)]
        context = dict(zip(("place", "ip", "device", "browser"), ("x" * part for part in parts), strict=True))
        return sign(challenge(ctx={"app": "M" * 200, "account": "a"} | context))

    return max((of(length) for length in range(1024)), key=lambda message: len(message) * (len(message) <= 2048))


def challenges():
    typ = "approval-challenge+jwt"
    sign = lambda claims, **header: SERVICE.sign(typ, claims, **header)  # noqa: E731
    good = sign(challenge())
    head, payload, signature = good.split(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    r, s = raw[:32], int.from_bytes(raw[32:], "big")
    header = text_of({"alg": "ES256", "typ": typ, "kid": SERVICE.kid})
    claims = text_of(challenge())
    other_s = base64url(r + (ORDER - s).to_bytes(32, "big"))
    transaction = {"app": "Bank", "account": "ann", "payee": "Bo", "amount": "12 €"}

    def spelled(old, new):
        assert old in claims
        return SERVICE.raw(header, claims.replace(old, new, 1))

    def headed(new):
        return SERVICE.raw(new, claims)

    yield "a sign-in", "accepted", "", good
    yield "the other s", "accepted", "both s and n − s are accepted", f"{head}.{payload}.{other_s}"
    yield "members in another order", "accepted", "", SERVICE.raw(header, text_of(dict(reversed(challenge().items()))))
    yield "white space inside", "accepted", "", SERVICE.raw(header, claims.replace(",", ", "))
    yield "an escaped character", "accepted", "", spelled("Mail", "\\u004dail")
    yield "a transaction", "accepted", "", sign(challenge(kind="transaction", ctx=transaction))
    yield "rotation of keys", "accepted", "", sign(challenge(kind="rotate", ctx={"app": "Mail", "account": "ann"}))
    device = {"app": "Mail", "account": "ann", "name": "Tablet", "key": DEVICE.kid}
    yield "another device", "accepted", "", sign(challenge(kind="add-device", ctx=device))
    yield "by scan", "accepted", "", sign(challenge(match="scan"))
    yield "the longest life", "accepted", "exp at most 120 seconds after iat", sign(challenge(iat=NOW - 5, exp=NOW + 115))
    yield "60 seconds ahead", "accepted", "iat no more than 60 s ahead", sign(challenge(iat=NOW + 60, exp=NOW + 90))
    yield "encrypted", "accepted", "", seal(ENVELOPE, good)
    yield "the longest, encrypted", "accepted", "at most 2 048 bytes as JWS and 3 200 as JWE", seal(ENVELOPE, longest(sign))
    yield "a name in several scripts", "accepted", "", sign(challenge(ctx={"app": "日本 Ä", "account": "ann"}))

    malformed = "form: length, parts, base64url, header"
    for name, message in (
        ("nothing", ""),
        ("one part", "abc"),
        ("two parts", f"{head}.{payload}"),
        ("four parts", f"{good}.{signature}"),
        ("padding", f"{head}.{payload}.{signature}=="),
        ("another alphabet", f"{head}.{payload}.{base64.b64encode(bytes([255]) * 64).decode()}"),
        ("white space before", f" {good}"),
        ("a line break behind", f"{good}\n"),
        ("unused bits that are not zero", f"{head}.{payload}.{signature[:-1]}{'B' if signature[-1] == 'A' else 'x'}"),
        ("longer than 2 048 bytes", sign(challenge(ctx={"app": "M" * 200, "account": "n" * 200, "place": "P" * 250,
            "ip": "I" * 250, "device": "D" * 250, "browser": "B" * 250}))),
    ):  # fmt: skip
        yield name, "malformed", malformed, message
    for name, new in (
        ("alg none", header.replace("ES256", "none")),
        ("alg HS256", header.replace("ES256", "HS256")),
        ("alg in lower case", header.replace("ES256", "es256")),
        ("a key in the header", header[:-1] + f',"jwk":{text_of(SERVICE.jwk)}}}'),
        ("crit", header[:-1] + ',"crit":["exp"]}'),
        ("zip", header[:-1] + ',"zip":"DEF"}'),
        ("jku", header[:-1] + ',"jku":"https://example.com/keys"}'),
        ("x5c", header[:-1] + ',"x5c":[]}'),
        ("alg twice", header[:-1] + ',"alg":"ES256"}'),
        ("no kid", text_of({"alg": "ES256", "typ": typ})),
        ("no typ", text_of({"alg": "ES256", "kid": SERVICE.kid})),
        ("kid is null", text_of({"alg": "ES256", "typ": typ, "kid": None})),
    ):
        yield name, "malformed", "the header has exactly alg, typ and kid", headed(new)
    yield "a receipt", "wrong-type", "typ", SERVICE.sign("approval-receipt+jwt", challenge())
    yield "typ JWT", "wrong-type", "typ", SERVICE.sign("JWT", challenge())
    yield "typ in another case", "wrong-type", "typ", SERVICE.sign("Approval-Challenge+JWT", challenge())

    yield "of a key that is not known", "unknown-key", "kid is a signing key of the accepted configuration", OTHER.sign(
        typ, challenge()
    )
    yield "of the phone's own key", "unknown-key", "kid is a signing key of the accepted configuration", DEVICE.sign(
        typ, challenge()
    )
    bad = "signature"
    yield "of another key under this kid", "bad-signature", bad, OTHER.sign(typ, challenge(), kid=SERVICE.kid)
    yield "r is 0", "bad-signature", "r and s from 1 to n − 1", f"{head}.{payload}.{base64url(bytes(32) + raw[32:])}"
    yield "s is 0", "bad-signature", "r and s from 1 to n − 1", f"{head}.{payload}.{base64url(r + bytes(32))}"
    yield "s is n", "bad-signature", "r and s from 1 to n − 1", f"{head}.{payload}.{base64url(r + ORDER.to_bytes(32, 'big'))}"
    yield "s is another number", "bad-signature", bad, f"{head}.{payload}.{base64url(r + (s ^ 1).to_bytes(32, 'big'))}"
    yield "a signature of another message", "bad-signature", bad, f"{head}.{payload}.{sign(challenge(jti=named('b'))).split('.')[2]}"
    yield "another payload", "bad-signature", bad, f"{head}.{base64url(claims.replace('Berlin', 'Madrid').encode())}.{signature}"
    yield "a header with white space", "bad-signature", bad, f"{base64url(header.replace(',', ', ').encode())}.{payload}.{signature}"

    rule = "JSON, claims, lengths, identifiers"
    yield "no object", "malformed", rule, SERVICE.raw(header, "[]")
    yield "a member twice", "malformed", rule, SERVICE.raw(header, claims[:-1] + ',"match":"enter2"}')
    yield "a member twice, inside", "malformed", rule, spelled('"app":"Mail"', '"app":"Mail","app":"Bank"')
    yield "a member twice, once escaped", "malformed", rule, SERVICE.raw(header, claims[:-1] + ',"m\\u0061tch":"enter2"}')
    yield "a surrogate alone", "malformed", rule, spelled("Mail", "\\ud800")
    yield "white space behind the object", "malformed", rule, SERVICE.raw(header, claims + " ")
    yield "white space before the object", "malformed", rule, SERVICE.raw(header, " " + claims)
    yield "two objects", "malformed", rule, SERVICE.raw(header, claims + "{}")
    yield "another member", "malformed", rule, sign(challenge(nbf=NOW))
    yield "another member, inside", "malformed", rule, sign(challenge(ctx={"app": "M", "account": "a", "url": "b"}))
    for name in challenge():
        yield f"no {name}", "malformed", "every member is required", sign(without(challenge(), name))
    yield "a time with a fraction", "malformed", "numbers are whole", spelled(f'"exp":{NOW + 55}', f'"exp":{NOW + 55}.0')
    yield "a time with an exponent", "malformed", "numbers are whole", spelled(f'"exp":{NOW + 55}', '"exp":17e8')
    yield "a time with a sign", "malformed", "numbers are whole", sign(challenge(iat=-1))
    yield "a time beyond 2^53", "malformed", "numbers to 2^53 − 1", sign(challenge(exp=2**53))
    yield "a time as text", "malformed", "numbers", sign(challenge(exp=str(NOW + 55)))
    yield "null for an optional member", "malformed", "null is refused", sign(
        challenge(ctx={"app": "Mail", "account": "ann", "ip": None})
    )
    yield "an empty text", "malformed", "texts have 1 to 256 characters", sign(challenge(ctx={"app": "", "account": "ann"}))
    yield "a text too long", "malformed", "texts have 1 to 256 characters", sign(challenge(ctx={"app": LONG, "account": "a"}))
    yield "a text of controls alone", "malformed", "nothing is left of it", sign(
        challenge(ctx={"app": "\u202e \u200f", "account": "ann"})
    )
    yield "a short identifier", "malformed", "identifiers have 22 to 86 characters", sign(challenge(jti="a" * 21))
    yield "a long identifier", "malformed", "identifiers have 22 to 86 characters", sign(challenge(jti="a" * 87))
    yield "an identifier of other characters", "malformed", "identifiers", sign(challenge(txn="a" * 21 + "+"))
    yield "a short hash", "malformed", "a hash has 43 characters", sign(challenge(sess=named("x")))
    yield "an unknown kind", "malformed", "kind", sign(challenge(kind="login"))
    yield "an unknown match", "malformed", "match", sign(challenge(match="tap3"))
    yield "an unknown uv", "malformed", "uv", sign(challenge(uv=["face"]))
    yield "no uv at all", "malformed", "uv has 1 to 3", sign(challenge(uv=[]))
    yield "an uv twice", "malformed", "a list has no element twice", sign(challenge(uv=["presence", "presence"]))
    yield "a payee in a sign-in", "malformed", "ctx, by kind", sign(
        challenge(ctx={"app": "Mail", "account": "ann", "payee": "Bo", "amount": "1 €"})
    )
    yield "a transaction without an amount", "malformed", "ctx, by kind", sign(
        challenge(kind="transaction", ctx=without(transaction, "amount"))
    )
    yield "another device without its key", "malformed", "ctx, by kind", sign(
        challenge(kind="add-device", ctx=without(device, "key"))
    )

    ours = "iss; aud is a credential of this phone"
    yield "of another service", "not-for-us", ours, sign(challenge(iss="https://other.example.com"))
    yield "of the same host by another port", "not-for-us", ours, sign(challenge(iss=f"{ISS}:8443"))
    yield "for another credential", "not-for-us", ours, sign(challenge(aud=named("another credential")))
    yield "an origin with a path", "malformed", "an origin has nothing behind it", sign(challenge(iss=f"{ISS}/"))

    times = "iat no more than 60 s ahead; exp after iat by 1 to 120 s"
    yield "from the future", "bad-times", times, sign(challenge(iat=NOW + 61, exp=NOW + 90))
    yield "a life of 121 seconds", "bad-times", times, sign(challenge(iat=NOW - 5, exp=NOW + 116))
    yield "no life", "bad-times", times, sign(challenge(iat=NOW, exp=NOW))
    yield "it ends before it begins", "bad-times", times, sign(challenge(iat=NOW, exp=NOW - 1))
    yield "over since now", "expired", "exp not over", sign(challenge(iat=NOW - 60, exp=NOW))
    yield "over for long", "expired", "exp not over", sign(challenge(iat=NOW - DAY, exp=NOW - DAY + 60))

    policy = "match and uv are the policy's"
    yield "six digits, which the policy has not", "policy", policy, sign(challenge(match="enter6"))
    yield "no number, which the policy has not", "policy", policy, sign(challenge(match="none"))
    yield "a biometric, which this phone has not", "cannot-verify", "one of uv can be had here", sign(challenge(uv=["biometric"]))

    yield "encrypted to another", "not-for-us", "kid is this credential's envelope key", seal(DEVICE, good)
    yield "encrypted to another under this kid", "malformed", "tag", seal(DEVICE, good, kid=ENVELOPE.kid)
    yield "encrypted, for another credential", "not-for-us", "the inner aud is the one whose key opened it", seal(
        ENVELOPE, sign(challenge(aud=named("another credential")))
    )
    yield "encrypted, of another key", "unknown-key", "after opening, the inner signature is verified", seal(
        ENVELOPE, OTHER.sign(typ, challenge())
    )
    yield "encrypted, and no message inside", "malformed", malformed, seal(ENVELOPE, "hello")
    yield "encrypted twice", "malformed", malformed, seal(ENVELOPE, seal(ENVELOPE, good))
    sealed = seal(ENVELOPE, good).split(".")
    yield "an encrypted key where there is none", "malformed", "the second part is empty", ".".join(
        [sealed[0], named("key"), *sealed[2:]]
    )
    yield "another tag", "malformed", "tag", ".".join([*sealed[:4], base64url(bytes(16))])
    yield "a short tag", "malformed", "the tag has 16 bytes", ".".join([*sealed[:4], sealed[4][:-6]])
    yield "another nonce", "malformed", "tag", ".".join([*sealed[:2], base64url(bytes(12)), *sealed[3:]])
    yield "a key off the curve", "malformed", "epk is a point of the curve", seal(
        ENVELOPE, good, epk=ENVELOPE.jwk | {"x": base64url(bytes(31) + b"\5")}
    )
    yield "another enc", "malformed", "the header has exactly", seal(ENVELOPE, good, enc="A128GCM")
    yield "another alg", "malformed", "the header has exactly", seal(ENVELOPE, good, alg="ECDH-ES+A256KW")
    yield "apu", "malformed", "apu and apv are not there", seal(ENVELOPE, good, apu="QQ")
    yield "zip in the envelope", "malformed", "the header has exactly", seal(ENVELOPE, good, zip="DEF")


def configurations():
    typ = "approval-configuration+jwt"
    sign = SERVICE.sign
    base = configuration()
    newer = configuration(version=3)
    policy = base["policy"]
    yield "the same again", "accepted", "one with the same version has the same hash", sign(typ, base)
    yield "a newer one", "accepted", "", sign(typ, newer)
    yield "one that introduces a key", "accepted", "", sign(typ, newer | {"keys": [SERVICE.jwk, NEXT.jwk]})
    yield "one on the way that is over", "accepted", "those on the way may be over", sign(
        typ, newer | {"iat": NOW - 20 * DAY, "exp": NOW - DAY}
    )
    yield "with what pushes take", "accepted", "", sign(typ, newer | {"push": {"fcm": "123", "apns": "com.example"}})
    yield "a service for development", "not-for-us", "iss", sign(typ, newer | {"iss": "http://127.0.0.1:8080"})
    yield "by a key that it introduces itself", "unknown-key", "a key of the accepted configuration before it", NEXT.sign(
        typ, newer | {"keys": [SERVICE.jwk, NEXT.jwk]}
    )
    yield "a lower version", "older", "a lower version is refused", sign(typ, base | {"version": 1})
    yield "another of the same version", "conflict", "one with the same version MUST have the same hash", sign(
        typ, base | {"name": "Other"}
    )
    yield "31 days", "bad-times", "exp at most 30 days after iat", sign(typ, newer | {"exp": NOW - 60 + 31 * DAY})
    yield "from the future", "bad-times", "iat", sign(typ, newer | {"iat": NOW + 120})
    form = "claims and limits"
    for name, changed in (
        ("no keys", {"keys": []}),
        ("five keys", {"keys": [Key(f"key {number}").jwk for number in range(5)]}),
        ("a key twice", {"keys": [SERVICE.jwk, SERVICE.jwk]}),
        ("a key off the curve", {"keys": [SERVICE.jwk | {"y": base64url(bytes(32))}]}),
        ("a key of another curve", {"keys": [SERVICE.jwk | {"crv": "P-384"}]}),
        ("a private key", {"keys": [SERVICE.jwk | {"d": named("d")}]}),
        ("version 0", {"version": 0}),
        ("another protocol alone", {"protocol": [2]}),
        ("no match", {"policy": policy | {"match": []}}),
        ("a match twice", {"policy": policy | {"match": ["enter2", "enter2"]}}),
        ("no uv", {"policy": policy | {"uv": []}}),
        ("an unknown policy of PINs", {"policy": policy | {"pin": "sometimes"}}),
        ("another member of the policy", {"policy": policy | {"minutes": 5}}),
        ("an endpoint without TLS", {"endpoints": base["endpoints"] | {"poll": "http://sign-in.example.com/poll"}}),
        ("an endpoint with a query", {"endpoints": base["endpoints"] | {"poll": f"{ISS}/poll?x=1"}}),
        ("no endpoint for answers", {"endpoints": without(base["endpoints"], "answer")}),
        ("an empty name", {"name": ""}),
        ("another member", {"jku": ISS}),
    ):
        yield name, "malformed", form, sign(typ, newer | changed)
    yield "no encryption key", "malformed", form, sign(typ, without(newer, "encryption_key"))
    yield "no policy", "malformed", form, sign(typ, without(newer, "policy"))
    yield "a status", "wrong-type", "typ", sign("approval-status+jwt", newer)


def receipts():
    typ = "approval-receipt+jwt"
    ahash = base64url(sha256(b"answer"))
    base = {
        "iss": ISS, "aud": AUD, "iat": NOW, "jti": named("challenge"), "ahash": ahash, "result": "approved",
        "head": {"seq": 1, "ahash": ahash},
    }  # fmt: skip
    keys = {"device_key": DEVICE.kid, "envelope_key": ENVELOPE.kid}
    sign = SERVICE.sign
    yield "approved", "accepted", "", sign(typ, base)
    yield "a wrong PIN", "accepted", "", sign(typ, base | {"result": "wrong-pin", "tries_left": 9, "pin_generation": 1})
    yield "new keys", "accepted", "", sign(typ, base | {"keys": keys})
    yield "of another answer", "not-for-us", "ahash of an answer of its own", sign(typ, base | {"ahash": DEVICE.kid})
    yield "of another challenge", "not-for-us", "jti", sign(typ, base | {"jti": named("another challenge")})
    yield "for another credential", "not-for-us", "aud", sign(typ, base | {"aud": named("another credential")})
    yield "of another service", "not-for-us", "iss", sign(typ, base | {"iss": "https://other.example.com"})
    yield "of another key", "unknown-key", "kid", OTHER.sign(typ, base)
    yield "of another key under this kid", "bad-signature", "signature", OTHER.sign(typ, base, kid=SERVICE.kid)
    yield "a challenge", "wrong-type", "typ", sign("approval-challenge+jwt", base)
    for name, changed in (
        ("an unknown result", {"result": "ok"}),
        ("a result in capitals", {"result": "Approved"}),
        ("a head without its hash", {"head": {"seq": 1}}),
        ("a head with more", {"head": base["head"] | {"prev": ahash}}),
        ("keys without the envelope's", {"keys": without(keys, "envelope_key")}),
        ("null for tries", {"tries_left": None}),
        ("another member", {"exp": NOW + 60}),
    ):
        yield name, "malformed", "claims", sign(typ, base | changed)
    yield "no head", "malformed", "claims", sign(typ, without(base, "head"))


def statuses():
    typ = "approval-status+jwt"
    base = {
        "iss": ISS, "aud": AUD, "iat": NOW, "nonce": named("nonce"), "state": "active", "version": 2,
        "challenges": [], "closed": [],
    }  # fmt: skip
    sign = SERVICE.sign
    closed = {"jti": named("challenge"), "state": "answered"}
    yield "nothing new", "accepted", "", sign(typ, base)
    yield "one that is over", "accepted", "", sign(typ, base | {"closed": [closed]})
    yield "five challenges", "accepted", "", sign(typ, base | {"challenges": ["a", "b", "c", "d", "e"]})
    yield "of another request", "not-for-us", "nonce of the request", sign(typ, base | {"nonce": named("other")})
    yield "for another credential", "not-for-us", "aud", sign(typ, base | {"aud": named("another credential")})
    yield "of another service", "not-for-us", "iss", sign(typ, base | {"iss": "https://other.example.com"})
    yield "of another key", "unknown-key", "kid", OTHER.sign(typ, base)
    yield "of another key under this kid", "bad-signature", "signature", OTHER.sign(typ, base, kid=SERVICE.kid)
    yield "a list of devices", "wrong-type", "typ", sign("approval-devices+jwt", base)
    for name, changed in (
        ("six challenges", {"challenges": list("abcdef")}),
        ("17 that are over", {"closed": [closed | {"jti": named(f"{number}")} for number in range(17)]}),
        ("a challenge twice", {"challenges": ["a", "a"]}),
        ("one that is over twice", {"closed": [closed, closed]}),
        ("an unknown state", {"state": "locked"}),
        ("one that is over, and open", {"closed": [closed | {"state": "open"}]}),
        ("null for a revocation", {"revocation": None}),
        ("another member", {"exp": NOW + 60}),
    ):
        yield name, "malformed", "claims", sign(typ, base | changed)


def revocations():
    typ = "approval-revocation+jwt"
    base = {"iss": ISS, "aud": AUD, "jti": named("revocation"), "iat": NOW, "reason": "lost"}
    sign = SERVICE.sign
    yield "lost", "accepted", "", sign(typ, base)
    yield "for another credential", "not-for-us", "aud", sign(typ, base | {"aud": named("another credential")})
    yield "of another service", "not-for-us", "iss", sign(typ, base | {"iss": "https://other.example.com"})
    yield "of another key", "unknown-key", "kid", OTHER.sign(typ, base)
    yield "of another key under this kid", "bad-signature", "signature", OTHER.sign(typ, base, kid=SERVICE.kid)
    yield "a receipt", "wrong-type", "typ", sign("approval-receipt+jwt", base)
    yield "an unknown reason", "malformed", "claims", sign(typ, base | {"reason": "bored"})
    yield "no reason", "malformed", "claims", sign(typ, without(base, "reason"))


def written(about, cases):
    cases = [dict(zip(("name", "verdict", "rule", "message"), case, strict=True)) for case in cases]
    names = [case["name"] for case in cases]
    assert len(names) == len(set(names)), names
    return about | {"cases": cases}


def main():
    here, right = pathlib.Path(__file__).parent, True
    phone = {
        "now": NOW, "iss": ISS, "aud": AUD, "configuration": SERVICE.sign("approval-configuration+jwt", configuration()),
        "verifications": ["presence", "pin"],
        "envelope_key": ENVELOPE.whole(), "service_key": SERVICE.whole(),
    }  # fmt: skip
    sent = {"jti": named("challenge"), "ahash": base64url(sha256(b"answer"))}
    files = {
        "challenges": written(phone, challenges()),
        "configurations": written(phone, configurations()),
        "receipts": written(phone | sent, receipts()),
        "statuses": written(phone | {"nonce": named("nonce")}, statuses()),
        "revocations": written(phone, revocations()),
    }
    for name, vectors in files.items():
        path, text = here / f"{name}.json", json.dumps(vectors, indent=1, ensure_ascii=False) + "\n"
        if "--check" in sys.argv:
            right &= path.read_text(encoding="utf-8") == text
        else:
            path.write_text(text, encoding="utf-8", newline="\n")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
