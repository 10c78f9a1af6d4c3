package android.system

import java.io.File
import java.io.FileDescriptor
import java.nio.file.Files
import java.nio.file.StandardCopyOption

/** Stands in for the framework's native calls: notes them in their order, and breaks where it is told to. */
object Os {
    val calls: MutableList<String> = mutableListOf()

    /** The call that breaks, as `calls` notes it, and what it throws. */
    var failure: Pair<String, Throwable>? = null

    private val folders = mutableMapOf<FileDescriptor, String>()

    @JvmStatic
    fun open(path: String, flags: Int, mode: Int): FileDescriptor {
        check(flags == OsConstants.O_RDONLY && mode == 0)
        return FileDescriptor().also { folders[it] = File(path).name }
    }

    @JvmStatic
    fun fsync(descriptor: FileDescriptor) {
        note("fsync ${folders[descriptor] ?: "file"}")
        if (descriptor !in folders) descriptor.sync()
    }

    @JvmStatic
    fun close(descriptor: FileDescriptor) {
        checkNotNull(folders.remove(descriptor))
    }

    @JvmStatic
    fun rename(from: String, to: String) {
        note("rename ${File(from).name} ${File(to).name}")
        Files.move(File(from).toPath(), File(to).toPath(), StandardCopyOption.ATOMIC_MOVE)
    }

    /** Whether every descriptor was closed. */
    fun isAllClosed(): Boolean = folders.isEmpty()

    fun reset() {
        calls.clear()
        failure = null
        folders.clear()
    }

    private fun note(call: String) {
        calls += call
        failure?.let { (broken, thrown) -> if (call.startsWith(broken)) throw thrown }
    }
}
