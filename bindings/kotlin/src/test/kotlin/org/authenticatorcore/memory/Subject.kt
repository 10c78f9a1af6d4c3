package org.authenticatorcore.memory

import java.io.File
import kotlinx.coroutines.runBlocking
import org.authenticatorcore.Authenticator
import org.authenticatorcore.Code
import org.authenticatorcore.PinAndCost
import org.authenticatorcore.Refused
import org.authenticatorcore.SecretBytes
import org.authenticatorcore.UnlockResult
import org.authenticatorcore.ffi.AccountDraft
import org.authenticatorcore.ffi.AccountKind
import org.authenticatorcore.ffi.Added
import org.authenticatorcore.fromTypedSecret
import org.authenticatorcore.fromUri
import org.authenticatorcore.setPin
import org.authenticatorcore.setRecoveryCodes
import org.authenticatorcore.support.COST
import org.authenticatorcore.support.Phone

/** The process that is looked into. Every secret goes in as an app would give it. */
internal object Subject {
    private val control = Marker.CONTROL.chars()

    @JvmStatic
    fun main(arguments: Array<String>): Unit = runBlocking {
        Phone(File(arguments.single())).create().use { vault ->
            secret(Marker.PIN).use { vault.setPin(PinAndCost(it, COST)) }
            val ids = add(vault)
            check(vault.currentCodes().count { it is Code.Timed } == ids.size)
            report("used")
            vault.lock()
            report("locked")
            secret(Marker.WRONG_PIN).use { check(vault.unlockWithPin(it) is Refused.WrongPin) }
            secret(Marker.PIN).use { check(vault.unlockWithPin(it) is UnlockResult.Unlocked) }
            secret(Marker.LATER_RECOVERY_CODE).use { vault.setRecoveryCodes(ids.first(), it) }
            secret(Marker.PIN).use { vault.rotate(PinAndCost(it, COST)) }
            check(vault.currentCodes().count { it is Code.Timed } == ids.size)
        }
        report("closed")
        check(control.isNotEmpty())
    }

    private fun add(vault: Authenticator): List<String> {
        val uri = SecretBytes.from(Marker.URI_SECRET.chars("otpauth://totp/Ex:al?secret=", "&issuer=Ex"))
        val drafts = listOf(
            uri.use { AccountDraft.fromUri(it) }
                .also { draft -> secret(Marker.RECOVERY_CODE).use { draft.setRecoveryCodes(it) } },
            secret(Marker.TYPED_SECRET).use { AccountDraft.fromTypedSecret(it, "Ex", "bob") },
            secret(Marker.MOTP_SECRET).use { AccountDraft.fromTypedSecret(it, "Work", "eve", AccountKind.Motp) }
                .also { draft -> secret(Marker.ACCOUNT_PIN).use { draft.setPin(it) } },
        )
        return drafts.map { draft -> draft.use { (vault.add(it) as Added.New).id } }
    }

    private fun secret(marker: Marker): SecretBytes = SecretBytes.from(marker.chars())

    /** Says how far it has come, and waits until it was looked into. */
    private fun report(state: String) {
        println("$state ${File("/proc/self").canonicalFile.name}")
        readLine()
    }
}
