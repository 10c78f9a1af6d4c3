package org.authenticatorcore

import java.nio.ByteBuffer
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import org.authenticatorcore.support.secret

/** Secrets in memory of their own. */
class SecretBytesTest {
    @Test
    fun `text is the UTF-8 that the platform makes of it, and comes back`() {
        val edges = listOf("a\u0000\u007F\u0080\u07FF\u0800\uFFFF\uD7FF\uE000", "\uD800\uDC00\uDBFF\uDFFF")
        for (text in listOf("", "482913", "pässwörd", "漢字", "😀") + edges) {
            secret(text).use { secret ->
                secret.useBytes { assertContentEquals(text.toByteArray(), it) }
                secret.useChars { assertEquals(text, String(it)) }
                assertEquals(text.toByteArray().size, secret.size)
            }
        }
    }

    @Test
    fun `half a surrogate pair is no text, and what is not UTF-8 is none`() {
        for (text in listOf("\uD800", "a\uDC00b", "\uD800\uD800")) {
            val source = text.toCharArray()
            val refused = assertFailsWith<IllegalArgumentException> { SecretBytes.from(source) }
            assertFalse(text in refused.toString())
            assertTrue(source.all { it == '\u0000' })
        }
        val others = listOf("80", "c0af", "e08080", "eda080", "f4908080", "f5", "c3", "e282", "41e28241")
        for (hex in others) {
            val bytes = hex.chunked(2).map { it.toInt(16).toByte() }.toByteArray()
            SecretBytes.from(bytes).use { assertFailsWith<IllegalStateException>(hex) { it.useChars { } } }
        }
    }

    @Test
    fun `what it was taken from is overwritten, unless it is to stay`() {
        val (chars, bytes) = "482913".toCharArray() to byteArrayOf(1, 2, 3)
        withSecret(chars, wipe = false) { assertEquals(6, it.size) }
        withSecret(bytes, wipe = false) { assertEquals(3, it.size) }
        assertEquals("482913", String(chars))
        assertContentEquals(byteArrayOf(1, 2, 3), bytes)
        withSecret(chars) { }
        withSecret(bytes) { }
        assertTrue(chars.all { it == '\u0000' } && bytes.all { it == 0.toByte() })
    }

    @Test
    fun `copies and the secret itself are overwritten, whatever happens meanwhile`() {
        val secret = secret("482913")
        lateinit var view: ByteBuffer
        lateinit var chars: CharArray
        lateinit var bytes: ByteArray
        secret.read { view = it }
        assertTrue(view.isDirect && view.isReadOnly)
        assertFailsWith<IndexOutOfBoundsException> { secret.useChars { chars = it; throw IndexOutOfBoundsException() } }
        assertFailsWith<IndexOutOfBoundsException> { secret.useBytes { bytes = it; throw IndexOutOfBoundsException() } }
        assertTrue(chars.all { it == '\u0000' } && bytes.all { it == 0.toByte() })
        assertEquals('4'.code.toByte(), view.get(0))
        secret.close()
        secret.close()
        assertTrue((0 until 6).all { view.get(it) == 0.toByte() })
        assertFailsWith<IllegalStateException> { secret.useBytes { } }
        assertFalse("4" in secret.toString())
    }
}
