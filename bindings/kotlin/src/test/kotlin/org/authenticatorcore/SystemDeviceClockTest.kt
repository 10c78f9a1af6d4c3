package org.authenticatorcore

import java.io.File
import java.util.UUID
import kotlin.math.abs
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import org.junit.jupiter.api.condition.EnabledOnOs
import org.junit.jupiter.api.condition.OS

/** The clocks of the machine that this runs on. */
class SystemDeviceClockTest {
    @Test
    fun `it shows the wall clock, and time that never goes back`() {
        val clock = SystemDeviceClock()
        val moments = List(100) { clock.now() }
        assertTrue(abs(moments.last().wallMillis - System.currentTimeMillis()) < 60_000)
        assertEquals(moments.map { it.monotonicMillis }.sorted(), moments.map { it.monotonicMillis })
        assertTrue(moments.all { it.bootId.size == 16 && it.bootId.contentEquals(moments.first().bootId) })
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    fun `on Linux it counts from the start of the machine, and knows which that was`() {
        val started = File("/proc/stat").readLines().first { it.startsWith("btime ") }.substringAfter(' ').toLong()
        val now = SystemDeviceClock().now()
        assertTrue(abs(now.wallMillis - now.monotonicMillis - started * 1000) < 60_000, "$now")
        val uuid = UUID.fromString(File("/proc/sys/kernel/random/boot_id").readText().trim())
        val bytes = uuid.toString().replace("-", "").chunked(2).map { it.toInt(16).toByte() }
        assertContentEquals(bytes.toByteArray(), now.bootId)
    }
}
