package org.authenticatorcore.benchmark

import java.io.File
import java.nio.file.Files
import kotlin.experimental.xor
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.runBlocking
import org.authenticatorcore.Authenticator
import org.authenticatorcore.Code
import org.authenticatorcore.DeviceClock
import org.authenticatorcore.baseline.Entry
import org.authenticatorcore.baseline.EntryKind
import org.authenticatorcore.baseline.generateCodes
import org.authenticatorcore.ffi.AccountDraft
import org.authenticatorcore.ffi.AutoLock
import org.authenticatorcore.ffi.KeyWrapper
import org.authenticatorcore.ffi.Moment
import org.authenticatorcore.ffi.RollbackGuard
import org.authenticatorcore.ffi.SecurityLevel
import org.authenticatorcore.fromUri
import org.authenticatorcore.withSecret

/** Measures what an app pays for the codes on its screen, and prints a line of JSON for each thing. */
fun main(): Unit = runBlocking {
    val entries = (0 until 1000).map(::entry)
    for (count in listOf(100, 1000)) {
        val folder = Files.createTempDirectory("door").toFile()
        try {
            val clock = Ticking()
            vault(folder, entries.take(count), clock).use { vault ->
                measure(
                    "kotlin_tick_$count",
                    "ours" to {
                        val texts = vault.currentCodes().map { (it as Code.Timed).text }
                        check(texts.size == count)
                    },
                    "baseline" to {
                        val now = clock.now().wallMillis / 1000
                        check(generateCodes(entries.take(count), now.toULong()).size == count)
                    },
                )
                if (count == 100) measure("kotlin_call", "ours" to { vault.hasRecoveryKey() })
            }
        } finally {
            folder.deleteRecursively()
        }
    }
}

/** The middle of many turns, taken by turns. */
private fun measure(name: String, vararg sides: Pair<String, () -> Unit>) {
    val turn = { side: () -> Unit, times: Int ->
        val start = System.nanoTime()
        repeat(times) { side() }
        (System.nanoTime() - start).toDouble() / times
    }
    // Enough for the compiler of the virtual machine to be done.
    for ((_, side) in sides) {
        val end = System.nanoTime() + WARM_UP_NANOS
        while (System.nanoTime() < end) side()
    }
    val samples = sides.map { mutableListOf<Double>() }
    val times = sides.map { (_, side) -> (TURN_NANOS / turn(side, 5)).toInt().coerceIn(1, 100_000) }
    repeat(TURNS) {
        for (index in sides.indices) samples[index].add(turn(sides[index].second, times[index]))
    }
    for (index in sides.indices) {
        val median = samples[index].sorted()[TURNS / 2]
        println("""{"id":"$name/${sides[index].first}","value":$median}""")
    }
}

private const val WARM_UP_NANOS = 2_000_000_000L
private const val TURN_NANOS = 20_000_000.0
private const val TURNS = 51

/** A phone's clock that goes on by a second with each look, as between two ticks of a screen. */
private class Ticking : DeviceClock {
    private var seconds = 1_750_000_000L

    override fun now(): Moment {
        seconds += 1
        return Moment(seconds * 1000, seconds, ByteArray(16))
    }
}

private suspend fun vault(folder: File, entries: List<Entry>, clock: DeviceClock): Authenticator {
    val path = File(folder, "vault").path
    val vault = Authenticator.create(path, MemoryKey, MemoryGuard(), clock)
    vault.setAutoLock(AutoLock(null, null), 60.seconds)
    val drafts = entries.map { entry ->
        withSecret(entry.uri.toByteArray()) { AccountDraft.fromUri(it) }
    }
    vault.addAll(drafts)
    drafts.forEach { it.close() }
    return vault
}

private fun entry(number: Int): Entry {
    val secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQ" + base32(number)
    val name = "person$number@example.com"
    val issuer = "Service $number"
    val uri = "otpauth://totp/Service%20$number:$name?secret=$secret&issuer=Service%20$number"
    return Entry("%032x".format(number), name, uri, 30u, issuer, secret, null, EntryKind.TOTP)
}

/** Three digits of base32, so that no two secrets are one. */
private fun base32(number: Int): String =
    listOf(10, 5, 0).map { "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[number shr it and 31] }.joinToString("")

private object MemoryKey : KeyWrapper {
    override fun securityLevel() = SecurityLevel.SOFTWARE
    override fun wrap(key: ByteArray) = ByteArray(key.size) { key[it] xor 0x5a }
    override fun unwrap(wrapped: ByteArray) = wrap(wrapped)
    override fun prf(input: ByteArray): ByteArray? = null
    override fun delete() = Unit
}

private class MemoryGuard : RollbackGuard {
    private val kept = HashMap<String, ByteArray>()
    override fun read(vaultId: String) = kept[vaultId]
    override fun replace(vaultId: String, state: ByteArray) {
        kept[vaultId] = state
    }
}
