package org.authenticatorcore

import java.io.File
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertIs
import kotlin.time.Duration.Companion.seconds
import org.authenticatorcore.ffi.AccountDraft
import org.authenticatorcore.ffi.AccountKind
import org.authenticatorcore.ffi.Added
import org.authenticatorcore.ffi.Algorithm
import org.authenticatorcore.support.RFC_SECRET
import org.authenticatorcore.support.addUri
import org.authenticatorcore.support.withVault

/** The codes against what the RFCs say, in the vectors that the Rust tests read too. */
class CodesTest {
    @Test
    fun `codes by the time are those of RFC 6238`() = withVault { vault ->
        val vectors = vectors("rfc6238.txt")
        assertEquals(18, vectors.size)
        val ids = mapOf("SHA1" to 20, "SHA256" to 32, "SHA512" to 64).mapValues { (algorithm, length) ->
            val seed = CharArray(length) { "1234567890"[it % 10] }
            val kind = AccountKind.Totp(Algorithm.valueOf(algorithm), 8u, 30u)
            withSecret(base32(seed)) { typed ->
                AccountDraft.fromTypedSecret(typed, "RFC", algorithm, kind)
                    .use { assertIs<Added.New>(vault.add(it)).id }
            }
        }
        for ((seconds, algorithm, code) in vectors) {
            clock.wallMillis = seconds.toLong() * 1000 + 999
            val shown = assertIs<Code.Timed>(vault.currentCodes()[ids.getValue(algorithm)])
            assertEquals(code, shown.text, "$algorithm at $seconds")
            assertEquals("${code.take(4)} ${code.drop(4)}", shown.grouped())
            assertEquals(30_000, shown.validUntilMillis - shown.validFromMillis)
        }
    }

    @Test
    fun `codes by a counter are those of RFC 4226, each given once`() = withVault { vault ->
        val vectors = vectors("rfc4226.txt")
        assertEquals(10, vectors.size)
        val id = vault.addUri("otpauth://hotp/RFC:bob?secret=$RFC_SECRET&counter=0")
        assertEquals(Code.Counter(id), vault.currentCodes()[id])
        for ((counter, _, code) in vectors) {
            assertEquals(code, vault.nextHotpCode(id).text, "counter $counter")
        }
    }

    @Test
    fun `a code says how long it lives, and what it prints has no code`() = withVault { vault ->
        val id = vault.addUri("otpauth://totp/Ex:al?secret=$RFC_SECRET")
        clock.wallMillis = 1_111_111_095_000
        val codes = vault.currentCodes()
        val code = assertIs<Code.Timed>(codes[id])
        assertEquals(1_111_111_110_000, codes.validUntilMillis)
        assertEquals(15.seconds, code.remaining(codes.timeMillis))
        assertEquals(listOf(0f, 0f, 0.5f, 1f, 1f), listOf(-20_000, -15_000, 0, 15_000, 99_000)
            .map { code.progress(codes.timeMillis + it) })
        for (printed in listOf(codes.toString(), code.toString(), vault.toString())) {
            assertFalse(code.text in printed || code.next!! in printed, printed)
        }
    }

    private fun vectors(file: String): List<List<String>> = File("../../tests/vectors/$file").readLines()
        .filter { it.isNotEmpty() && !it.startsWith("#") }
        .map { it.split(Regex(" +")) }

    /** RFC 4648. */
    private fun base32(text: CharArray): CharArray = text.joinToString("") { it.code.toString(2).padStart(8, '0') }
        .chunked(5) { "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[it.toString().padEnd(5, '0').toInt(2)] }
        .toCharArray()
}
