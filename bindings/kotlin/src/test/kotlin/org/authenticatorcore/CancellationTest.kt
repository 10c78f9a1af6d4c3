package org.authenticatorcore

import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.authenticatorcore.support.PIN

import org.authenticatorcore.support.WRONG_PIN
import org.authenticatorcore.support.costed
import org.authenticatorcore.support.secret
import org.authenticatorcore.support.withPhone
import org.authenticatorcore.support.withVault

/** What is left of a call for which nobody waits any more. */
class CancellationTest {
    @Test
    fun `an unlock that was cancelled leaves the vault locked`() = withVault { vault ->
        vault.lock()
        var isAsked = false
        val job = cancelledDuring({ keys.whileUnwrapping = it }) {
            isAsked = true
            vault.unlockWithPlatform()
        }
        assertTrue(isAsked && job.isCancelled)
        assertFalse(vault.isUnlocked())
        keys.whileUnwrapping = {}
        vault.unlockWithPlatform()
        assertTrue(vault.isUnlocked())
    }

    @Test
    fun `a vault whose making or opening was cancelled is let go of`() = withPhone { phone ->
        assertTrue(cancelledDuring({ phone.keys.whileWrapping = it }) { phone.create() }.isCancelled)
        assertTrue(phone.vault.exists())
        val opened = cancelledDuring({ cancel -> phone.clock.whileAsked = cancel }) { phone.open() }
        assertTrue(opened.isCancelled)
        phone.clock.whileAsked = {}
        phone.open().close()
    }

    @Test
    fun `a try that was cancelled before it began is none, and one that was cancelled later counts`() =
        withVault { vault ->
            vault.setPin(costed(PIN))
            vault.lock()
            runBlocking {
                launch(start = CoroutineStart.UNDISPATCHED) {
                    cancel()
                    vault.unlockWithPin(secret(WRONG_PIN))
                }
            }
            assertEquals(10, vault.pinTries().left.toInt())
            val job = cancelledDuring({ clock.whileAsked = it }) { vault.unlockWithPin(secret(WRONG_PIN)) }
            assertTrue(job.isCancelled)
            clock.whileAsked = {}
            assertEquals(9, vault.pinTries().left.toInt())
        }

    @Test
    fun `what a cancelled call gave is discarded once, and what was delivered is not`(): Unit = runBlocking {
        val discarded = ArrayList<Int>()
        lateinit var job: Job
        job = launch(start = CoroutineStart.LAZY) {
            runSlowly<Int>(Dispatchers.IO, { discarded.add(it) }) {
                job.cancel()
                7
            }
        }
        job.join()
        assertEquals(listOf(7), discarded)
        assertEquals(8, runSlowly(Dispatchers.IO, { discarded.add(it) }) { 8 })
        assertEquals(listOf(7), discarded)
    }

    /** Runs `call`, and cancels it at a point that `hook` sets. */
    private fun cancelledDuring(hook: (() -> Unit) -> Unit, call: suspend () -> Unit): Job = runBlocking {
        lateinit var job: Job
        job = launch(start = CoroutineStart.LAZY) { call() }
        hook { job.cancel() }
        job.join()
        job
    }
}
