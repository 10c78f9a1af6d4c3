package org.authenticatorcore

import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertIs
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.runBlocking
import org.authenticatorcore.ffi.AuthenticatorException
import org.authenticatorcore.ffi.AutoLock
import org.authenticatorcore.ffi.ClockSample
import org.authenticatorcore.ffi.Edit
import org.authenticatorcore.ffi.PinProblem
import org.authenticatorcore.ffi.Protection
import org.authenticatorcore.ffi.RecoveryKey
import org.authenticatorcore.support.NEW_PIN
import org.authenticatorcore.support.PIN
import org.authenticatorcore.support.withPhone
import org.authenticatorcore.support.RFC_SECRET
import org.authenticatorcore.support.WRONG_PIN
import org.authenticatorcore.support.addUri
import org.authenticatorcore.support.costed
import org.authenticatorcore.support.secret
import org.authenticatorcore.support.withVault

private const val URI = "otpauth://totp/Example:alice?secret=$RFC_SECRET&issuer=Example"

/** A vault from its making to its end. */
class VaultLifeTest {
    @Test
    fun `a vault is made, locked, opened by PIN and recovery key, rotated and wiped`() = withPhone { phone ->
        val key = phone.create().use { vault ->
            vault.addUri(URI)
            vault.setPin(costed(PIN))
            val key = vault.issueRecoveryKey(costed(PIN))
            assertFalse(vault.isRecoveryKeyConfirmed())
            vault.confirmRecoveryKey(key)
            assertTrue(vault.isRecoverySettled() && vault.hasRecoveryKey())
            vault.protect(Protection.PIN, costed(PIN), key)
            assertEquals(Protection.PIN, vault.protection())
            vault.rotate(costed(PIN), key)

            vault.lock()
            assertFalse(vault.isUnlocked())
            assertFailsWith<AuthenticatorException.Locked> { vault.items() }
            assertEquals(Refused.WrongPin(9), vault.unlockWithPin(secret(WRONG_PIN)))
            assertIs<UnlockResult.Unlocked>(vault.unlockWithPin(secret(PIN)))
            assertEquals(10, vault.pinTries().left.toInt())
            vault.setPin(costed(NEW_PIN))
            key
        }
        phone.open().use { vault ->
            val typed = key.toSecretBytes().use { RecoveryKey.parse(it) }
            assertIs<UnlockResult.Unlocked>(vault.unlockWithRecoveryKey(typed))
            assertEquals(listOf("alice"), vault.items().map { it.name })
            vault.lock()
            assertIs<UnlockResult.Unlocked>(vault.unlockWithPin(secret(NEW_PIN)))
            vault.wipe()
        }
        assertFalse(phone.vault.exists())
    }

    @Test
    fun `ten wrong PINs destroy it, with waits between, and the platform's key still opens`() = withVault { vault ->
        vault.setPin(costed(PIN))
        vault.lock()
        var wait = 30.seconds
        for (left in 9 downTo 1) {
            assertEquals(Refused.WrongPin(left), vault.unlockWithPin(secret(WRONG_PIN)))
            if (left > 5) continue
            assertEquals(wait, vault.pinTries().wait)
            clock.pass(10.seconds)
            val until = clock.wallMillis + (wait - 10.seconds).inWholeMilliseconds
            assertEquals(Refused.Throttled(wait - 10.seconds, until), vault.unlockWithPin(secret(PIN)))
            clock.pass(wait - 10.seconds)
            wait *= 2
        }
        assertEquals(Refused.PinDestroyed, vault.unlockWithPin(secret(WRONG_PIN)))
        assertEquals(Refused.PinDestroyed, vault.unlockWithPin(secret(PIN)))
        assertIs<UnlockResult.Unlocked>(vault.unlockWithPlatform())
    }

