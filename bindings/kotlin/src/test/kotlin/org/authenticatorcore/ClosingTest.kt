package org.authenticatorcore

import java.util.concurrent.CountDownLatch
import kotlin.concurrent.thread
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertIs
import kotlin.test.assertNotNull
import org.authenticatorcore.ffi.Added
import org.authenticatorcore.ffi.PlatformAnswers
import org.authenticatorcore.ffi.Protection
import org.authenticatorcore.ffi.RecoveryKey
import org.authenticatorcore.support.PIN
import org.authenticatorcore.support.withPhone
import org.authenticatorcore.support.RFC_SECRET
import org.authenticatorcore.support.addUri
import org.authenticatorcore.support.costed
import org.authenticatorcore.support.draft
import org.authenticatorcore.support.secret
import org.authenticatorcore.support.withVault

private const val URI = "otpauth://totp/Example:alice?secret=$RFC_SECRET&issuer=Example"

/** Every object after it was closed, and while it is. */
class ClosingTest {
    @Test
    fun `every call of a closed authenticator is refused, and closing it again does nothing`() = withPhone { phone ->
        val vault = phone.create()
        val id = vault.addUri(URI)
        vault.close()
        vault.close()
        val calls = listOf<suspend () -> Any?>(
            { vault.items() },
            { vault.currentCodes() },
            { vault.codes() },
            { draft(URI).use { vault.add(it) } },
            { vault.reveal(id) },
            { vault.lock() },
            { vault.isUnlocked() },
            { vault.protection() },
            { vault.suspendStorage() },
            { vault.unlockWithPlatform() },
            { vault.unlockWithPin(secret(PIN)) },
            { vault.beginPlatformUnlock() },
            { vault.issueRecoveryKey() },
            { vault.wipe() },
        )
        for (call in calls) {
            val refused = assertFailsWith<IllegalStateException> { call() }
            assertEquals("The authenticator is closed", refused.message)
        }
        // The file was let go of.
        phone.open().close()
    }

    @Test
    fun `one that is closed during an unlock locks at once, and lets its file go after it`() = withPhone { phone ->
        val vault = phone.create()
        vault.lock()
        phone.keys.whileUnwrapping = { vault.close() }
        assertNotNull(vault.runCatching { unlockWithPlatform() }.exceptionOrNull())
        phone.keys.whileUnwrapping = {}
        assertFailsWith<IllegalStateException> { vault.isUnlocked() }
        phone.open().use { assertEquals(false, it.isUnlocked()) }
    }

    @Test
    fun `what was revealed is gone with what revealed it`() = withVault { vault ->
        val revealed = vault.reveal(vault.addUri(URI))
        val (given, code) = revealed.secret() to revealed.qrCode()
        revealed.close()
        revealed.close()
        assertFailsWith<IllegalStateException> { given.read { it.get(0) } }
        assertFailsWith<IllegalStateException> { code.side() }
        assertFailsWith<IllegalStateException> { revealed.uri() }
    }

    @Test
    fun `what is closed is refused as an argument too`() = withVault { vault ->
        val key = vault.issueRecoveryKey().apply { close() }
        val draft = draft(URI).apply { close() }
        val enrolment = vault.beginPlatformEnrolment().apply { close() }
        val answers = PlatformAnswers(null, ByteArray(0), NOTHING).apply { close() }
        val open = draft(URI)
        val calls = listOf<suspend () -> Any?>(
            { key.toSecretBytes() },
            { vault.confirmRecoveryKey(key) },
            { vault.unlockWithRecoveryKey(key) },
            { vault.protect(Protection.PLATFORM, recoveryKey = key) },
            { vault.rotate(recoveryKey = key) },
            { vault.add(draft) },
            { vault.addAll(listOf(open, draft)) },
            { vault.finishPlatformEnrolment(enrolment, ByteArray(33)) },
            { platformAnswers(enrolment, ByteArray(33)) },
            { Authenticator.finishCreate("${this.vault.path}2", keys, guard, clock, enrolment, ByteArray(33)) },
            { vault.setPin(costed(PIN), answers) },
            { vault.rotate(answers = answers) },
            { vault.issueRecoveryKey(answers = answers) },
            { vault.protect(Protection.PLATFORM, answers = answers) },
        )
        for (call in calls) assertFailsWith<IllegalStateException> { call() }
        // What was given along with it is still good.
        assertIs<Added.New>(open.use { vault.add(it) })
    }

    @Test
    fun `a draft that one thread closes while another adds it is added or refused`() = withVault { vault ->
        val added = (1..200).count {
            val draft = draft(URI)
            val closing = thread { draft.close() }
            val result = runCatching { vault.add(draft, keepDuplicate = true) }
            closing.join()
            result.onFailure { assertIs<IllegalStateException>(it) }
            result.isSuccess
        }
        assertEquals(added, vault.items().size)
    }

    @Test
    fun `a secret that is closed while it is read is overwritten when that is done`() {
        val secret = secret("482913")
        val (reading, closed) = CountDownLatch(1) to CountDownLatch(1)
        var seen = ""
        val reader = thread {
            secret.read { view ->
                reading.countDown()
                closed.await()
                seen = String(CharArray(view.remaining()) { view.get(it).toInt().toChar() })
            }
        }
        reading.await()
        secret.close()
        assertFailsWith<IllegalStateException> { secret.read { } }
        closed.countDown()
        reader.join()
        assertEquals("482913", seen)
        assertFailsWith<IllegalStateException> { RecoveryKey.parse(secret) }
    }
}
