package org.authenticatorcore

import org.authenticatorcore.ffi.AccountDraft
import org.authenticatorcore.ffi.AccountKind
import org.authenticatorcore.ffi.MigrationCollector
import org.authenticatorcore.ffi.MigrationEntry
import org.authenticatorcore.ffi.MigrationProgress
import org.authenticatorcore.ffi.PlatformAnswers
import org.authenticatorcore.ffi.PlatformEnrolment
import org.authenticatorcore.ffi.RecoveryKey
import org.authenticatorcore.ffi.ScannedText
import org.authenticatorcore.ffi.usualAccountKind

/**
 * Reads the text of a QR code, or a link that was opened: `otpauth`, `apple-otpauth`, `motp` or
 * `steam`. Show the draft's warnings before it is kept; close it afterwards.
 */
public fun AccountDraft.Companion.fromUri(uri: SecretBytes): AccountDraft = uri.read { fromUri(it) }

/** As [fromUri], of a QR code that [readQrCodes] read. */
public fun AccountDraft.Companion.fromQrCode(text: ScannedText): AccountDraft =
    text.toSecretBytes().use { fromUri(it) }

/** A secret that a person typed, in base32 however grouped; in hexadecimal for mOTP. */
public fun AccountDraft.Companion.fromTypedSecret(
    secret: SecretBytes,
    issuer: String,
    name: String,
    kind: AccountKind = usualAccountKind(),
): AccountDraft = secret.read { fromTypedSecret(it, issuer, name, kind) }

/** The PIN of an mOTP or Yandex account, if it is to be kept; null for none. */
public fun AccountDraft.setPin(pin: SecretBytes?): Unit =
    if (pin == null) setPin(NOTHING) else pin.read { setPin(it) }

/** One-time recovery codes of the service, one a line, white space around them left out. */
public fun AccountDraft.setRecoveryCodes(lines: SecretBytes): Unit = lines.read { setRecoveryCodes(it) }

/** Adds the text of one code; one that is there already changes nothing. */
public fun MigrationCollector.add(link: SecretBytes): MigrationProgress = link.read { add(it) }

/** As [add], of a QR code that [readQrCodes] read. */
public fun MigrationCollector.add(text: ScannedText): MigrationProgress = text.toSecretBytes().use { add(it) }

/**
 * What was collected, in the order of the export; the collector is empty afterwards. What is missing
 * is left out: look at the progress first. Close the list when its drafts were added.
 */
public fun MigrationCollector.takeEntries(): ClosingList<MigrationEntry> =
    ClosingList(take()) { it.draft?.close() }

/** The recovery key that a person typed: in either case, with any spaces and hyphens. */
public fun RecoveryKey.Companion.parse(typed: SecretBytes): RecoveryKey = typed.read { parse(it) }

/** The key as it is written down: 14 groups of four characters, joined by hyphens. */
public fun RecoveryKey.toSecretBytes(): SecretBytes = SecretBytes.from(reveal())

/** The text of a QR code, which may hold a secret. */
public fun ScannedText.toSecretBytes(): SecretBytes = SecretBytes.from(reveal())

/** The 32 bytes that the key store is to wrap. */
public fun PlatformEnrolment.toSecretBytes(): SecretBytes = SecretBytes.from(reveal())

/**
 * What the key store answered before a change of keys in which a prompt comes between: `wrapped` is
 * what it wrapped the enrolment's secret to, `unwrapped` what it unwrapped of what
 * [Unlocking.beginPinUnlock] gave. Each is none where there was nothing to ask for. It is good for one
 * change; close it then. One of enrolment and `wrapped` without the other is `SlotMissing`.
 */
public fun platformAnswers(
    enrolment: PlatformEnrolment? = null,
    wrapped: ByteArray? = null,
    unwrapped: SecretBytes? = null,
): PlatformAnswers {
    val answer = wrapped ?: ByteArray(0)
    return enrolment?.borrowed().use { own ->
        if (unwrapped == null) PlatformAnswers(own, answer, NOTHING)
        else unwrapped.read { PlatformAnswers(own, answer, it) }
    }
}