    @Test
    fun `accounts are edited, ordered, put in the trash and brought back`() = withVault { vault ->
        val alice = vault.addUri(URI)
        val bob = vault.addUri("otpauth://totp/Bank:bob?secret=MFRGGZDFMZTWQ2LK")
        vault.edit(alice, Edit.Issuer(null), Edit.Name("Alice"), Edit.Tags(listOf("work")))
        assertEquals(listOf(alice), vault.search("WORK").map { it.id })
        vault.moveBefore(bob, alice)
        assertEquals(listOf(bob, alice), vault.items().map { it.id })
        vault.noteUse(bob)
        assertEquals(1u, vault.item(bob).useCount)
        vault.putInTrash(listOf(alice))
        assertEquals(listOf(alice), vault.trash().map { it.id })
        assertEquals(listOf(bob), vault.currentCodes().map { it.id })
        assertTrue(vault.canUndo())
        vault.undo()
        assertEquals(2, vault.items().size)
        vault.putInTrash(listOf(bob))
        vault.takeFromTrash(listOf(bob))
        vault.putInTrash(listOf(bob))
        vault.purge(listOf(bob))
        assertFailsWith<AuthenticatorException.EntryNotFound> { vault.item(bob) }
        vault.edit(alice, Edit.Icon(byteArrayOf(1, 2)))
        assertEquals(listOf<Byte>(1, 2), vault.icon(alice)?.toList())
        assertTrue(vault.verify() > 0)
    }

    @Test
    fun `presence runs out, and is proved anew`() = withVault { vault ->
        vault.setPin(costed(PIN))
        vault.setAutoLock(AutoLock(null, null), presence = 60.seconds)
        val id = vault.addUri(URI)
        clock.pass(61.seconds)
        assertFailsWith<AuthenticatorException.PresenceNeeded> { vault.reveal(id) }
        assertEquals(Refused.WrongPin(9), vault.provePresenceWithPin(secret(WRONG_PIN)))
        assertEquals(PresenceResult.Proved, vault.provePresenceWithPin(secret(PIN)))
        vault.reveal(id).close()
        clock.pass(61.seconds)
        assertEquals(PresenceResult.Proved, vault.provePresenceWithPlatform())
        vault.reveal(id).close()
    }

    @Test
    fun `a vault locks itself off the screen, and its file can be let go of`() = withVault { vault ->
        vault.setAutoLock(AutoLock(null, 30u), presence = 60.seconds)
        assertEquals(AutoLock(null, 30u), vault.autoLock())
        vault.enterBackground()
        vault.suspendStorage()
        assertFailsWith<AuthenticatorException.Suspended> { vault.addUri(URI) }
        clock.pass(29.seconds)
        vault.resumeStorage()
        vault.enterForeground()
        assertTrue(vault.isUnlocked())
        vault.noteInteraction()
        vault.enterBackground()
        clock.pass(31.seconds)
        vault.enterForeground()
        assertFalse(vault.isUnlocked())
    }

    @Test
    fun `a clock that is off is noticed, and codes are made for the true time`() = withVault { vault ->
        vault.addUri("$URI&digits=8")
        assertNull(vault.clockOffset())
        vault.learnTime(ClockSample(clock.wallMillis - 300_000, vault.now(), vault.now()))
        assertEquals(300L, vault.clockOffset()?.seconds)
        assertTrue(vault.isClockOff(30.seconds) && !vault.isClockOff(3600.seconds))
        val corrected = vault.currentCodes(useCorrectedTime = true)
        // The middle of the second that the server named.
        assertEquals(clock.wallMillis - 300_000 + 500, corrected.timeMillis)
        clock.wallMillis -= 300_000
        assertEquals(vault.currentCodes().toList(), corrected.toList())
    }

    @Test
    fun `a PIN is looked at before it is set, and its cost measured`(): Unit = runBlocking {
        assertNull(secret(PIN).use(Authenticator::problemOfNewPin))
        assertEquals(PinProblem.TOO_SHORT, secret("48291").use(Authenticator::problemOfNewPin))
        assertEquals(PinProblem.TOO_COMMON, secret("123456").use(Authenticator::problemOfNewPin))
        val cost = Authenticator.calibratePinCost()
        assertTrue(cost.memoryKib in 19_456u..65_536u && cost.passes in 2u..64u, "$cost")
        assertEquals(3, Authenticator.libraryVersion.split('.').size)
    }
}
