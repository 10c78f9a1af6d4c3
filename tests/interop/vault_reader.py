"""Reads an encrypted vault. Written from docs/vault-format.md alone, which it proves to suffice.

    vault_reader.py VAULT --platform HEX32
    vault_reader.py VAULT --pin TEXT --epoch HEX16 [--prf HEX32] [--platform HEX32]
    vault_reader.py VAULT --recovery TEXT

HEX32 and HEX16 are 32 and 16 bytes in hex: --platform is what the platform's key store unwraps, --epoch what the
rollback guard keeps, --prf what the platform's keyed function gives. Where --prf is needed and not there,
{"prf_input": {slot id: hex}} is printed before the vault is refused.
One JSON object goes to standard output. Exit code 0: in order; 1: wrong PIN or key; 2: damaged or refused; why is
one line on standard error. No try is counted. A closed vault is opened as SQLite's `immutable`, without locks and
without a trace: nobody may write to it meanwhile. Beside a -wal file it is `mode=ro`; SQLite then makes a -shm file.
"""

import argparse
import base64
import contextlib
import hashlib
import hmac
import json
import pathlib
import sqlite3
import sys
import unicodedata

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id


class Refused(Exception):
    """The vault is damaged, or the page says that a reader refuses it."""


class WrongKey(Exception):
    """The PIN or the key is not this vault's."""


def require(truth, reason):
    if not truth:
        raise Refused(reason)


# --- Conventions
def u(length, value):
    return value.to_bytes(length, "big")


class Layout:
    """Takes fields off the front of a byte layout."""

    def __init__(self, data, what):
        self.data, self.what, self.at = data, what, 0

    def take(self, length):
        require(self.at + length <= len(self.data), f"{self.what} is too short")
        self.at += length
        return self.data[self.at - length : self.at]

    def number(self, length):
        return int.from_bytes(self.take(length), "big")

    def end(self):
        require(self.at == len(self.data), f"{self.what} is too long")


def blob(value, length, what):
    require(type(value) is bytes and length in (None, len(value)), f"{what} has not the right size")
    return value


