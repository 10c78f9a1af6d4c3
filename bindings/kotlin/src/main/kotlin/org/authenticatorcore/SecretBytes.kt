package org.authenticatorcore

import java.nio.ByteBuffer

/**
 * Secret bytes in memory of their own, outside the heap, where no garbage collector copies them;
 * [close] overwrites them.
 *
 * What came in as an array is overwritten there when it was taken, unless you ask otherwise. There is
 * no way in or out as a `String`, which nobody can overwrite. One that is never closed is never
 * overwritten: use [use], or [withSecret].
 *
 * It may be used from any thread. Closed while a call still reads it, it is overwritten when that
 * call is done.
 */
public class SecretBytes private constructor(private val bytes: ByteBuffer) : AutoCloseable {
    private var readers = 0
    private var isClosed = false

    /** How many bytes there are. */
    public val size: Int get() = bytes.capacity()

    /**
     * Gives `block` the bytes to read, from position 0 to the limit, and what it returns. They are
     * not to be used afterwards.
     *
     * @throws IllegalStateException if the secret is closed.
     */
    public inline fun <R> read(block: (ByteBuffer) -> R): R {
        val view = borrow()
        try {
            return block(view)
        } finally {
            giveBack()
        }
    }

    /**
     * Gives `block` a copy of the bytes, which is overwritten when it returns: for a cipher that
     * takes nothing else.
     *
     * @throws IllegalStateException if the secret is closed.
     */
    public inline fun <R> useBytes(block: (ByteArray) -> R): R {
        val copy = read { view -> ByteArray(view.remaining()).also { view.get(it) } }
        try {
            return block(copy)
        } finally {
            copy.fill(0)
        }
    }

    /**
     * Gives `block` the text that the bytes are in UTF-8, which is overwritten when it returns: to be
     * drawn on the screen.
     *
     * @throws IllegalStateException if the secret is closed, or is not UTF-8.
     */
    public inline fun <R> useChars(block: (CharArray) -> R): R {
        val text = read { view -> decodeUtf8(view) }
        try {
            return block(text)
        } finally {
            text.fill('\u0000')
        }
    }

    /** Overwrites the bytes. To close it again does nothing. */
    override fun close() {
        synchronized(this) {
            isClosed = true
            if (readers == 0) wipe(bytes)
        }
    }

    /** Says nothing of the secret. */
    override fun toString(): String = "SecretBytes"

    @PublishedApi
    internal fun borrow(): ByteBuffer = synchronized(this) {
        check(!isClosed) { "The secret is closed" }
        readers += 1
        // The native side takes a buffer from where its memory begins, whatever its position.
        bytes.asReadOnlyBuffer()
    }

    /** It also keeps the memory from being collected while native code reads it. */
    @PublishedApi
    internal fun giveBack() {
        synchronized(this) {
            readers -= 1
            if (isClosed && readers == 0) wipe(bytes)
        }
    }

    public companion object {
        /** Takes bytes, and overwrites the array unless `wipe` is false. */
        public fun from(source: ByteArray, wipe: Boolean = true): SecretBytes {
            try {
                val bytes = ByteBuffer.allocateDirect(source.size)
                for (index in source.indices) bytes.put(index, source[index])
                return SecretBytes(bytes)
            } finally {
                if (wipe) source.fill(0)
            }
        }

        /**
         * Takes text as UTF-8, as an input field gives it, and overwrites the array unless `wipe` is
         * false.
         *
         * @throws IllegalArgumentException if half of a surrogate pair stands alone.
         */
        public fun from(source: CharArray, wipe: Boolean = true): SecretBytes {
            try {
                return SecretBytes(encodeUtf8(source))
            } finally {
                if (wipe) source.fill('\u0000')
            }
        }

        internal fun wipe(bytes: ByteBuffer) {
            for (index in 0 until bytes.capacity()) bytes.put(index, 0)
        }
    }
}

/** Gives `block` the text as a secret, overwritten when it returns, as the array is unless `wipe` is false. */
public inline fun <R> withSecret(source: CharArray, wipe: Boolean = true, block: (SecretBytes) -> R): R =
    SecretBytes.from(source, wipe).use(block)

/** Gives `block` the bytes as a secret, overwritten when it returns, as the array is unless `wipe` is false. */
public inline fun <R> withSecret(source: ByteArray, wipe: Boolean = true, block: (SecretBytes) -> R): R =
    SecretBytes.from(source, wipe).use(block)
