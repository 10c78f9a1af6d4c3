package org.authenticatorcore.android

import android.os.Build
import android.system.ErrnoException
import android.system.Os
import java.io.File
import java.security.ProviderException
import java.security.UnrecoverableKeyException
import java.util.concurrent.Executors
import kotlin.io.path.createTempDirectory
import kotlin.test.AfterTest
import kotlin.test.BeforeTest
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlin.test.assertTrue
import org.authenticatorcore.ffi.PlatformException

private const val ID = "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"
private const val OTHER = "1f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"
private const val ENOSPC = 28

class KeystoreRollbackGuardTest {
    private val root = createTempDirectory().toFile()
    private val folder = File(root, "core/guards")
    private val file = File(folder, "$ID.guard")
    private val guard = KeystoreRollbackGuard { folder }

    @BeforeTest
    fun reset() {
        FakeKeystore.reset()
        Os.reset()
        Build.VERSION.SDK_INT = 35
    }

    @AfterTest
    fun remove() {
        assertTrue(Os.isAllClosed())
        root.deleteRecursively()
    }

    private fun state(byte: Int, length: Int = 80) = ByteArray(length) { byte.toByte() }

    @Test
    fun `what was kept is read, of each vault its own`() {
        assertNull(guard.read(ID))
        for (length in listOf(80, 0, 255)) {
            val given = state(length, length)
            guard.replace(ID, given)
            guard.replace(OTHER, state(2))
            assertContentEquals(state(length, length), KeystoreRollbackGuard { folder }.read(ID))
            assertContentEquals(ByteArray(length), given)
        }
        assertContentEquals(state(2), guard.read(OTHER))
        assertContentEquals(arrayOf("$ID.guard", "$OTHER.guard"), folder.list()?.sortedArray())
        assertFalse(FakeKeystore.spec("authenticator-core.guard").isUnlockedDeviceRequired)
    }

    @Test
    fun `a file is written, synchronised and renamed, in this order, and so are its folders`() {
        guard.replace(ID, state(1))
        assertEquals(
            listOf("fsync ${root.name}", "fsync core", "fsync file", "rename $ID.guard.new $ID.guard", "fsync guards"),
            Os.calls,
        )
        Os.calls.clear()
        guard.replace(ID, state(2))
        assertEquals(listOf("fsync file", "rename $ID.guard.new $ID.guard", "fsync guards"), Os.calls)
    }

    @Test
    fun `whatever breaks, the old state or the new one is kept`() {
        guard.replace(ID, state(1))
        for (broken in listOf("fsync file", "rename", "fsync guards")) {
            Os.failure = broken to ErrnoException(broken, ENOSPC)
            val given = state(2)
            assertFailsWith<PlatformException.Unavailable>(broken) { guard.replace(ID, given) }
            assertContentEquals(ByteArray(80), given)
            Os.failure = null
            val kept = if (broken == "fsync guards") state(2) else state(1)
            assertContentEquals(kept, guard.read(ID), broken)
            assertContentEquals(arrayOf("$ID.guard"), folder.list())
        }
        // What a crash left on the way is overwritten.
        File(folder, "$ID.guard.new").writeBytes(ByteArray(1000))
        guard.replace(ID, state(3))
        assertContentEquals(state(3), guard.read(ID))
    }

    @Test
    fun `a file that is there and does not open is unavailable, never none`() {
        guard.replace(ID, state(1))
        val sealed = file.readBytes()
        val hostile = (0 until sealed.size * 8).map { bit ->
            sealed.copyOf().also { it[bit / 8] = (it[bit / 8].toInt() xor (1 shl bit % 8)).toByte() }
        } + (0 until sealed.size).map(sealed::copyOf) + listOf(sealed + 0, ByteArray(1 shl 20))
        for (bytes in hostile) {
            file.writeBytes(bytes)
            assertFailsWith<PlatformException.Unavailable> { guard.read(ID) }
        }
        // Another vault's, under this one's name.
        guard.replace(OTHER, state(2))
        File(folder, "$OTHER.guard").copyTo(file, overwrite = true)
        assertFailsWith<PlatformException.Unavailable> { guard.read(ID) }
        assertTrue(file.delete() && file.mkdir())
        assertFailsWith<PlatformException.Unavailable> { guard.read(ID) }
        assertFailsWith<PlatformException.Unavailable> { guard.replace(ID, state(3)) }
    }

