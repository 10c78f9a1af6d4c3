"""What a phone makes of each message of the approval vectors, on jwcrypto.

    approval_verifier.py challenges.json...   prints {"challenges": {"the case's name": "verdict", ...}, ...}

Written from docs/approval-protocol.md alone.
"""

import base64
import binascii
import hashlib
import json
import pathlib
import re
import sys
import unicodedata

from jwcrypto import jwe, jwk, jws
from jwcrypto.common import JWException

LONGEST = {"challenges": 120, "configurations": 30 * 24 * 60 * 60}
RESULTS = """approved denied reported late wrong-match wrong-pin pin-delayed pin-disabled not-verified chain suspended
revoked unknown answered burned cancelled expired tampered pin-changed done not-allowed""".split()
ENDS = "approved denied reported burned answered cancelled expired".split()
STATES = "revealed paired active suspended revoked void".split()
REASONS = "replaced removed lost suspected administrator".split()
ENDPOINTS = "enrolment reveal poll answer pin devices push removal".split()
CONTEXTS = {
    "sign-in": ((), ("ip", "place", "device", "browser")),
    "transaction": (("payee", "amount"), ("purpose",)),
    "add-device": (("name", "key"), ()),
    "rotate": ((), ()),
    "test": ((), ()),
}


class Refused(Exception):
    """Its text is the verdict."""


def require(truth, verdict="malformed"):
    if not truth:
        raise Refused(verdict)


# --- Encodings
def base64url(text):
    require(re.fullmatch("[A-Za-z0-9_-]*", text) and len(text) % 4 != 1)
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise Refused("malformed") from None
    require(base64.urlsafe_b64encode(data).decode().rstrip("=") == text)
    return data


def once(pairs):
    require(len({name for name, _ in pairs}) == len(pairs))
    return dict(pairs)


def never(_):
    raise Refused("malformed")


def the_object(data):
    require(data[:1] == b"{" and data[-1:] == b"}")
    try:
        text = data.decode()
        value = json.loads(text, object_pairs_hook=once, parse_float=never, parse_constant=never)
        json.dumps(value, ensure_ascii=False).encode()  # a surrogate that stands alone has no UTF-8
    except (UnicodeError, ValueError):
        raise Refused("malformed") from None
    require(type(value) is dict)
    return value


# --- Forms: what a value has to be
def whole(value):
    require(type(value) is int and 0 <= value < 2**53)


def flag(value):
    require(type(value) is bool)


def shown(value):
    require(type(value) is str and 1 <= len(value) <= 256)
    misleading = ("Cc", "Cf", "Zl", "Zp")
    require("".join(c for c in value if unicodedata.category(c) not in misleading).strip() != "")


def matching(pattern):
    return lambda value: require(type(value) is str and re.fullmatch(pattern, value, re.ASCII) is not None)


identifier = matching("[A-Za-z0-9_-]{22,86}")
any_text = matching("(?s:.*)")
endpoint = matching(r"(https://[a-z0-9.-]+(:[0-9]+)?|http://(127\.0\.0\.1|\[::1\]|localhost)(:[0-9]+)?)/[!-~]*")
origin = matching(r"https://[a-z0-9.-]+(:[0-9]+)?|http://(127\.0\.0\.1|\[::1\]|localhost)(:[0-9]+)?")


def sha256(value):
    require(type(value) is str and len(value) == 43 and len(base64url(value)) == 32)


def path(value):
    endpoint(value)
    require(len(value) <= 256 and "?" not in value and "#" not in value)


def one_of(values):
    return lambda value: require(type(value) is str and value in values)


def list_of(form, least, most):
    def check(value):
        require(type(value) is list and least <= len(value) <= most)
        require(all(one not in value[:place] for place, one in enumerate(value)))
        for one in value:
            form(one)

    return check


def members(forms, optional=()):
    def check(value):
        require(type(value) is dict and value.keys() <= forms.keys())
        require(all(name in value for name in forms if name not in optional))
        for name, inner in value.items():
            forms[name](inner)

    return check


