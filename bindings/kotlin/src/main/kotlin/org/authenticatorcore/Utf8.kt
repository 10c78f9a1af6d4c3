package org.authenticatorcore

import java.nio.ByteBuffer

// Written out: the platform's own encoders keep copies of what they encode, which nothing overwrites.

/** The text in UTF-8, in a direct buffer of just that length. */
internal fun encodeUtf8(text: CharArray): ByteBuffer {
    var length = 0
    forEachCodePoint(text) { length += utf8Length(it) }
    val bytes = ByteBuffer.allocateDirect(length)
    var at = 0
    forEachCodePoint(text) { point ->
        val trailing = utf8Length(point) - 1
        // As many ones as the character has bytes, and a zero; none for one byte.
        val mark = if (trailing == 0) 0 else (0xF00 shr (trailing + 1)) and 0xFF
        bytes.put(at++, (mark or (point shr (6 * trailing))).toByte())
        for (left in trailing - 1 downTo 0) {
            bytes.put(at++, (0x80 or ((point shr (6 * left)) and 0x3F)).toByte())
        }
    }
    return bytes
}

/** The text that the bytes are. What is not UTF-8 is refused, without a word of what it is. */
@PublishedApi
internal fun decodeUtf8(bytes: ByteBuffer): CharArray {
    var length = 0
    forEachCodePoint(bytes) { length += Character.charCount(it) }
    val text = CharArray(length)
    var at = 0
    forEachCodePoint(bytes) { at += Character.toChars(it, text, at) }
    return text
}

private fun utf8Length(point: Int): Int = when {
    point < 0x80 -> 1
    point < 0x800 -> 2
    point < 0x10000 -> 3
    else -> 4
}

private inline fun forEachCodePoint(text: CharArray, block: (Int) -> Unit) {
    var at = 0
    while (at < text.size) {
        val point = Character.codePointAt(text, at)
        require(point !in 0xD800..0xDFFF) { "Half of a surrogate pair stands alone" }
        block(point)
        at += Character.charCount(point)
    }
}

private inline fun forEachCodePoint(bytes: ByteBuffer, block: (Int) -> Unit) {
    var at = bytes.position()
    while (at < bytes.limit()) {
        val first = bytes.get(at).toInt() and 0xFF
        val trailing = when (first) {
            in 0x00..0x7F -> 0
            in 0xC2..0xDF -> 1
            in 0xE0..0xEF -> 2
            in 0xF0..0xF4 -> 3
            else -> error("The secret is not UTF-8")
        }
        check(at + trailing < bytes.limit()) { "The secret is not UTF-8" }
        var point = if (trailing == 0) first else first and (0x3F shr trailing)
        for (next in at + 1..at + trailing) {
            val byte = bytes.get(next).toInt() and 0xFF
            check(byte in 0x80..0xBF) { "The secret is not UTF-8" }
            point = (point shl 6) or (byte and 0x3F)
        }
        val isShortest = utf8Length(point) == trailing + 1
        check(isShortest && point !in 0xD800..0xDFFF && point <= 0x10FFFF) { "The secret is not UTF-8" }
        block(point)
        at += trailing + 1
    }
}
