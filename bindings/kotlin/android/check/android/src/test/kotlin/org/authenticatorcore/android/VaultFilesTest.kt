package org.authenticatorcore.android

import android.content.Context
import android.content.ContextWrapper
import android.system.Os
import java.io.File
import java.io.IOException
import kotlin.io.path.createTempDirectory
import kotlin.test.AfterTest
import kotlin.test.BeforeTest
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNull
import kotlin.test.assertTrue
import org.authenticatorcore.ffi.PlatformException

class VaultFilesTest {
    private val root = createTempDirectory().toFile()
    private val noBackup = File(root, "no_backup")
    private val app = object : ContextWrapper(null) {
        override fun getApplicationContext(): Context = this

        override fun getNoBackupFilesDir(): File = noBackup
    }

    @BeforeTest
    fun reset() {
        FakeKeystore.reset()
        Os.reset()
    }

    @AfterTest
    fun remove() {
        root.deleteRecursively()
    }

    @Test
    fun `each vault has a folder of its own where no backup looks`() {
        noBackup.mkdir()

        assertEquals(File(noBackup, "authenticator-core/vaults/main/vault"), vaultFile(app))
        assertTrue(vaultFile(app, "work_2").parentFile.isDirectory)
        for (name in listOf("", "..", "a/b", "a b", "a".repeat(65))) {
            assertFailsWith<IllegalArgumentException> { vaultFile(app, name) }
        }
    }

    @Test
    fun `storage that is not there yet is no storage without a vault or a guard`() {
        val id = "0f".repeat(16)
        val guard = KeystoreRollbackGuard(app)
        assertFailsWith<IOException> { vaultFile(app) }
        assertFailsWith<PlatformException.Unavailable> { guard.read(id) }
        noBackup.mkdir()
        assertNull(guard.read(id))
        guard.replace(id, byteArrayOf(1))

        assertContentEquals(byteArrayOf(1), guard.read(id))
        assertContentEquals(arrayOf("$id.guard"), File(noBackup, "authenticator-core/guards").list())
    }
}
