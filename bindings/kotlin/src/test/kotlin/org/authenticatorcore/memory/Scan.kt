package org.authenticatorcore.memory

import java.io.File
import java.io.IOException
import java.io.RandomAccessFile
import java.nio.ByteBuffer

/** So many characters or bytes in a row tell that a secret, or a piece of one, lies there. */
private const val PIECE = 8
private const val LONGEST_PIECE = 2 * PIECE
private const val CHUNK = 1 shl 20
private const val PAGE = 4096

/** What was found of each marker in all memory that a process can write to, and how much was searched. */
internal class Found(val copies: Map<Marker, Int>, val searchedBytes: Long)

/** Every piece of every form of the markers, wherever it begins. */
internal class Needles(markers: Collection<Marker>) {
    private class Piece(val marker: Marker, val bytes: ByteArray)

    private val pieces = HashMap<Long, MutableList<Piece>>()
    private val starts = BooleanArray(1 shl 16)

    init {
        for (marker in markers) {
            for ((form, bytesEach) in marker.forms()) {
                val length = PIECE * bytesEach
                for (at in 0..form.size - length) {
                    val piece = form.copyOfRange(at, at + length)
                    pieces.getOrPut(ByteBuffer.wrap(piece).long) { ArrayList() } += Piece(marker, piece)
                    starts[start(form, at)] = true
                }
            }
        }
    }

    /** Calls `found` for each piece that begins in the first `length` bytes; those behind them are looked at. */
    fun search(bytes: ByteArray, length: Int, found: (Marker) -> Unit) {
        val words = ByteBuffer.wrap(bytes)
        for (at in 0 until length) {
            if (!starts[start(bytes, at)]) continue
            for (piece in pieces[words.getLong(at)] ?: continue) {
                if (piece.bytes.indices.all { bytes[at + it] == piece.bytes[it] }) found(piece.marker)
            }
        }
    }

    private fun start(bytes: ByteArray, at: Int) =
        (bytes[at].toInt() and 0xFF shl 8) or (bytes[at + 1].toInt() and 0xFF)
}

/** Searches the memory of another process, which has to be a child of this one or root's to look into. */
internal fun scan(process: String, needles: Needles): Found {
    val copies = HashMap<Marker, Int>()
    var searched = 0L
    val bytes = ByteArray(CHUNK + LONGEST_PIECE)
    RandomAccessFile("/proc/$process/mem", "r").use { memory ->
        for (line in File("/proc/$process/maps").readLines()) {
            val (range, rights) = line.split(' ')
            if (!rights.startsWith("rw")) continue
            val (from, to) = range.split('-').map { it.toLong(16) }
            var at = from
            while (at < to) {
                // A piece may lie across the end of what is read at once.
                val length = minOf(bytes.size.toLong(), to - at).toInt()
                bytes.fill(0, length)
                read(memory, at, bytes, length)
                val searchedNow = minOf(CHUNK, length)
                searched += searchedNow
                needles.search(bytes, searchedNow) { copies[it] = (copies[it] ?: 0) + 1 }
                at += CHUNK
            }
        }
    }
    return Found(copies, searched)
}

/** Reads what can be read: the guard pages of a stack cannot, and are zeros. */
private fun read(memory: RandomAccessFile, at: Long, bytes: ByteArray, length: Int) {
    try {
        memory.seek(at)
        memory.readFully(bytes, 0, length)
    } catch (_: IOException) {
        for (page in 0 until length step PAGE) {
            val size = minOf(PAGE, length - page)
            try {
                memory.seek(at + page)
                memory.readFully(bytes, page, size)
            } catch (_: IOException) {
                bytes.fill(0, page, page + size)
            }
        }
    }
}