    @Test
    fun `a folder that cannot be looked into is unavailable`() {
        guard.replace(ID, state(1))
        folder.deleteRecursively()
        folder.writeText("no folder")

        assertFailsWith<PlatformException.Unavailable> { guard.read(ID) }
        assertFailsWith<PlatformException.Unavailable> { guard.replace(ID, state(1)) }
        assertFailsWith<PlatformException.Unavailable> {
            KeystoreRollbackGuard { throw IllegalStateException("no storage") }.read(ID)
        }
    }

    @Test
    fun `a lost key is unavailable until the app says to forget`() {
        guard.replace(ID, state(1))
        guard.replace(OTHER, state(2))
        assertFalse(guard.forgetUnreadable())
        FakeKeystore.onInit = { throw ProviderException("not now") }
        assertFailsWith<PlatformException.Unavailable> { guard.read(ID) }
        assertFailsWith<PlatformException.Unavailable> { guard.forgetUnreadable() }
        FakeKeystore.onInit = {}
        assertContentEquals(state(1), guard.read(ID))
        FakeKeystore.keys.remove("authenticator-core.guard")
        assertFailsWith<PlatformException.Unavailable> { guard.read(ID) }

        assertTrue(guard.forgetUnreadable())
        assertNull(guard.read(ID))
        assertNull(guard.read(OTHER))
        guard.replace(ID, state(3))
        assertContentEquals(state(3), guard.read(ID))
        assertFalse(guard.forgetUnreadable())
    }

    @Test
    fun `a key that does not load is not replaced until the app says to forget`() {
        guard.replace(ID, state(1))
        FakeKeystore.onLoad = { throw UnrecoverableKeyException() }
        assertFailsWith<PlatformException.Unavailable> { guard.read(ID) }
        assertFailsWith<PlatformException.Unavailable> { guard.replace(ID, state(2)) }
        FakeKeystore.onLoad = {}
        assertContentEquals(state(1), guard.read(ID))

        FakeKeystore.onLoad = { throw UnrecoverableKeyException() }
        assertTrue(guard.forgetUnreadable())
        FakeKeystore.onLoad = {}
        assertTrue(FakeKeystore.keys.isEmpty())
        guard.replace(ID, state(3))
        assertContentEquals(state(3), guard.read(ID))
    }

    @Test
    fun `what is altered is forgotten alone, and what is no guard's stays`() {
        guard.replace(ID, state(1))
        guard.replace(OTHER, state(2))
        file.appendBytes(byteArrayOf(0))
        val foreign = File(folder, "notes.guard").apply { writeText("somebody's") }

        assertTrue(guard.forgetUnreadable())
        assertNull(guard.read(ID))
        assertContentEquals(state(2), guard.read(OTHER))
        assertTrue(foreign.exists())
    }

    @Test
    fun `only the id of a vault becomes a name`() {
        for (id in listOf("", "..", "../$ID", ID.uppercase(), ID.drop(1), ID + "0", "$ID\n", "g" + ID.drop(1))) {
            assertFailsWith<PlatformException.Unavailable>(id) { guard.read(id) }
            assertFailsWith<PlatformException.Unavailable>(id) { guard.replace(id, state(1)) }
        }
        assertFailsWith<PlatformException.Unavailable> { guard.replace(ID, state(1, 256)) }
        assertFalse(folder.exists())
    }

    @Test
    fun `many threads leave one whole state`() {
        val pool = Executors.newFixedThreadPool(8)
        (1..8).map { thread ->
            pool.submit {
                repeat(20) {
                    KeystoreRollbackGuard { folder }.replace(ID, state(thread))
                    val kept = checkNotNull(guard.read(ID))
                    assertContentEquals(state(kept[0].toInt()), kept)
                }
            }
        }.forEach { it.get() }
        pool.shutdown()

        assertEquals(1, FakeKeystore.generated.get())
        assertContentEquals(arrayOf("$ID.guard"), folder.list())
    }
}
