package org.authenticatorcore.android

import android.os.SystemClock
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertTrue

class AndroidDeviceClockTest {
    @Test
    fun `the boot id is the boot count, filled with zeros`() {
        SystemClock.elapsedMillis = 1234
        val moment = AndroidDeviceClock { 0x01020304 }.now()

        assertContentEquals(ByteArray(12) + byteArrayOf(1, 2, 3, 4), moment.bootId)
        assertEquals(1234, moment.monotonicMillis)
        assertTrue(moment.wallMillis > 1_700_000_000_000)
    }

    @Test
    fun `without a boot count, each clock is a start of its own, and stays it`() {
        val clock = AndroidDeviceClock { null }
        val first = clock.now().bootId

        assertEquals(16, first.size)
        assertTrue(first[0] < 0)
        assertContentEquals(first, clock.now().bootId)
        assertFalse(first.contentEquals(AndroidDeviceClock { null }.now().bootId))
    }

    @Test
    fun `the setting is asked once, and what a caller does to a moment changes no other`() {
        var asked = 0
        val clock = AndroidDeviceClock { ++asked }
        clock.now().bootId.fill(9)

        assertEquals(1, clock.now().bootId.last())
        assertEquals(1, asked)
    }
}
