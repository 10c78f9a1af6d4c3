package org.authenticatorcore

import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import org.authenticatorcore.ffi.CounterCode

/**
 * What an account shows at one moment. A code is a secret for as long as it lives: it is for the
 * screen, and what this prints has none.
 */
public sealed interface Code {
    /** The account. */
    public val id: String

    /** A code by the time. */
    public class Timed internal constructor(private val row: CodeRow) : Code {
        override val id: String get() = row.id

        /** The code, as it is typed. */
        public val text: String get() = row.code

        /** The one that follows; none only at the end of time. */
        public val next: String? get() = row.next

        /** Since when it is valid: milliseconds since 1970. */
        public val validFromMillis: Long get() = row.validFromMillis

        /** When it is over, and the next one begins: milliseconds since 1970. */
        public val validUntilMillis: Long get() = row.validUntilMillis

        /** The code as it is read, `123 456`: in groups, with `separator` between them. */
        public fun grouped(separator: String = " "): String = grouped(text, row.groups, separator)

        /** How long it is still valid at a time in milliseconds since 1970, as of [Codes.timeMillis]. */
        public fun remaining(timeMillis: Long): Duration =
            (validUntilMillis - timeMillis).coerceIn(0, validUntilMillis - validFromMillis).milliseconds

        /** How much of its life is over at a time in milliseconds since 1970: from 0 to 1. */
        public fun progress(timeMillis: Long): Float {
            val life = (validUntilMillis - validFromMillis).milliseconds
            return (1 - remaining(timeMillis) / life).toFloat()
        }

        /** As of every [Code]: the same account, code and time. */
        override fun equals(other: Any?): Boolean = other is Timed && other.id == id &&
            other.text == text && other.validFromMillis == validFromMillis

        override fun hashCode(): Int = id.hashCode() * 31 + validFromMillis.hashCode()

        /** Names the account by its id, and not the code. */
        override fun toString(): String = "Timed(id=$id, validUntilMillis=$validUntilMillis)"
    }

    /** Codes go by a counter: call [Accounts.nextHotpCode] when one is needed. */
    public data class Counter(override val id: String) : Code

    /** The account's own PIN is not kept, so that there is no code. */
    public data class PinRequired(override val id: String) : Code

    /** The account cannot be read from the vault now. */
    public data class Unreadable(override val id: String) : Code
}

/** A code by a counter, which is given once. What it prints has no code. */
public class HotpCode internal constructor(private val code: CounterCode) {
    /** The code, as it is typed. */
    public val text: String get() = code.code

    /** The code as it is read, `123 456`: in groups, with `separator` between them. */
    public fun grouped(separator: String = " "): String = grouped(text, code.groups, separator)

    override fun toString(): String = "HotpCode"
}

/**
 * What every account outside the trash shows at one moment, in no order: look up what belongs to an
 * item by its id. What nobody looks at is never made an object of.
 */
public class Codes internal constructor(
    private val rows: String,
    /** The time that they were made for: milliseconds since 1970. */
    public val timeMillis: Long,
) : AbstractList<Code>(), RandomAccess {
    private val places by lazy { indices.associateBy { CodeRow(rows, it).id } }

    override val size: Int get() = rows.length / CodeRow.SIZE

    override fun get(index: Int): Code {
        if (index !in indices) throw IndexOutOfBoundsException("$index of $size")
        return CodeRow(rows, index).shown()
    }

    /** What an account shows; none for one that is not among them. */
    public operator fun get(id: String): Code? = places[id]?.let { get(it) }

    private val timed get() = indices.asSequence().map { CodeRow(rows, it) }.filter { it.isTimed }

    /** When the last of them began. */
    private val validFromMillis: Long? by lazy { timed.maxOfOrNull { it.validFromMillis } }

    /** When the first of them is over; none if none goes by the time. Milliseconds since 1970. */
    public val validUntilMillis: Long? by lazy { timed.minOfOrNull { it.validUntilMillis } }

    /** Whether all of them are shown at this time too. */
    internal fun holdAt(timeMillis: Long): Boolean =
        (validFromMillis?.let { timeMillis >= it } ?: true) && (validUntilMillis?.let { timeMillis < it } ?: true)

    /** Says how many there are, and no code. */
    override fun toString(): String = "Codes(size=$size, timeMillis=$timeMillis)"
}

private fun grouped(text: String, groups: List<Int>, separator: String): String {
    var at = 0
    return groups.joinToString(separator) { length -> text.substring(at, at + length).also { at += length } }
}
