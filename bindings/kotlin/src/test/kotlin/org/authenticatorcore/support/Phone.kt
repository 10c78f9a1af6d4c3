package org.authenticatorcore.support

import java.io.File
import java.nio.file.Files
import java.util.concurrent.ConcurrentHashMap
import kotlin.experimental.xor
import kotlin.test.assertIs
import kotlin.time.Duration
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking
import org.authenticatorcore.Authenticator
import org.authenticatorcore.DeviceClock
import org.authenticatorcore.PinAndCost
import org.authenticatorcore.SecretBytes
import org.authenticatorcore.fromUri
import org.authenticatorcore.ffi.AccountDraft
import org.authenticatorcore.ffi.Added
import org.authenticatorcore.ffi.KeyWrapper
import org.authenticatorcore.ffi.Moment
import org.authenticatorcore.ffi.PinCost
import org.authenticatorcore.ffi.PlatformException
import org.authenticatorcore.ffi.RollbackGuard
import org.authenticatorcore.ffi.SecurityLevel

const val PIN = "482913"
const val WRONG_PIN = "482914"
const val NEW_PIN = "739105"

/** The seed of RFC 4226 and of RFC 6238 for SHA-1, in base32. */
const val RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

/** The least that there is. */
val COST = PinCost(memoryKib = 19_456u, passes = 2u)

fun secret(text: String): SecretBytes = SecretBytes.from(text.toCharArray())

fun costed(pin: String): PinAndCost = PinAndCost(secret(pin), COST)

fun draft(uri: String): AccountDraft = secret(uri).use { AccountDraft.fromUri(it) }

fun Authenticator.addUri(uri: String): String =
    draft(uri).use { assertIs<Added.New>(add(it)).id }

/** A clock that stands until it is set. */
class FakeClock(@Volatile var wallMillis: Long = 1_111_111_109_000) : DeviceClock {
    @Volatile
    var monotonicMillis = 5_000L

    @Volatile
    var bootId = ByteArray(16)

    /** What happens when it is read. */
    @Volatile
    var whileAsked: () -> Unit = {}

    override fun now(): Moment {
        whileAsked()
        return Moment(wallMillis, monotonicMillis, bootId)
    }

    fun pass(time: Duration) {
        wallMillis += time.inWholeMilliseconds
        monotonicMillis += time.inWholeMilliseconds
    }
}

/** A key store whose key is a byte, and which can refuse, break, or take its time. */
class FakeKeys : KeyWrapper {
    @Volatile
    var key: Byte = 1

    /** What it hides the secret under: another one gives another secret back. */
    @Volatile
    var mask: Byte = 0x5A

    @Volatile
    var failure: Exception? = null

    /** What happens while it is asked to wrap. */
    @Volatile
    var whileWrapping: () -> Unit = {}

    /** What happens while it is asked to unwrap. */
    @Volatile
    var whileUnwrapping: () -> Unit = {}

    override fun securityLevel() = SecurityLevel.TRUSTED_ENVIRONMENT

    override fun wrap(key: ByteArray): ByteArray {
        whileWrapping()
        failure?.let { throw it }
        return byteArrayOf(this.key) + masked(key)
    }

    override fun unwrap(wrapped: ByteArray): ByteArray {
        whileUnwrapping()
        failure?.let { throw it }
        if (wrapped.first() != key) throw PlatformException.Invalidated()
        return masked(wrapped.copyOfRange(1, wrapped.size))
    }

    override fun prf(input: ByteArray): ByteArray? = null

    override fun delete() {
        key++
    }

    private fun masked(bytes: ByteArray) = ByteArray(bytes.size) { bytes[it] xor mask }
}

/** A memory for the vault's state, which can be out of reach. */
class FakeGuard : RollbackGuard {
    val kept = ConcurrentHashMap<String, ByteArray>()

    @Volatile
    var isAway = false

    override fun read(vaultId: String): ByteArray? {
        if (isAway) throw PlatformException.Unavailable()
        return kept[vaultId]
    }

    override fun replace(vaultId: String, state: ByteArray) {
        if (isAway) throw PlatformException.Unavailable()
        kept[vaultId] = state
    }
}

/** A folder with a vault, and the device around it. */
class Phone(val folder: File = Files.createTempDirectory("vault").toFile()) : AutoCloseable {
    val keys = FakeKeys()
    val guard = FakeGuard()
    val clock = FakeClock()
    val vault = File(folder, "vault")

    suspend fun create(
        clock: DeviceClock = this.clock,
        dispatcher: CoroutineDispatcher = Dispatchers.IO,
    ): Authenticator = Authenticator.create(vault.path, keys, guard, clock, dispatcher)

    suspend fun open(): Authenticator = Authenticator.open(vault.path, keys, guard, clock)

    suspend fun openDamaged(): Authenticator =
        Authenticator.openDamaged(vault.path, keys, guard, clock)

    override fun close() {
        folder.deleteRecursively()
    }
}

/** A test on a phone. */
fun withPhone(test: suspend (Phone) -> Unit): Unit = runBlocking { Phone().use { test(it) } }

/** A test on a phone, with a vault that was made on it just now. */
fun withVault(test: suspend Phone.(Authenticator) -> Unit): Unit =
    withPhone { phone -> phone.create().use { phone.test(it) } }