def public_key(value):
    members({"kty": one_of(["EC"]), "crv": one_of(["P-256"]), "x": sha256, "y": sha256})(value)
    try:
        jwk.JWK(**value).get_op_key("verify")
    except (JWException, ValueError):
        raise Refused("malformed") from None


def thumbprint(value):
    return jwk.JWK(**{name: value[name] for name in ("kty", "crv", "x", "y")}).thumbprint()


# --- Messages
def unsealed(text, key):
    parts = text.split(".")
    require(len(parts) == 5 and parts[1] == "")
    header = the_object(base64url(parts[0]))
    forms = {"alg": one_of(["ECDH-ES"]), "enc": one_of(["A256GCM"]), "cty": one_of(["JWT"]), "kid": sha256}
    members(forms | {"epk": public_key})(header)
    require(len(base64url(parts[2])) == 12 and len(base64url(parts[4])) == 16)
    require(header["kid"] == thumbprint(key), "not-for-us")
    envelope = jwe.JWE(algs=["ECDH-ES", "A256GCM"])
    try:
        envelope.deserialize(text, jwk.JWK(**key))
        return envelope.payload.decode()
    except (JWException, ValueError):
        raise Refused("malformed") from None


def signed(text, typ, keys):
    parts = text.split(".")
    require(len(text) <= 16_384 and len(parts) == 3)
    header = the_object(base64url(parts[0]))
    members({"alg": one_of(["ES256"]), "typ": any_text, "kid": any_text})(header)
    base64url(parts[1])
    require(len(base64url(parts[2])) == 64)
    require(header["typ"] == typ, "wrong-type")
    sha256(header["kid"])
    known = [key for key in keys if thumbprint(key) == header["kid"]]
    require(known, "unknown-key")
    message = jws.JWS()
    message.allowed_algs = ["ES256"]
    try:
        message.deserialize(text, jwk.JWK(**known[0]))
    except (JWException, ValueError):
        raise Refused("bad-signature") from None
    return the_object(message.payload)


def message_hash(text):
    return hashlib.sha256(text.rpartition(".")[0].encode()).digest()


def times(claims, now, longest):
    life = claims["exp"] - claims["iat"]
    require(claims["iat"] <= now + 60 and 0 < life <= longest, "bad-times")
    require(now < claims["exp"], "expired")


def ours(claims, phone, **more):
    require(claims["iss"] == phone["iss"] and claims["aud"] == phone["aud"], "not-for-us")
    require(all(claims[name] == value for name, value in more.items()), "not-for-us")


# --- One function for each file
def challenges(text, phone, accepted):
    is_sealed = text.count(".") == 4
    require(len(text.encode()) <= (3200 if is_sealed else 2048))
    text = unsealed(text, phone["envelope_key"]) if is_sealed else text
    require(len(text.encode()) <= 2048)
    claims = signed(text, "approval-challenge+jwt", accepted["keys"])
    forms = {"iss": origin, "aud": identifier, "jti": identifier, "txn": identifier, "iat": whole, "exp": whole}
    matches = one_of(["enter2", "enter6", "scan", "none"])
    uses = list_of(one_of(["presence", "pin", "biometric"]), 1, 3)
    contexts = {name: sha256 if name == "key" else shown for both in CONTEXTS.values() for part in both for name in part}
    context = members(contexts | {"app": shown, "account": shown}, optional=contexts)
    members(forms | {"kind": one_of(CONTEXTS), "ctx": context, "match": matches, "uv": uses, "sess": sha256})(claims)
    has_to, may = CONTEXTS[claims["kind"]]
    more = claims["ctx"].keys() - {"app", "account"}
    require(more >= set(has_to) and more <= {*has_to, *may})
    ours(claims, phone)
    times(claims, phone["now"], LONGEST["challenges"])
    policy = accepted["policy"]
    require(claims["match"] in policy["match"], "policy")
    require(claims["match"] != "none" or claims["kind"] in ("sign-in", "transaction"), "policy")
    require(set(claims["uv"]) <= set(policy["uv"]), "policy")
    require(is_sealed or not policy["encrypted"], "policy")
    require(set(claims["uv"]) & set(phone["verifications"]), "cannot-verify")


