package org.authenticatorcore

/** What one account shows, as the door packs it: `AuthenticatorHandle.codes` has the layout. */
internal class CodeRow(private val rows: String, index: Int) {
    private val start = index * SIZE
    private val kind get() = rows[start + 32]

    val id: String get() = rows.substring(start, start + 32)

    val isTimed: Boolean get() = kind == '1'

    val code: String get() = text(33)

    val next: String? get() = text(43).ifEmpty { null }

    val groups: List<Int> get() = (53..55).map { rows[start + it] }.filter { it != ' ' }.map(Char::digitToInt)

    val validFromMillis: Long get() = number(56)

    val validUntilMillis: Long get() = number(75)

    fun shown(): Code = when (kind) {
        '1' -> Code.Timed(this)
        '2' -> Code.Counter(id)
        '3' -> Code.PinRequired(id)
        else -> Code.Unreadable(id)
    }

    private fun text(at: Int): String {
        var end = start + at
        while (end < start + at + 10 && rows[end] != ' ') end += 1
        return rows.substring(start + at, end)
    }

    private fun number(at: Int): Long {
        var number = 0L
        for (place in start + at until start + at + 19) number = number * 10 + (rows[place] - '0')
        return number
    }

    companion object {
        /** How many characters each account has. */
        const val SIZE = 94
    }
}
