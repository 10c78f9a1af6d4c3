package org.authenticatorcore.memory

import java.io.File
import kotlin.system.exitProcess
import kotlinx.coroutines.runBlocking
import org.authenticatorcore.Authenticator
import org.authenticatorcore.Code
import org.authenticatorcore.PinAndCost
import org.authenticatorcore.Refused
import org.authenticatorcore.SecretBytes
import org.authenticatorcore.SystemDeviceClock
import org.authenticatorcore.UnlockResult
import org.authenticatorcore.approvals.Site
import org.authenticatorcore.approvals.credential
import org.authenticatorcore.approvals.device
import org.authenticatorcore.approvals.okHttp
import org.authenticatorcore.approvals.open
import org.authenticatorcore.ffi.AccountDraft
import org.authenticatorcore.ffi.AccountKind
import org.authenticatorcore.ffi.Added
import org.authenticatorcore.ffi.ApprovalEvent
import org.authenticatorcore.fromTypedSecret
import org.authenticatorcore.fromUri
import org.authenticatorcore.problemOfNewApprovalPin
import org.authenticatorcore.setPin
import org.authenticatorcore.setRecoveryCodes
import org.authenticatorcore.support.COST
import org.authenticatorcore.support.Phone

/** The process that is looked into. Every secret goes in as an app would give it. */
internal object Subject {
    private val control = Marker.CONTROL.chars()

    @JvmStatic
    fun main(arguments: Array<String>): Unit = runBlocking {
        Phone(File(arguments.single())).create(SystemDeviceClock()).use { vault ->
            secret(Marker.PIN).use { vault.setPin(PinAndCost(it, COST)) }
            val ids = add(vault)
            Site().use { approve(vault, it) }
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
        // OkHttp's threads would wait for another minute.
        exitProcess(0)
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

    /** Enrols, approves after a wrong PIN, and changes it. */
    private suspend fun approve(vault: Authenticator, site: Site) {
        val id = SecretBytes.from(site.page("enrol").toCharArray()).use { vault.beginEnrolment(it) }
        vault.carry(okHttp)
        secret(Marker.APPROVAL_PIN).use { pin ->
            check(problemOfNewApprovalPin(pin) == null)
            vault.confirmEnrolment(id, device, pin)
        }
        vault.carry(okHttp)
        site.page("pair", "code" to checkNotNull(vault.credential(id).pairingCode))
        vault.poll(id, okHttp)
        val test = vault.open().id
        secret(Marker.LATER_APPROVAL_PIN).use { vault.approveWithPin(test, it, site.number()) }
        vault.carry(okHttp)
        secret(Marker.APPROVAL_PIN).use { vault.approveWithPin(test, it) }
        check(vault.carry(okHttp).last() is ApprovalEvent.Activated)
        secret(Marker.APPROVAL_PIN).use { old ->
            secret(Marker.LATER_APPROVAL_PIN).use { vault.changeApprovalPin(id, old, it) }
        }
        check(vault.carry(okHttp).single() is ApprovalEvent.PinChange)
    }

    private fun secret(marker: Marker): SecretBytes = SecretBytes.from(marker.chars())

    /** Says how far it has come, and waits until it was looked into. */
    private fun report(state: String) {
        println("$state ${File("/proc/self").canonicalFile.name}")
        readLine()
    }
}
