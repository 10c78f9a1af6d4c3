package org.authenticatorcore.memory

import java.nio.file.Files
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import org.authenticatorcore.support.child
import org.junit.jupiter.api.condition.EnabledOnOs
import org.junit.jupiter.api.condition.OS

/** What an unlocked vault keeps in memory: codes are made of it. */
private val USED_FOR_CODES =
    setOf(Marker.URI_SECRET, Marker.TYPED_SECRET, Marker.MOTP_SECRET, Marker.ACCOUNT_PIN)

/**
 * What is left in memory of secrets that went in as bytes: another process uses a vault, locks it and
 * closes it, and this one searches the other's memory for every piece of eight characters or
 * bytes of them.
 */
@EnabledOnOs(OS.LINUX)
class MemoryScanTest {
    @Test
    fun `nothing that went in as bytes is left after lock and close`() {
        val needles = Needles(Marker.entries)
        val folder = Files.createTempDirectory("scan").toFile()
        // A collector that collects nothing: whatever was left on the heap is there to be found.
        val options = listOf("-XX:+UnlockExperimentalVMOptions", "-XX:+UseEpsilonGC", "-Xlog:disable")
        val subject = child(Subject::class, folder.path, options = options)
        val states = ArrayList<String>()
        try {
            val lines = subject.inputStream.bufferedReader()
            while (true) {
                val (state, process) = (lines.readLine() ?: break).split(' ')
                val found = scan(process, needles)
                // A JVM has more: less was not looked at.
                assertTrue(found.searchedBytes > 32 shl 20, "only ${found.searchedBytes} bytes were searched")
                assertTrue(Marker.CONTROL in found.copies, "what is there was not found")
                val expected = if (state == "used") USED_FOR_CODES else emptySet()
                assertEquals(emptyMap(), found.copies - Marker.CONTROL - expected, "$state: pieces that were found")
                states += state
                subject.outputStream.run { write('\n'.code); flush() }
            }
        } finally {
            subject.destroyForcibly().waitFor()
            folder.deleteRecursively()
        }
        assertEquals(listOf("used", "locked", "closed"), states)
    }
}
