"""Answers, for each account on a line of standard input, what pyotp makes of it.

In, separated by tabs: the kind (totp, hotp, steam), the secret in base32, the hash, the
number of digits, the period or the counter, the time, the name, the issuer (may be empty),
and the URI that authenticator-core wrote. Out: the code; the same account as pyotp read it
from that URI, and its code; the URI that pyotp writes. Names are in hex, for their tabs.
"""

import hashlib
import sys

import pyotp
from pyotp.contrib import Steam

HASHES = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": hashlib.sha512}


def make(kind, secret, algorithm, digits, moving, name, issuer):
    names = {"name": name, "issuer": issuer or None}
    if kind == "steam":
        return Steam(secret, **names)
    names |= {"digits": int(digits), "digest": HASHES[algorithm]}
    if kind == "hotp":
        return pyotp.HOTP(secret, initial_count=int(moving), **names)
    return pyotp.TOTP(secret, interval=int(moving), **names)


def code(otp, time):
    return otp.at(0) if isinstance(otp, pyotp.HOTP) else otp.at(int(time))


def fields(otp):
    by_counter = isinstance(otp, pyotp.HOTP)
    return [
        "hotp" if by_counter else "totp",
        otp.secret,
        otp.digest().name.upper(),
        str(otp.digits),
        str(otp.initial_count if by_counter else otp.interval),
        otp.name.encode().hex(),
        (otp.issuer or "").encode().hex(),
    ]


def answer(line):
    *values, time, name, issuer, uri = line.rstrip("\n").split("\t")
    name, issuer = (bytes.fromhex(text).decode() for text in (name, issuer))
    otp = make(*values, name, issuer)
    if isinstance(otp, Steam):
        # pyotp knows no otpauth://steam/ and writes its own accounts without a word of it.
        return [code(otp, time)]
    read = pyotp.parse_uri(uri)
    return [code(otp, time), *fields(read), code(read, time), otp.provisioning_uri()]


for line in sys.stdin:
    try:
        print(*answer(line), sep="\t")
    except Exception as error:
        print("error", repr(error), sep="\t")
