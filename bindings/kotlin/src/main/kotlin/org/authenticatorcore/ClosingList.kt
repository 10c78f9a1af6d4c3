package org.authenticatorcore

/**
 * A list that owns what is in it: [close] lets all of it go, even where one of them fails.
 *
 * What of it you keep for longer, as a draft that is shown, is gone with the list: close the list last.
 */
public class ClosingList<out T> internal constructor(
    private val items: List<T>,
    private val release: (T) -> Unit,
) : List<T> by items, AutoCloseable {
    override fun close(): Unit = forEachEven(items, release)

    override fun equals(other: Any?): Boolean = items == other

    override fun hashCode(): Int = items.hashCode()

    /** Says how many there are: what they print may say whose accounts they are. */
    override fun toString(): String = "ClosingList(size=$size)"
}

/** Closes each of these, even where one fails; the first failure is thrown when all are closed. */
public fun Iterable<AutoCloseable?>.closeAll(): Unit = forEachEven(this) { it?.close() }

/** Does it for all of them; then throws the first failure, with the others in it. */
internal fun <T> forEachEven(items: Iterable<T>, action: (T) -> Unit) {
    var first: Throwable? = null
    for (item in items) {
        try {
            action(item)
        } catch (failure: Throwable) {
            first?.let { if (it !== failure) it.addSuppressed(failure) } ?: run { first = failure }
        }
    }
    first?.let { throw it }
}
