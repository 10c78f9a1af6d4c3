package org.authenticatorcore.android

import android.system.Os
import android.system.OsConstants
import java.io.File
import java.io.FileOutputStream
import java.io.IOException

/** A small file that is replaced as a whole, and so that it outlasts a loss of power. */
internal class DurableFile(private val file: File) {
    /** Its first bytes, at most [most]; none if there is no file. */
    fun read(most: Int): ByteArray? {
        if (!file.exists()) {
            // Where the folder cannot be looked into, it is not known that there is none.
            if (folder.exists() && folder.list() == null) {
                throw IOException("the folder cannot be read")
            }
            return null
        }
        return file.inputStream().use { input ->
            val bytes = ByteArray(most)
            var length = 0
            while (length < most) {
                val count = input.read(bytes, length, most - length)
                if (count < 0) {
                    break
                }
                length += count
            }
            bytes.copyOf(length)
        }
    }

    /** Once this returns, [bytes] are there; if it throws, they or what was there before. */
    fun replace(bytes: ByteArray) {
        makeFolder(folder)
        val next = File(folder, "${file.name}.new")
        try {
            FileOutputStream(next).use { output ->
                output.write(bytes)
                Os.fsync(output.fd)
            }
            Os.rename(next.path, file.path)
        } catch (failure: Throwable) {
            next.delete()
            throw failure
        }
        syncFolder(folder)
    }

    /** No error if there is none. */
    fun delete() {
        if (!file.delete() && file.exists()) {
            throw IOException("the file cannot be removed")
        }
    }

    private val folder: File get() = file.absoluteFile.parentFile ?: throw IOException("no folder")
}

private fun makeFolder(folder: File) {
    if (folder.isDirectory) {
        return
    }
    val parent = folder.parentFile ?: throw IOException("no folder")
    makeFolder(parent)
    if (!folder.mkdir() && !folder.isDirectory) {
        throw IOException("the folder cannot be made")
    }
    syncFolder(parent)
}

/** Makes durable what a folder holds: names, not contents. */
private fun syncFolder(folder: File) {
    val descriptor = Os.open(folder.path, OsConstants.O_RDONLY, 0)
    try {
        Os.fsync(descriptor)
    } finally {
        Os.close(descriptor)
    }
}