def hkdf(salt, ikm, info, length):
    key = hmac.digest(salt, ikm, "sha256")
    output = block = b""
    for count in range(1, -(-length // 32) + 1):
        block = hmac.digest(key, block + info + bytes([count]), "sha256")
        output += block
    return output[:length]


def cbor_item(fields, depth=0):
    """One item of deterministic CBOR (RFC 8949, 4.2.1). The page knows no floats, tags and negative integers."""
    major, value = divmod(fields.number(1), 32)
    require(depth <= 3 and major not in (1, 6), "CBOR holds a type that the page does not know")
    if major == 7:
        require(value in (20, 21, 22), "CBOR holds a simple value that the page does not know")
        return {20: False, 21: True, 22: None}[value]
    if value >= 24:
        require(value <= 27, "CBOR has an indefinite or reserved length")
        size = 1 << value - 24
        value = fields.number(size)
        require(value >= (24 if size == 1 else 1 << 4 * size), "CBOR has an integer that is not the shortest")
    if major == 0:
        return value
    if major in (2, 3):
        return fields.take(value) if major == 2 else fields.take(value).decode()
    if major == 4:
        return [cbor_item(fields, depth + 1) for _ in range(value)]
    entries, last = {}, -1
    for _ in range(value):
        key = cbor_item(fields, depth + 1)
        require(type(key) is int and key > last, "CBOR map keys are not ascending integers")
        entries[key], last = cbor_item(fields, depth + 1), key
    return entries


# --- The database
def the_database(path):
    path = pathlib.Path(path).resolve()
    require(path.is_file(), "there is no such file")
    wal = path.with_name(path.name + "-wal").exists()
    database = sqlite3.connect(f"{path.as_uri()}?{'mode=ro' if wal else 'immutable=1'}", uri=True, isolation_level=None)
    with contextlib.closing(database):
        database.execute("BEGIN")  # one state of the vault, even while somebody writes
        pragmas = [database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
        require(pragmas[0] == 0x41755643, "the file is not a vault: application_id")
        require(pragmas[1] in (1, 2), "the vault has a user_version that is not known")
        schema = database.execute("SELECT sql FROM sqlite_schema ORDER BY sql").fetchall()
        require([sql for (sql,) in schema] == SCHEMA, "the vault has other tables than the format's")
        tables = ("id, body, root FROM header", "id, digest, body, tries, tried FROM slot", "id, sealed FROM record")
        rows = [database.execute(f"SELECT {table}").fetchall() for table in tables]
    return "read-only, with its -wal" if wal else "immutable", *rows


SCHEMA = [
    "CREATE TABLE header (id INTEGER PRIMARY KEY CHECK (id = 1), body BLOB NOT NULL, root BLOB NOT NULL) STRICT",
    "CREATE TABLE record (id BLOB PRIMARY KEY, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE slot (id BLOB PRIMARY KEY, digest BLOB NOT NULL, body BLOB, tries INTEGER NOT NULL DEFAULT 0, "
    "tried BLOB) STRICT, WITHOUT ROWID",
]


# --- Header
def header(rows):
    require(len(rows) == 1 and rows[0][0] == 1, "the header has not one row")
    fields = Layout(blob(rows[0][1], 46, "the header"), "the header")
    head = {
        "format": fields.number(1), "vault_id": fields.take(16), "device_id": fields.take(16),
        "key_generation": fields.number(4), "generation": fields.number(8), "mode": fields.number(1),
    }  # fmt: skip
    require(head["format"] == 1 and head["mode"] in (1, 2), "the header has a format or a mode that is not known")
    require(head["key_generation"] >= 1 and head["generation"] >= 1, "the header has a generation of 0")
    return head, rows[0][1], blob(rows[0][2], 32, "the root MAC")


# --- Slots
SLOT_KINDS = {1: "platform", 2: "PIN", 3: "recovery key", 4: "platform and PIN"}


def slot(head, row):
    slot_id, digest, body, tries, tried = row
    blob(slot_id, 16, "a slot's id"), blob(digest, 32, "a slot's digest")
    require(type(tries) is int and tries >= 0, "a slot has a wrong number of tries")
    found = {"id": slot_id, "digest": digest, "kind": None, "destroyed": body is None, "tries": tries, "tried": None}
    if tried is not None:
        time = Layout(blob(tried, 32, "the moment of a try"), "the moment of a try")
        found["tried"] = {"unix_seconds": time.number(8), "monotonic_ms": time.number(8), "boot_id": time.take(16)}
    if body is None:
        return found
    require(hashlib.sha256(blob(body, None, "a slot")).digest() == digest, "a slot is damaged: wrong digest")
    fields = Layout(body, "a slot")
    require(fields.number(1) == 1, "a slot has a format that is not known")
    kind = fields.number(1)
    require(kind in SLOT_KINDS, "a slot has a kind that is not known")
    same = fields.take(36) == slot_id + head["vault_id"] + u(4, head["key_generation"])
    require(same, "a slot is another row's, another vault's or of another key generation")
    keyed, kdf = fields.number(1), fields.number(1)
    memory, passes, lanes, salt = fields.number(4), fields.number(4), fields.number(4), fields.take(16)
    if kind in (2, 4):
        require(keyed in (0, 1) and kdf == 1, "a PIN's slot has a KDF that is not known")
        bounds = 19_456 <= memory <= 65_536 and 2 <= passes <= 64 and lanes == 1
        require(bounds, "a slot has KDF parameters out of bounds")
    else:
        require((keyed, kdf, memory, passes, lanes, salt) == (0, 0, 0, 0, 0, bytes(16)), "a slot without PIN has a KDF")
    wrapped = fields.take(fields.number(2))
    require(not wrapped or kind in (1, 4), "a slot without platform has something wrapped")
    found |= {"kind": kind, "keyed": keyed, "salt": salt, "memory": memory, "passes": passes, "lanes": lanes}
    found |= {"associated": body[: fields.at + 32], "commitment": fields.take(32), "nonce": fields.take(12)}
    found["sealed"] = fields.take(48)
    fields.end()
    return found


WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"


def pin(found, options):
    text = unicodedata.normalize("NFKC", options.pin.strip(WHITE_SPACE))
    text = "".join(str(unicodedata.decimal(c)) if unicodedata.category(c) == "Nd" else c for c in text)
    costs = {"iterations": found["passes"], "lanes": found["lanes"], "memory_cost": found["memory"]}
    stretched = Argon2id(salt=found["salt"], length=32, **costs).derive(text.encode())
    if not found["keyed"]:
        return stretched + options.epoch
    if options.prf is None:
        prf_input = hashlib.sha256(b"authcore/1/prf" + stretched + options.epoch).digest()
        print(json.dumps({"prf_input": {found["id"].hex(): prf_input.hex()}}))
        raise Refused("the slot needs --prf: what the platform's keyed function gives for prf_input")
    return stretched + options.epoch + options.prf


def recovery_key(text):
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    text = text.replace(" ", "").replace("-", "")
    if text.isascii():
        text = text.upper().replace("O", "0").replace("I", "1").replace("L", "1")
    if len(text) != 56 or not set(text) <= set(alphabet):
        raise WrongKey("the recovery key has not 56 characters of its alphabet")
    number = sum(alphabet.index(character) << 5 * place for place, character in enumerate(reversed(text)))
    key, check = u(35, number)[:32], u(35, number)[32:]
    if hashlib.sha256(b"authcore/1/recovery" + key).digest()[:3] != check:
        raise WrongKey("the recovery key is mistyped: its check does not match")
    return key


def master_key(slots, options):
    """The master key, and the id of the slot that gave it."""
    kind = 3 if options.recovery is not None else 1 if options.pin is None else 2 if options.platform is None else 4
    for found in (found for found in slots if found["kind"] == kind):
        ikm = recovery_key(options.recovery) if kind == 3 else options.platform or b""
        ikm += pin(found, options) if kind in (2, 4) else b""
        derived = hkdf(found["id"], ikm, b"authcore/1/slot" + u(1, kind), 64)
        if hmac.compare_digest(derived[32:], found["commitment"]):
            return AESGCM(derived[:32]).decrypt(found["nonce"], found["sealed"], found["associated"]), found["id"]
    raise WrongKey(f"wrong PIN or key: no slot of kind {kind} ({SLOT_KINDS[kind]}) opens with it")


# --- Records
# A key is there for these kinds of account; `always`, also in records of the other types; or perhaps.
always, perhaps, totp, hotp, oath = {1, 2, 3, 4, 5}, set(), {1}, {2}, {1, 2}
uint, null = range(2**64), type(None)


def fits(value, form):
    """Whether a CBOR item is of a form: a type, a range, so many bytes, one of a set, an array like a tuple or list."""
    if isinstance(form, set):
        return any(fits(value, one) for one in form)
    if isinstance(form, tuple):
        return type(value) is list and len(value) == len(form) and all(map(fits, value, form))
    if isinstance(form, list):
        return type(value) is list and value != [] and all(fits(one, form[0]) for one in value)
    if isinstance(form, range):
        return type(value) is int and value in form
    return type(value) is bytes and len(value) == form if type(form) is int else type(value) is form


def entries(value, size, first):
    """The entries of a sequence, which ascend by their first field."""
    require(len(value) % size == 0, "a sequence of entries is cut short")
    found = [value[at : at + size] for at in range(0, len(value), size)]
    require(all(a[:first] < b[:first] for a, b in zip(found, found[1:])), "the entries of a sequence are not ascending")
    return [Layout(entry, "an entry") for entry in found]


def stamps(value):
    found = entries(value, 17, 1)
    require(found and found[0].data[0] == 0, "the creation has no stamp")
    return [{"field": e.number(1), "changed": e.number(8), "device": e.take(8)} for e in found]


def usage(value):
    return [{"account": e.take(16), "times": e.number(4), "last": e.number(8)} for e in entries(value, 28, 16)]


def undo(rows):
    return [{"id": row_id, "before": None if before is None else record_item(before, 0)} for row_id, before in rows]


def hashes(value):
    require(len(value) % 32 == 0, "a sequence of hashes is cut short")
    return [value[at : at + 32] for at in range(0, len(value), 32)]


def set_of_keys(first, kinds):
    names = ("device_handle", "device_public", "device_level", "verification_handle", "verification_public",
             "verification_level", "envelope", "envelope_public")  # fmt: skip
    forms = (bytes, 65, str, bytes, 65, str, 32, 65)
    always_there = (0, 1, 2, 6, 7)
    return {
        first + place: (f"keys_{first}_{name}", form, kinds if place in always_there else perhaps)
        for place, (name, form) in enumerate(zip(names, forms, strict=True))
    }


def pin_of(first):
    names = ("salt", "memory", "passes", "generation")
    forms = (32, range(65_536, 1_048_577), range(3, 65), uint)
    return {
        first + place: (f"pin_{first}_{name}", form, perhaps)
        for place, (name, form) in enumerate(zip(names, forms, strict=True))
    }


SHOWN = ("app", "account", "ip", "place", "device", "browser", "payee", "amount", "purpose", "name")
KINDS = {1: "TOTP", 2: "HOTP", 3: "Steam", 4: "mOTP", 5: "Yandex"}
ALGORITHMS = {1: "SHA-1", 2: "SHA-224", 3: "SHA-256", 4: "SHA-384", 5: "SHA-512"}
TYPES = {  # type: name, {key: (name, form, for which kinds, how to show it)}
    1: ("account", {
        1: ("issuer", str, perhaps), 2: ("name", str, always), 3: ("kind", range(1, 6), always, KINDS.get),
        4: ("algorithm", range(1, 6), oath, ALGORITHMS.get), 5: ("digits", range(1, 11), oath),
        6: ("period", range(1, 2**32), totp), 7: ("counter", uint, hotp), 8: ("image", str, perhaps),
        9: ("note", str, perhaps), 10: ("tags", [str], perhaps), 11: ("group", str, perhaps),
        12: ("pinned", bool, perhaps), 13: ("position", uint, always), 14: ("trashed", uint, perhaps),
        15: ("stamps", bytes, always, stamps),
        16: ("secret", bytes, always, lambda key: base64.b32encode(key).decode().rstrip("=")),
        17: ("pin", str, perhaps), 18: ("recovery_codes", [(str, bool)], perhaps), 19: ("icon", bytes, perhaps),
    }),
    2: ("settings", {
        1: ("lock_in_foreground", uint, perhaps), 2: ("lock_in_background", uint, perhaps),
        3: ("presence", uint, always), 4: ("recovery_slot", 16, perhaps), 5: ("waiver", str, perhaps),
    }),
    3: ("usage", {1: ("entries", bytes, always, usage)}),
    4: ("undo", {1: ("rows", [(16, {bytes, null})], always, undo)}),
    5: ("tombstone", {1: ("purged", uint, always), 2: ("device", 8, always)}),
    6: ("enrolment", {
        1: ("link", str, always), 2: ("configuration", str, perhaps), **set_of_keys(10, perhaps), **pin_of(26),
        50: ("nonce", 32, perhaps), 51: ("message", str, perhaps),
    }),
    7: ("credential", {
        1: ("configuration", str, always), 2: ("iss", str, always), 3: ("id", str, always), 4: ("account", str, always),
        5: ("state", str, always), 6: ("added", uint, always), **set_of_keys(10, always), **set_of_keys(18, perhaps),
        **pin_of(26), **pin_of(30), 34: ("head_seq", uint, always), 35: ("head_ahash", 32, always),
        36: ("seq", uint, always), 37: ("outstanding", bytes, always, hashes), 38: ("tries_left", uint, perhaps),
        39: ("retry_at", uint, perhaps), 40: ("pairing_code", str, perhaps), 41: ("reveal", str, perhaps),
        42: ("nonce", 32, perhaps), 43: ("offer_exp", uint, perhaps),
        **{key: (f"call_{key}", str, perhaps) for key in range(44, 52)}, 52: ("is_copied", range(1, 2), perhaps),
    }),
    8: ("request", {
        1: ("credential", 16, always), 2: ("challenge", str, always), 3: ("was_encrypted", range(2), always),
        4: ("received", uint, always), 5: ("decision", str, perhaps), 6: ("match", str, perhaps),
        7: ("answer", str, perhaps), 8: ("again", str, perhaps), 9: ("result", str, perhaps),
    }),
    9: ("history", {
        1: ("credential", 16, always), 2: ("service", str, always), 3: ("iss", str, always), 4: ("kind", str, always),
        5: ("received", uint, always), 6: ("decision", str, perhaps), 7: ("result", str, perhaps),
        **{key: (name, str, always if key < 10 else perhaps) for key, name in enumerate(SHOWN, 8)},
    }),
    10: ("ended", {
        1: ("service", str, always), 2: ("iss", str, always), 3: ("account", str, always), 4: ("added", uint, always),
        5: ("reason", str, always),
    }),
}  # fmt: skip


def record_item(plaintext, padding):
    item = cbor_item(contents := Layout(plaintext, "the CBOR of a record"))
    rest = plaintext[contents.at :]
    require(len(rest) <= padding and rest == bytes(len(rest)), "a record has something after its item")
    require(type(item) is dict and fits(item.get(0), range(1, 11)), "a record has a type that is not known")
    name, fields = TYPES[item.pop(0)]
    require(item.keys() <= fields.keys(), "a record has a key that is not known")
    kind, shown = item.get(3) if name == "account" else 1, {"type": name}
    require(fits(kind, range(1, 6)), "an account has a kind that is not known")
    for key, (field, form, kinds, *show) in fields.items():
        require(key in item or kinds is not always and kind not in kinds, f"a record has no {field}")
        if key in item:
            require(fits(item[key], form), f"a record has a wrong {field}")
            require(kinds is perhaps or kind in kinds, f"an account has a {field} that its kind has not")
            shown[field] = show[0](item[key]) if show else item[key]
    require(shown.get("pinned") is not False, "an account has a wrong pinned")
    require(len(shown.get("icon", b"")) <= 32_768, "an account has too large an icon")
    require("pin" not in shown or kind in (4, 5), "an account has a pin that its kind has not")
    return shown


def record(head, key, row_id, sealed):
    fields = Layout(blob(sealed, None, "a record"), "a record")
    require(fields.take(4) == b"AR\1\1", "a record has a format or an AEAD that is not known")
    require(fields.number(4) == head["key_generation"], "a record is of another key generation")
    version = fields.number(8)
    require(version >= 1, "a record has a row version of 0")
    require(fields.take(16) == row_id, "a record is another row's")
    length = fields.number(4)
    require(0 < length - 16 <= 1 << 20 and (length - 16) % 64 == 0, "a record has a wrong size")
    nonce, ciphertext = fields.take(12), fields.take(length)
    fields.end()
    plaintext = AESGCM(key).decrypt(nonce, ciphertext, b"authcore/1/record" + head["vault_id"] + sealed[:36])
    return {"id": row_id, "version": version} | record_item(plaintext, 63)


# --- Root MAC
def root_mac(head, head_body, master, slots, records):
    message = b"authcore/1/root" + head_body + u(4, len(slots)) + b"".join(s["id"] + s["digest"] for s in slots)
    message += u(4, len(records)) + b"".join(row_id + sealed[8:16] + sealed[-16:] for row_id, sealed in records)
    key = hkdf(head["vault_id"], master, b"authcore/1/root" + u(4, head["key_generation"]), 32)
    return hmac.digest(key, message, "sha256")


def read_vault(options):
    opened, header_rows, slot_rows, record_rows = the_database(options.vault)
    head, head_body, root = header(header_rows)
    slots = sorted((slot(head, row) for row in slot_rows), key=lambda s: s["id"])
    records = sorted((blob(row[0], 16, "a record's id"), blob(row[1], None, "a record")) for row in record_rows)
    master, slot_id = master_key(slots, options)
    require(hmac.compare_digest(root_mac(head, head_body, master, slots, records), root), "the root MAC does not match")
    key = hkdf(head["vault_id"], master, b"authcore/1/record" + u(4, head["key_generation"]), 32)
    shown = [record(head, key, row_id, sealed) for row_id, sealed in records]
    for name in ("settings", "usage", "undo"):
        require(sum(item["type"] == name for item in shown) <= 1, f"there are several records of {name}")
    ways = [{name: s[name] for name in ("id", "kind", "destroyed", "tries", "tried")} for s in slots]
    checks = "application_id, user_version, slot digests, KDF bounds, commitment, key generations, root MAC, "
    checks += "record tags, deterministic CBOR, sizes multiple of 64, padding zero"
    found = {"opened": opened, "by": slot_id, "header": head, "slots": ways, "records": shown}
    return found | {"checks": checks.split(", ")}


def command_line():
    parser = argparse.ArgumentParser(usage=__doc__, allow_abbrev=False)
    # argparse's own message may quote a key.
    parser.error = lambda _: parser.exit(2, "refused: the arguments are not what --help says\n")
    parser.add_argument("vault")
    for option in ("--platform", "--epoch", "--prf", "--pin", "--recovery"):
        parser.add_argument(option, type=str if option in ("--pin", "--recovery") else bytes.fromhex)
    options = parser.parse_args()
    sizes = ((options.platform, 32), (options.epoch, 16), (options.prf, 32))
    one_way = (options.recovery is None) != (options.pin is None and options.platform is None)
    with_pin = (options.pin is None) == (options.epoch is None) and (options.prf is None or options.pin is not None)
    if not (all(v is None or len(v) == n for v, n in sizes) and one_way and with_pin):
        parser.error("they do not go together")
    return options


def main():
    try:
        print(json.dumps(read_vault(command_line()), indent=2, default=bytes.hex))
        return 0
    except WrongKey as reason:
        code, line = 1, str(reason)
    except Refused as reason:
        code, line = 2, f"refused: {reason}"
    except (InvalidTag, sqlite3.Error, UnicodeError) as error:  # UnicodeError: also of SQLite's complaints, and the PIN
        code, line = 2, f"refused: damaged, or not what it should be: {type(error).__name__}"
    except Exception as error:  # its text may hold a secret
        code, line = 2, f"refused: unexpected {type(error).__name__}"
    print(line, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