def configurations(text, phone, accepted):
    claims = signed(text, "approval-configuration+jwt", accepted["keys"])
    uses, matches = ["presence", "pin", "biometric"], ["enter2", "enter6", "scan", "none"]
    policy = {
        "pin": one_of(["none", "optional", "required"]), "match": list_of(one_of(matches), 1, 4),
        "uv": list_of(one_of(uses), 1, 3), "hardware": flag, "encrypted": flag,
    }  # fmt: skip
    push = {name: any_text for name in ("fcm", "apns", "webpush")}
    forms = {
        "iss": origin, "iat": whole, "exp": whole, "version": whole, "protocol": list_of(whole, 1, 2**53),
        "name": shown, "keys": list_of(public_key, 1, 4), "encryption_key": public_key,
        "endpoints": members(dict.fromkeys(ENDPOINTS, path)), "policy": members(policy),
        "push": members(push, optional=push),
    }  # fmt: skip
    members(forms, optional=["push"])(claims)
    require(1 in claims["protocol"] and claims["version"] >= 1)
    require(claims["iss"] == phone["iss"], "not-for-us")
    require(claims["version"] >= accepted["version"], "older")
    is_same = message_hash(text) == message_hash(phone["configuration"])
    require(claims["version"] > accepted["version"] or is_same, "conflict")
    try:
        times(claims, phone["now"], LONGEST["configurations"])
    except Refused as verdict:
        # One on the way to the newest may be over.
        if str(verdict) != "expired" or is_same:
            raise


def receipts(text, phone, accepted):
    claims = signed(text, "approval-receipt+jwt", accepted["keys"])
    keys = {"device_key": sha256, "envelope_key": sha256, "verification_key": sha256}
    more = {"tries_left": whole, "retry_at": whole, "pin_generation": whole}
    more["keys"] = members(keys, optional=["verification_key"])
    forms = {"iss": origin, "aud": identifier, "iat": whole, "jti": identifier, "ahash": sha256}
    forms |= {"result": one_of(RESULTS), "head": members({"seq": whole, "ahash": sha256})}
    members(forms | more, optional=more)(claims)
    ours(claims, phone, jti=phone["jti"], ahash=phone["ahash"])


def statuses(text, phone, accepted):
    claims = signed(text, "approval-status+jwt", accepted["keys"])
    closed = members({"jti": identifier, "state": one_of(ENDS)})
    forms = {"iss": origin, "aud": identifier, "iat": whole, "nonce": identifier, "state": one_of(STATES)}
    forms |= {"version": whole, "challenges": list_of(any_text, 0, 5), "closed": list_of(closed, 0, 16)}
    members(forms | {"revocation": any_text}, optional=["revocation"])(claims)
    ours(claims, phone, nonce=phone["nonce"])


def revocations(text, phone, accepted):
    claims = signed(text, "approval-revocation+jwt", accepted["keys"])
    forms = {"iss": origin, "aud": identifier, "jti": identifier, "iat": whole, "reason": one_of(REASONS)}
    members(forms)(claims)
    ours(claims, phone)


def verdict(judge, text, phone, accepted):
    try:
        judge(text, phone, accepted)
    except Refused as refused:
        return str(refused)
    return "accepted"


def main():
    said = {}
    for name in sys.argv[1:]:
        vectors = json.loads(pathlib.Path(name).read_text(encoding="utf-8"))
        judge = globals()[pathlib.Path(name).stem]
        # The accepted configuration is what it is: it was accepted before.
        accepted = the_object(base64url(vectors["configuration"].split(".")[1]))
        cases = vectors["cases"]
        said[judge.__name__] = {case["name"]: verdict(judge, case["message"], vectors, accepted) for case in cases}
    print(json.dumps(said))


if __name__ == "__main__":
    main()
