package org.authenticatorcore

import java.io.File
import java.nio.ByteBuffer
import java.util.UUID
import org.authenticatorcore.ffi.Moment

/**
 * The clocks of a computer with a JVM. On Android an app may not read what this reads: use
 * `AndroidDeviceClock` there.
 *
 * On Linux it counts from the start of the machine, sleep included, in steps of 10 milliseconds
 * (`/proc/uptime`), and knows which start that was (`/proc/sys/kernel/random/boot_id`).
 *
 * Elsewhere the JDK shows neither. It counts from when this object was made, by
 * [System.nanoTime], in which a sleep of the machine may be missing, and takes each object for a
 * start of its own. A wait after wrong PINs then begins anew with each run of the program, and a
 * vault may lock later than it should after a sleep: an app for such a machine should bring a clock.
 */
public class SystemDeviceClock : DeviceClock {
    private val madeNanos = System.nanoTime()
    private val linuxBootId = linuxBootId()
    private val bootId = linuxBootId ?: UUID.randomUUID()

    override fun now(): Moment = Moment(
        wallMillis = System.currentTimeMillis(),
        monotonicMillis = if (linuxBootId != null) uptimeMillis() else (System.nanoTime() - madeNanos) / 1_000_000,
        bootId = ByteBuffer.allocate(16)
            .putLong(bootId.mostSignificantBits)
            .putLong(bootId.leastSignificantBits)
            .array(),
    )

    private companion object {
        fun linuxBootId(): UUID? {
            val file = File("/proc/sys/kernel/random/boot_id")
            return if (UPTIME.canRead() && file.canRead()) UUID.fromString(file.readText().trim()) else null
        }

        /** Its first number is the seconds since the start, with two decimals. */
        fun uptimeMillis(): Long {
            val (seconds, hundredths) = UPTIME.readText().substringBefore(' ').split('.')
            return seconds.toLong() * 1000 + hundredths.toLong() * 10
        }

        val UPTIME = File("/proc/uptime")
    }
}
