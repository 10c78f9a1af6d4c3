package org.authenticatorcore.android

import android.content.Context
import java.io.File
import javax.crypto.SecretKey
import org.authenticatorcore.ffi.PlatformException
import org.authenticatorcore.ffi.RollbackGuard

private const val FORMAT: Byte = 1
private const val HEADER_LENGTH = 1 + GCM_NONCE_LENGTH
private const val MOST_STATE = 255
private const val LEAST_FILE = HEADER_LENGTH + GCM_TAG_LENGTH
private const val MOST_FILE = HEADER_LENGTH + MOST_STATE + GCM_TAG_LENGTH
private const val ALIAS = "authenticator-core.guard"
private const val SUFFIX = ".guard"
private val VAULT_ID = Regex("[0-9a-f]{32}")

/**
 * What is remembered of each vault outside its file: one file a vault, in `noBackupFilesDir`, which
 * no backup and no transfer to another phone takes, sealed by a Keystore key that asks nobody.
 *
 * A file that is there and does not open is `Unavailable`, whatever the reason: no PIN is tried then,
 * and none is given back its tries. Only a file that is not there is no memory. Who has root can
 * remove it, and with it the PIN, not the tries; who has root can put it back with the vault's file,
 * too, which nothing here notices.
 *
 * It may be used from any thread, of one process.
 */
public class KeystoreRollbackGuard internal constructor(private val folder: () -> File) : RollbackGuard {
    /** Keeps files in the app's `noBackupFilesDir`. */
    public constructor(context: Context) : this(folderIn(context.applicationContext ?: context))

    override fun read(vaultId: String): ByteArray? = orUnavailable {
        val file = fileOf(vaultId)
        synchronized(LOCK) { opened(file, vaultId) }
    }

    override fun replace(vaultId: String, state: ByteArray): Unit = try {
        orUnavailable {
            require(state.size <= MOST_STATE) { "The state is too long" }
            val file = fileOf(vaultId)
            synchronized(LOCK) {
                // A key that is there is not replaced: it seals the other vaults' files too.
                val cipher = sealing(Keystore.keyOrNew(ALIAS, ::newKey))
                cipher.updateAAD(associatedData(vaultId))
                file.replace(byteArrayOf(FORMAT) + cipher.iv + cipher.doFinal(state))
            }
        }
    } finally {
        state.fill(0)
    }

    /**
     * Forgets what can never be read again, because the Keystore has lost the key or the file was
     * altered; whether there was any. What only cannot be read now stays.
     *
     * Call it where every unlock says that the guard is unavailable, also after the phone was
     * started anew, and tell the person: the PIN then has to be set anew, and nothing tells whether
     * the vault is the newest.
     */
    public fun forgetUnreadable(): Boolean = answering {
        synchronized(LOCK) {
            val names = folder().list().orEmpty().filter { it.endsWith(SUFFIX) }
            val ids = names.map { it.removeSuffix(SUFFIX) }.filter(VAULT_ID::matches)
            val forgotten = ids.filter(::isUnreadable).onEach { fileOf(it).delete() }
            if (isNeverAgain { Keystore.key(ALIAS)?.let(::sealing) }) {
                Keystore.remove(ALIAS)
            }
            forgotten.isNotEmpty()
        }
    }

    private fun isUnreadable(vaultId: String): Boolean =
        isNeverAgain { opened(fileOf(vaultId), vaultId)?.fill(0) }

    private fun isNeverAgain(work: () -> Any?): Boolean =
        try {
            answering { work() }
            false
        } catch (_: PlatformException.Invalidated) {
            true
        }

    /** `Invalidated` where it will never open again. */
    private fun opened(file: DurableFile, vaultId: String): ByteArray? = answering {
        val sealed = file.read(MOST_FILE + 1) ?: return null
        if (sealed.size !in LEAST_FILE..MOST_FILE || sealed[0] != FORMAT) {
            throw PlatformException.Invalidated()
        }
        val key = Keystore.key(ALIAS) ?: throw PlatformException.Invalidated()
        val cipher = opening(key, sealed.copyOfRange(1, HEADER_LENGTH))
        cipher.updateAAD(associatedData(vaultId))
        cipher.doFinal(sealed, HEADER_LENGTH, sealed.size - HEADER_LENGTH)
    }

    private fun fileOf(vaultId: String): DurableFile {
        // It becomes a file's name: nothing else may.
        require(VAULT_ID.matches(vaultId)) { "The id of a vault is 32 hexadecimal digits" }
        return DurableFile(File(folder(), vaultId + SUFFIX))
    }

    private companion object {
        // Of all guards: they share the files and their names on the way.
        val LOCK = Any()

        // StrongBox answers late, and the guard is told of every change.
        fun newKey(): SecretKey = Keystore.generateAes(ALIAS, preferStrongBox = false)

        fun associatedData(vaultId: String): ByteArray =
            "authcore/1/keystore/guard".toByteArray() + FORMAT + vaultId.toByteArray()
    }
}

/** Whatever it is: what is kept cannot be known, or replaced, now. */
private inline fun <T> orUnavailable(work: () -> T): T =
    try {
        work()
    } catch (failure: Throwable) {
        throw PlatformException.Unavailable().apply { initCause(failure) }
    }

private fun folderIn(context: Context): () -> File = { guardFolder(context) }
