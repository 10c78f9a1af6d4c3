package org.authenticatorcore

import java.nio.ByteBuffer

/** What one account shows, as the door packs it: `AuthenticatorHandle.codes` has the layout. */
internal class CodeRow(private val rows: ByteArray, index: Int) {
    private val start = index * SIZE
    private val kind get() = rows[start + 16].toInt()

    val id: String
        get() {
            val digits = CharArray(32)
            for (place in 0 until 16) {
                val byte = rows[start + place].toInt()
                digits[2 * place] = HEX[byte shr 4 and 15]
                digits[2 * place + 1] = HEX[byte and 15]
            }
            return String(digits)
        }

    val isTimed: Boolean get() = kind == 1

    val code: String get() = text(17)

    val next: String? get() = text(27).ifEmpty { null }

    val groups: List<Int> get() = (37 until 40).map { rows[start + it].toInt() }.filter { it != 0 }

    val validFromMillis: Long get() = long(40)

    val validUntilMillis: Long get() = long(48)

    fun shown(): Code = when (kind) {
        1 -> Code.Timed(this)
        2 -> Code.Counter(id)
        3 -> Code.PinRequired(id)
        else -> Code.Unreadable(id)
    }

    private fun text(at: Int): String {
        var length = 0
        while (length < LONGEST && rows[start + at + length] != 0.toByte()) length += 1
        return String(rows, start + at, length, Charsets.US_ASCII)
    }

    private fun long(at: Int): Long = ByteBuffer.wrap(rows).getLong(start + at)

    companion object {
        /** How many bytes each account has. */
        const val SIZE = 56

        private const val LONGEST = 10
        private const val HEX = "0123456789abcdef"
    }
}
