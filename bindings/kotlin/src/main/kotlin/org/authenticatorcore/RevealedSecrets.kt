package org.authenticatorcore

import org.authenticatorcore.ffi.AccountKind
import org.authenticatorcore.ffi.MigrationExport
import org.authenticatorcore.ffi.QrCode
import org.authenticatorcore.ffi.RefusedExport
import org.authenticatorcore.ffi.RevealedAccount

/**
 * An account with its secrets, because a person asked for it and proved to be there. [close]
 * overwrites them, and everything that its calls gave.
 */
public class RevealedSecrets internal constructor(private val account: RevealedAccount) : AutoCloseable {
    private val given = ArrayList<AutoCloseable>()
    private var isClosed = false

    /** Who issued the secret, if that is known. */
    public val issuer: String? get() = account.issuer()

    /** Whose account it is. */
    public val name: String get() = account.name()

    /** How its codes are computed. */
    public val kind: AccountKind get() = account.kind()

    /** How many recovery codes it has. */
    public val recoveryCodeCount: Int get() = account.recoveryCodeCount().toInt()

    /** The secret as it is typed elsewhere: base32, hexadecimal for mOTP. */
    public fun secret(): SecretBytes = give { SecretBytes.from(account.secret()) }

    /** The URI with the secret, for another authenticator. A PIN is no part of it. */
    public fun uri(): SecretBytes = give { SecretBytes.from(account.uri()) }

    /** A QR code of the URI. */
    public fun qrCode(): QrCode = give { account.qrCode() }

    /** The account's own PIN, if it is kept. */
    public fun pin(): SecretBytes? = account.pin()?.let { pin -> give { SecretBytes.from(pin) } }

    /** The recovery code at a place counted from 0; none beyond the last. */
    public fun recoveryCode(index: Int): SecretBytes? =
        if (index < 0) null
        else account.recoveryCode(index.toUInt())?.let { code -> give { SecretBytes.from(code) } }

    /** Whether the recovery code at a place was used up. */
    public fun isRecoveryCodeUsed(index: Int): Boolean =
        index >= 0 && account.isRecoveryCodeUsed(index.toUInt())

    /** Overwrites the secrets. To close it again does nothing. */
    override fun close() {
        val all = synchronized(given) {
            isClosed = true
            (given + account).also { given.clear() }
        }
        all.closeAll()
    }

    /** Says nothing of the account. */
    override fun toString(): String = "RevealedSecrets"

    private fun <T : AutoCloseable> give(make: () -> T): T {
        val made = make()
        val isLate = synchronized(given) {
            if (!isClosed) given += made
            isClosed
        }
        if (isLate) {
            made.close()
            error("The revealed account is closed")
        }
        return made
    }
}

/** Accounts on their way into Google Authenticator, or any app that reads its codes. */
public class MigrationCodes internal constructor(private val export: MigrationExport) : AutoCloseable {
    /** The codes, to be shown one after the other and scanned in any order. */
    public val codes: List<QrCode> get() = export.codes

    /** The accounts that the format cannot say. They stay behind, unchanged: tell the person. */
    public val refused: List<RefusedExport> get() = export.refused

    /** Lets all codes go. To close it again does nothing. */
    override fun close(): Unit = codes.closeAll()

    override fun toString(): String = "MigrationCodes(codes=${codes.size}, refused=$refused)"
}
