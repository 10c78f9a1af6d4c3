"""A whole vault life through the door, from Python: the cheapest test of what Kotlin and Swift get.

`cargo xtask test` generates the module, puts it on the path and runs this.
"""

import os
import tempfile
import unittest

import authenticator_core_ffi as door

BOOT_ID = bytes(16)
# RFC 6238, appendix B, for SHA-1: the secret, and a code at a time.
SECRET = b"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
URI = b"otpauth://totp/Example:alice?secret=" + SECRET + b"&issuer=Example&digits=8"


def moment(seconds, wall=1_111_111_109):
    """So many seconds after the device was started."""
    return door.Moment(
        wall_millis=(wall + seconds) * 1000, monotonic_millis=seconds * 1000, boot_id=BOOT_ID
    )


class Keys(door.KeyWrapper):
    """A key store whose key is a byte, and which can refuse or break."""

    def __init__(self):
        self.key = 1
        self.failure = None

    def _ask(self):
        if self.failure is not None:
            raise self.failure

    def security_level(self):
        return door.SecurityLevel.TRUSTED_ENVIRONMENT

    def wrap(self, key):
        self._ask()
        return bytes([self.key]) + bytes(byte ^ 0x5A for byte in key)

    def unwrap(self, wrapped):
        self._ask()
        if wrapped[0] != self.key:
            raise door.PlatformError.Invalidated()
        return bytes(byte ^ 0x5A for byte in wrapped[1:])

    def prf(self, input):
        return None

    def delete(self):
        self.key += 1


class Guard(door.RollbackGuard):
    def __init__(self):
        self.kept = {}

    def read(self, vault_id):
        return self.kept.get(vault_id)

    def replace(self, vault_id, state):
        self.kept[vault_id] = state


class Door(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "vault")
        self.keys = Keys()
        self.guard = Guard()

    def create(self):
        return door.AuthenticatorHandle.create(self.path, self.keys, self.guard, None, moment(0))

    def add(self, vault, uri=URI):
        return vault.add(door.AccountDraft.from_uri(uri), False, moment(1))

    def test_a_code_is_the_one_of_rfc_6238(self):
        vault = self.create()
        added = self.add(vault)
        self.assertIsInstance(added, door.Added.NEW)
        shown = vault.codes(False, moment(0))
        begin, end = "0000001111111080000", "0000001111111110000"
        self.assertEqual(shown, f"{added.id}107081804  14050471  44 {begin}{end}")

    def test_a_draft_says_what_it_is_and_what_is_doubtful(self):
        draft = door.AccountDraft.from_uri(b"otpauth://totp/Ex:al?secret=GEZDGNBVGY&color=red")
        self.assertEqual((draft.issuer(), draft.name()), ("Ex", "al"))
        self.assertEqual(
            draft.warnings(),
            [door.AccountWarning.SHORT_SECRET(), door.AccountWarning.IGNORED_PARAMETER("color")],
        )
        with self.assertRaises(door.AuthenticatorError.InvalidAccount) as refused:
            door.AccountDraft.from_uri(b"otpauth://totp/Ex:al?secret=1")
        self.assertEqual(refused.exception.problem, door.AccountProblem.INVALID_SECRET())

    def test_a_vault_is_made_locked_opened_and_wiped(self):
        vault = self.create()
        self.add(vault)
        vault.set_pin(b"482913", door.PinCost(memory_kib=19_456, passes=2), None, moment(2))
        vault.lock()
        with self.assertRaises(door.AuthenticatorError.Locked):
            vault.items(moment(3))
        with self.assertRaises(door.AuthenticatorError.WrongSecret) as wrong:
            vault.unlock_with_pin(b"482914", moment(4))
        self.assertEqual(wrong.exception.tries_left, 9)
        vault.unlock_with_pin(b"482913", moment(5))
        self.assertEqual([item.name for item in vault.items(moment(6))], ["alice"])
        key = vault.issue_recovery_key(b"", door.PinCost(memory_kib=0, passes=0), None, moment(6))
        vault.lock()
        vault.unlock_with_recovery_key(door.RecoveryKey.parse(key.reveal()), moment(7))
        vault.wipe(moment(8))
        self.assertFalse(os.path.exists(self.path))

    def test_a_wait_says_how_long_and_until_when(self):
        vault = self.create()
        vault.set_pin(b"482913", door.PinCost(memory_kib=19_456, passes=2), None, moment(0))
        vault.lock()
        for second in range(1, 6):
            with self.assertRaises(door.AuthenticatorError.WrongSecret):
                vault.unlock_with_pin(b"482914", moment(second))
        with self.assertRaises(door.AuthenticatorError.PinThrottled) as throttled:
            vault.unlock_with_pin(b"482913", moment(15))
        self.assertEqual(throttled.exception.wait_millis, 20_000)
        self.assertEqual(throttled.exception.wait_until_millis, moment(35).wall_millis)

    def test_a_key_store_refuses_breaks_and_loses_its_key(self):
        vault = self.create()
        for failure, error in [
            (door.PlatformError.Cancelled(), door.AuthenticatorError.PromptCancelled),
            (door.PlatformError.LockedOut(), door.AuthenticatorError.SensorLockedOut),
            (door.PlatformError.NotEnrolled(), door.AuthenticatorError.ScreenLockMissing),
            (door.PlatformError.Unavailable(), door.AuthenticatorError.PlatformUnavailable),
            (RuntimeError("a surprise"), door.AuthenticatorError.PlatformUnavailable),
        ]:
            vault.lock()
            self.keys.failure = failure
            with self.assertRaises(error) as refused:
                vault.unlock_with_platform(moment(1))
            self.assertNotIn("surprise", str(refused.exception))
        self.keys.failure = None
        self.keys.key = 2
        with self.assertRaises(door.AuthenticatorError.PlatformKeyInvalidated):
            vault.unlock_with_platform(moment(1))

    def test_a_moment_that_is_none_is_refused(self):
        vault = self.create()
        for now in [
            door.Moment(wall_millis=-1, monotonic_millis=0, boot_id=BOOT_ID),
            door.Moment(wall_millis=0, monotonic_millis=-1, boot_id=BOOT_ID),
            door.Moment(wall_millis=0, monotonic_millis=0, boot_id=b""),
        ]:
            with self.assertRaises(door.AuthenticatorError.InvalidMoment):
                vault.items(now)


if __name__ == "__main__":
    unittest.main()
