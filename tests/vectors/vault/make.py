"""Writes the vectors of the vault's format, from docs/vault-format.md alone: see README.md here.

    make.py           writes the files beside itself
    make.py --check   exits with 1 if they are not what it would write
"""

import base64
import hashlib
import hmac
import json
import pathlib
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

MADE = 1_741_011_292


def u(length, value):
    return value.to_bytes(length, "big")


def known(label, length=32):
    """Bytes for a test: nothing up the sleeve."""
    return hashlib.sha256(b"authenticator-core test vector: " + label.encode()).digest()[:length]


def hkdf(salt, ikm, info, length):
    prk, output, block = hmac.digest(salt, ikm, "sha256"), b"", b""
    while len(output) < length:
        block = hmac.digest(prk, block + info + u(1, len(output) // 32 + 1), "sha256")
        output += block
    return output[:length]


def head(major, value):
    for size, marker in ((0, value), (1, 24), (2, 25), (4, 26), (8, 27)):
        if value < (24 if size == 0 else 1 << 8 * size):
            return u(1, major << 5 | marker) + (u(size, value) if size else b"")


def cbor(value):
    if value is None or value is True or value is False:
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value]
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    return head(5, len(value)) + b"".join(cbor(key) + cbor(value[key]) for key in sorted(value))


class Vault:
    def __init__(self, name, key_generation, generation, mode):
        self.name, self.key_generation = name, key_generation
        self.id, self.device = known(f"{name} vault id", 16), known(f"{name} device id", 16)
        self.master = known(f"{name} master key")
        self.header = u(1, 1) + self.id + self.device + u(4, key_generation) + u(8, generation) + u(1, mode)
        self.generation, self.slots, self.records = generation, [], []

    def derived(self, purpose):
        info = b"authcore/1/" + purpose + u(4, self.key_generation)
        key = hkdf(self.id, self.master, info, 32)
        return {"salt": self.id, "ikm": self.master, "info": info, "okm": key}

    def slot(self, kind, platform=None, pin=None, epoch=None, keyed=False, recovery=None, tries=0, tried=None):
        slot_id, salt = known(f"{self.name} slot {kind}", 16), known(f"{self.name} salt {kind}", 16)
        kdf = (19_456, 2, 1) if pin else (0, 0, 0)
        # What a key store would make of it: opaque to everybody else.
        wrapped = known(f"{self.name} wrapped {kind}") + b"wrapped" if platform else b""
        steps, ikm = {}, (platform or b"") + (recovery or b"")
        if pin:
            typed, text = pin
            stretched = Argon2id(salt=salt, length=32, iterations=2, lanes=1, memory_cost=19_456).derive(text.encode())
            prf_input = hashlib.sha256(b"authcore/1/prf" + stretched + epoch).digest()
            prf = known(f"{self.name} prf") if keyed else b""
            ikm += stretched + epoch + prf
            steps = {"typed": typed, "text": text, "stretched": stretched, "epoch": epoch}
            steps |= {"prf_input": prf_input, "prf": prf} if keyed else {}
        if recovery:
            number = int.from_bytes(recovery + hashlib.sha256(b"authcore/1/recovery" + recovery).digest()[:3], "big")
            text = "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[number >> 5 * place & 31] for place in reversed(range(56)))
            steps = {"recovery_key": recovery, "text": "-".join(text[at : at + 4] for at in range(0, 56, 4))}
        if platform:
            steps |= {"platform": platform, "wrapped": wrapped}
        info = b"authcore/1/slot" + u(1, kind)
        okm = hkdf(slot_id, ikm, info, 64)
        aad = u(1, 1) + u(1, kind) + slot_id + self.id + u(4, self.key_generation) + u(1, keyed) + u(1, bool(pin))
        aad += b"".join(u(4, value) for value in kdf) + (salt if pin else bytes(16)) + u(2, len(wrapped)) + wrapped
        aad += okm[32:]
        nonce = known(f"{self.name} slot nonce {kind}", 12)
        sealed = AESGCM(okm[:32]).encrypt(nonce, self.master, aad)
        body = aad + nonce + sealed
        steps |= {"kind": kind, "ikm": ikm, "salt": slot_id, "info": info, "okm": okm, "sealing_key": okm[:32]}
        steps |= {"commitment": okm[32:], "associated_data": aad, "nonce": nonce, "sealed": sealed}
        row = {"id": slot_id, "digest": hashlib.sha256(body).digest(), "body": body, "tries": tries, "tried": tried}
        self.slots.append({"row": row, "steps": steps})

    def record_id(self, label):
        return known(f"{self.name} record {label}", 16)

    def record(self, label, item, version=1):
        row_id, item = self.record_id(label), cbor(item)
        plaintext = item + bytes(-len(item) % 64)
        first = b"AR\1\1" + u(4, self.key_generation) + u(8, version) + row_id + u(4, len(plaintext) + 16)
        nonce, aad = known(f"{self.name} nonce {label}", 12), b"authcore/1/record" + self.id + first
        text = AESGCM(self.derived(b"record")["okm"]).encrypt(nonce, plaintext, aad)
        steps = {"item": item, "plaintext": plaintext, "associated_data": aad, "nonce": nonce, "ciphertext_and_tag": text}
        self.records.append({"row": {"id": row_id, "sealed": first + nonce + text}, "version": version, "steps": steps})

    def stamps(self, *fields):
        return b"".join(u(1, field) + u(8, MADE + field) + self.device[:8] for field in fields)

    def written(self, accounts, guard, can_undo):
        self.slots.sort(key=lambda slot: slot["row"]["id"])
        self.records.sort(key=lambda record: record["row"]["id"])
        rows = [slot["row"] for slot in self.slots]
        message = b"authcore/1/root" + self.header + u(4, len(rows)) + b"".join(r["id"] + r["digest"] for r in rows)
        message += u(4, len(self.records))
        for record in self.records:
            sealed = record["row"]["sealed"]
            message += record["row"]["id"] + u(8, record["version"]) + sealed[-16:]
        root_key = self.derived(b"root")
        return {
            "what this is": "test data, written by make.py from docs/vault-format.md; see README.md",
            "vault_id": self.id, "device_id": self.device, "master_key": self.master,
            "record_key": self.derived(b"record"), "root_key": root_key,
            "header": {"body": self.header, "root": hmac.digest(root_key["okm"], message, "sha256")},
            "slots": self.slots, "records": self.records, "root": {"message": message}, "guard": guard,
            "shows": {"accounts": accounts, "can_undo": can_undo},
        }  # fmt: skip


def guard(generation, tries, epoch, following=None):
    blob = u(1, 1) + u(8, generation) + u(1, tries) + epoch + u(1, following is not None) + (following or bytes(16))
    return blob + hashlib.sha256(blob).digest()[:4]


def base32(secret):
    return base64.b32encode(secret).decode().rstrip("=")


def any_slot():
    vault, epoch = Vault("any-slot", key_generation=2, generation=9, mode=1), known("any-slot epoch", 16)
    vault.slot(1, platform=known("any-slot platform"))
    tried = u(8, MADE) + u(8, 5_000) + known("boot", 16)
    # Full-width and Arabic digits, a ligature, and white space around: one text.
    pin = ("\u3000\uff14\u0668\uff12 \ufb01ve\t", "482 five")
    vault.slot(2, pin=pin, epoch=epoch, keyed=True, tries=1, tried=tried)
    vault.slot(3, recovery=known("any-slot recovery"))
    secrets = [known(f"any-slot secret {place}", length) for place, length in enumerate((20, 32, 20, 16, 16))]
    first = {
        0: 1, 1: "Ex \u00e4mple", 2: "al", 3: 1, 4: 3, 5: 8, 6: 60, 8: "https://example.com/a.png", 9: "a note, \u65e5\u672c",
        10: ["work", "b\u00e4nk"], 11: "group", 12: True, 13: 1 << 33, 15: vault.stamps(0, 9, 12), 16: secrets[0],
        18: [["test-code-1", True], ["test-code-2", False]], 19: bytes(range(256)),
    }  # fmt: skip
    hotp = {0: 1, 2: "counted", 3: 2, 4: 5, 5: 6, 7: 2**40, 13: 1 << 32, 15: vault.stamps(0, 2), 16: secrets[1]}
    before = hotp | {2: "before", 15: vault.stamps(0)}
    steam = {0: 1, 2: "steam", 3: 3, 13: 3 << 32, 15: vault.stamps(0), 16: secrets[2]}
    motp = {0: 1, 1: "Ex", 2: "mo", 3: 4, 13: 1, 15: vault.stamps(0), 16: secrets[3], 17: "1234"}
    yandex = {0: 1, 2: "", 3: 5, 13: 2**64 - 1, 14: MADE + 14, 15: vault.stamps(0, 14), 16: secrets[4], 17: "5239"}
    for label, item in (("first", first), ("hotp", hotp), ("steam", steam), ("motp", motp), ("yandex", yandex)):
        vault.record(label, item, version=1 + len(label))
    vault.record("settings", {0: 2, 1: 600, 3: 90, 5: "I can lose everything: test data"})
    used = sorted([(vault.record_id("hotp"), 3, MADE + 5), (vault.record_id("first"), 2**32 - 1, MADE + 7)])
    vault.record("usage", {0: 3, 1: b"".join(row + u(4, times) + u(8, last) for row, times, last in used)})
    vault.record("undo", {0: 4, 1: [[vault.record_id("hotp"), cbor(before)], [known("gone", 16), None]]})
    vault.record("tombstone", {0: 5, 1: MADE, 2: vault.device[:8]})

    def account(label, secret, **fields):
        return {"id": vault.record_id(label), "created": MADE, "secret": base32(secret)} | fields

    shown_first = account(
        "first", secrets[0], issuer="Ex \u00e4mple", name="al", kind="TOTP", algorithm="SHA-256", digits=8, period=60,
        image=first[8], note=first[9], tags=first[10], group="group", pinned=True, recovery_codes=first[18],
        icon=first[19], used=[2**32 - 1, MADE + 7],
    )  # fmt: skip
    shown_hotp = account(
        "hotp", secrets[1], name="counted", kind="HOTP", algorithm="SHA-512", digits=6, counter=2**40, used=[3, MADE + 5]
    )
    accounts = [
        shown_first,
        account("motp", secrets[3], issuer="Ex", name="mo", kind="mOTP", pin="1234"),
        shown_hotp,
        account("steam", secrets[2], name="steam", kind="Steam"),
        account("yandex", secrets[4], name="", kind="Yandex", pin="5239", trashed=MADE + 14),
    ]
    return vault.written(accounts, guard(9, 1, epoch), can_undo=True)


def platform_and_pin():
    vault = Vault("platform-and-pin", key_generation=1, generation=3, mode=2)
    # A PIN change is under way: the slot is bound to the next epoch already.
    epoch, following = known("old epoch", 16), known("next epoch", 16)
    pin = (" 482913 ", "482913")
    vault.slot(4, platform=known("platform-and-pin platform"), pin=pin, epoch=following)
    vault.slot(3, recovery=known("platform-and-pin recovery"))
    recovery = vault.slots[-1]["row"]["id"]
    vault.record("settings", {0: 2, 1: 300, 2: 60, 3: 30, 4: recovery})
    secret = b"12345678901234567890"
    item = {0: 1, 1: "Ex", 2: "al", 3: 1, 4: 1, 5: 6, 6: 30, 13: 1 << 32, 15: vault.stamps(0), 16: secret}
    vault.record("account", item)
    shown = {"id": vault.record_id("account"), "created": MADE, "secret": base32(secret), "issuer": "Ex", "name": "al"}
    shown |= {"kind": "TOTP", "algorithm": "SHA-1", "digits": 6, "period": 30}
    return vault.written([shown], guard(2, 0, epoch, following), can_undo=False)


def main():
    here, right = pathlib.Path(__file__).parent, True
    for name, vault in (("any-slot", any_slot()), ("platform-and-pin", platform_and_pin())):
        path, text = here / f"{name}.json", json.dumps(vault, indent=1, default=bytes.hex, ensure_ascii=False) + "\n"
        if "--check" in sys.argv:
            right &= path.read_text(encoding="utf-8") == text
        else:
            path.write_text(text, encoding="utf-8", newline="\n")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
