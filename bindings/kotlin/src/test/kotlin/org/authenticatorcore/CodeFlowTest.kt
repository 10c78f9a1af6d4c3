package org.authenticatorcore

import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertIs
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.Job
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.test.StandardTestDispatcher
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.advanceTimeBy
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.authenticatorcore.ffi.AuthenticatorException
import org.authenticatorcore.ffi.AutoLock
import org.authenticatorcore.ffi.ClockSample
import org.authenticatorcore.ffi.Edit
import org.authenticatorcore.ffi.Moment
import org.authenticatorcore.support.Phone
import org.authenticatorcore.support.RFC_SECRET
import org.authenticatorcore.support.addUri

private const val SECRET = "?secret=$RFC_SECRET"

/** 17 seconds and 250 milliseconds before a period of 30 seconds is over. */
private const val START = 1_111_111_092_750

/** The flow of codes, on a clock that a test moves. */
@OptIn(ExperimentalCoroutinesApi::class)
class CodeFlowTest {
    private class Seen(val at: Long, val codes: Codes)

    /** A vault on a clock that goes with the test's, and what its flow gives. */
    private class Screen(
        private val scope: TestScope,
        private val phone: Phone,
        private val dispatcher: CoroutineDispatcher,
    ) {
        /** How much the wall clock was set by. */
        var set = 0L
        lateinit var vault: Authenticator
        val seen = ArrayList<Seen>()

        /** How often the clock was read. */
        var reads = 0

        val wall get() = START + set + scope.testScheduler.currentTime

        suspend fun make() {
            val clock = DeviceClock {
                reads += 1
                Moment(wall, 5_000 + scope.testScheduler.currentTime, ByteArray(16))
            }
            vault = phone.create(clock, dispatcher)
        }

        fun collect(useCorrectedTime: Boolean = false, eachTakes: Long = 0): Job = scope.launch {
            vault.codes(useCorrectedTime).collect {
                seen += Seen(wall, it)
                delay(eachTakes)
            }
        }

        fun after(millis: Long) {
            scope.advanceTimeBy(millis)
            scope.runCurrent()
        }
    }

    private fun screen(test: suspend Screen.() -> Unit) = runTest {
        Phone().use { phone ->
            val screen = Screen(this, phone, StandardTestDispatcher(testScheduler))
            screen.make()
            screen.vault.use { screen.test() }
            testScheduler.runCurrent()
        }
    }

    @Test
    fun `it emits at once and then exactly when any code is over`() = screen {
        vault.addUri("otpauth://totp/A:thirty$SECRET")
        vault.addUri("otpauth://totp/B:sixty$SECRET&period=60")
        val short = vault.addUri("otpauth://totp/C:twenty$SECRET&period=20")
        val job = collect()
        after(0)
        after(70_000)
        val boundaries = listOf(START) + listOf(100, 110, 120, 140, 160).map { 1_111_111_000_000L + it * 1000 }
        assertEquals(boundaries, seen.map { it.at })
        for (one in seen) {
            assertEquals(one.at, one.codes.timeMillis)
            assertTrue(one.codes.all { it is Code.Timed && one.at in it.validFromMillis until it.validUntilMillis })
        }
        assertEquals(5, seen.map { it.codes[short] }.toSet().size)
        job.cancel()
    }

    @Test
    fun `it emits again after each change, and starts no work before it is collected`() = screen {
        val flow = vault.codes()
        val before = reads
        after(5_000)
        assertEquals(before, reads)
        val job = collect()
        after(0)
        assertEquals(listOf(0), seen.map { it.codes.size })
        val id = vault.addUri("otpauth://totp/A:al$SECRET")
        after(0)
        vault.edit(id, Edit.Name("alice"))
        after(0)
        vault.putInTrash(listOf(id))
        after(0)
        vault.undo()
        after(0)
        assertEquals(listOf(0, 1, 1, 0, 1), seen.map { it.codes.size })
        assertEquals(setOf(START + 5_000), seen.map { it.at }.toSet())
        job.cancel()
        assertEquals(1, flow.first().size)
    }

    @Test
    fun `a clock that was set is noticed within a second, forwards and back`() = screen {
        val id = vault.addUri("otpauth://totp/A:al$SECRET")
        val job = collect()
        after(0)
        for (by in listOf(3_600_000L, -7_200_000L)) {
            val before = seen.size
            set += by
            after(1_000)
            assertEquals(before + 1, seen.size)
            val code = assertIs<Code.Timed>(seen.last().codes[id])
            assertTrue(wall in code.validFromMillis until code.validUntilMillis)
        }
        job.cancel()
    }

    @Test
    fun `a collector that was held up gets the newest codes alone`() = screen {
        vault.addUri("otpauth://totp/A:al$SECRET&period=10")
        val job = collect(eachTakes = 95_000)
        after(0)
        after(95_000)
        assertEquals(2, seen.size)
        val code = assertIs<Code.Timed>(seen.last().codes.single())
        assertTrue(seen.last().at in code.validFromMillis until code.validUntilMillis)
        job.cancel()
    }

    @Test
    fun `it clears the screen and ends when the vault locks, locks itself, or is closed`() = screen {
        vault.addUri("otpauth://totp/A:al$SECRET")
        val locked = collect()
        after(0)
        vault.lock()
        after(0)
        assertTrue(locked.isCompleted && seen.last().codes.isEmpty())

        seen.clear()
        val neverOpen = collect()
        after(0)
        assertTrue(neverOpen.isCompleted && seen.single().codes.isEmpty())

        assertIs<UnlockResult.Unlocked>(vault.unlockWithPlatform())
        vault.setAutoLock(AutoLock(3u, null), 60.seconds)
        val idle = collect()
        after(0)
        after(2_900)
        assertTrue(idle.isActive)
        after(1_200)
        assertTrue(idle.isCompleted && seen.last().codes.isEmpty())

        assertIs<UnlockResult.Unlocked>(vault.unlockWithPlatform())
        val closed = collect()
        after(0)
        assertEquals(1, seen.last().codes.size)
        vault.close()
        after(0)
        assertTrue(closed.isCompleted && seen.last().codes.isEmpty())
        assertFailsWith<IllegalStateException> { vault.codes() }
    }

    @Test
    fun `by the corrected time it emits when the true second begins`() = screen {
        vault.addUri("otpauth://totp/A:al$SECRET")
        // Half a second after the second that the server named, the phone showed this.
        val sent = vault.now()
        vault.learnTime(ClockSample(START / 1000 * 1000 - 600_000, sent, vault.now()))
        val ahead = sent.wallMillis - (START / 1000 * 1000 - 600_000 + 500)
        val job = collect(useCorrectedTime = true)
        after(0)
        after(60_000)
        val boundaries = listOf(START - ahead) + listOf(1_111_110_510_000, 1_111_110_540_000)
        assertEquals(boundaries, seen.map { it.codes.timeMillis })
        assertEquals(boundaries, seen.map { it.at - ahead })
        job.cancel()
    }

    @Test
    fun `what is wrong with the vault is thrown to the collector`() = screen {
        vault.addUri("otpauth://totp/A:al$SECRET")
        set = -2 * START
        assertFailsWith<AuthenticatorException.InvalidMoment> { vault.codes().collect {} }
        set = 0
    }
}
