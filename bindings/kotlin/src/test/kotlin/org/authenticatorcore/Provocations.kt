package org.authenticatorcore

import java.io.File
import java.io.RandomAccessFile
import kotlin.concurrent.thread
import kotlin.reflect.KClass
import kotlin.test.assertEquals
import kotlin.test.assertIs
import kotlin.test.assertNotNull
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.hours
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.runBlocking
import org.authenticatorcore.ffi.AuthenticatorException
import org.authenticatorcore.ffi.ClockSample
import org.authenticatorcore.ffi.Edit
import org.authenticatorcore.ffi.MigrationCollector
import org.authenticatorcore.ffi.PinCost
import org.authenticatorcore.ffi.PlatformException
import org.authenticatorcore.ffi.Protection
import org.authenticatorcore.ffi.RecoveryKey
import org.authenticatorcore.support.Filler
import org.authenticatorcore.support.Holder
import org.authenticatorcore.support.NEW_PIN
import org.authenticatorcore.support.PIN
import org.authenticatorcore.support.Phone
import org.authenticatorcore.support.RFC_SECRET
import org.authenticatorcore.support.WRONG_PIN
import org.authenticatorcore.support.addUri
import org.authenticatorcore.support.child
import org.authenticatorcore.support.costed
import org.authenticatorcore.support.draft
import org.authenticatorcore.support.secret
import org.authenticatorcore.support.skip
import org.authenticatorcore.support.succeeds

/** How something outside brings about an error, or the result that stands for it. */
internal class Provocation(
    val variant: KClass<out AuthenticatorException>,
    val refused: Refused? = null,
    val provoke: suspend Phone.(Authenticator) -> Any?,
)

private inline fun <reified T : AuthenticatorException> by(
    refused: Refused? = null,
    noinline provoke: suspend Phone.(Authenticator) -> Any?,
) = Provocation(T::class, refused, provoke)

private const val URI = "otpauth://totp/Example:alice?secret=$RFC_SECRET&issuer=Example"

private val ofVault = listOf(
    by<AuthenticatorException.AlreadyExists> { vault ->
        vault.close()
        create()
    },
    by<AuthenticatorException.AlreadyOpen> { open() },
    by<AuthenticatorException.Damaged> { vault ->
        repeat(20) { number ->
            draft("otpauth://totp/Ex:alice$number?secret=$RFC_SECRET").use { vault.add(it, keepDuplicate = true) }
        }
        vault.close()
        overwrite(4096, ByteArray(8192) { 0x55 })
        open()
    },
    by<AuthenticatorException.InUse> { vault ->
        vault.close()
        val holder = child(Holder::class, folder.path)
        try {
            assertEquals("open", holder.inputStream.bufferedReader().readLine())
            open()
        } finally {
            holder.outputStream.close()
            holder.waitFor()
        }
    },
    by<AuthenticatorException.NewerVersion> { vault ->
        vault.close()
        // SQLite keeps the user version here, most significant byte first.
        overwrite(60, byteArrayOf(0, 0, 0, 99))
        open()
    },
    by<AuthenticatorException.NotAVault> { vault ->
        vault.close()
        this.vault.writeText("a text, and a long one\n".repeat(1000))
        open()
    },
    by<AuthenticatorException.NotFound> { vault ->
        vault.wipe()
        vault.close()
        open()
    },
    by<AuthenticatorException.NothingToRepair> { it.repair() },
    by<AuthenticatorException.RolledBack> { vault ->
        vault.close()
        val older = this.vault.readBytes()
        open().use { again ->
            again.unlockWithPlatform()
            again.addUri(URI)
        }
        this.vault.writeBytes(older)
        open().use { old ->
            val state = assertIs<UnlockResult.Unlocked>(old.unlockWithPlatform()).state
            assertEquals(1uL, state.rolledBack)
            old.addUri(URI)
        }
    },
    by<AuthenticatorException.Storage> {
        if (!succeeds("sh", "-c", "ulimit -f 4096")) skip("no shell limits what a process may write")
        fill("sh", "-c", "ulimit -f 4096; exec \"\$@\"", "sh")
    },
    by<AuthenticatorException.StorageFull> {
        val room = File(folder, "room").apply { mkdir() }
        val mount = "mount -t tmpfs -o size=1m tmpfs '${room.path}'"
        val apart = arrayOf("unshare", "--mount", "--propagation", "private", "sh", "-c")
        if (!succeeds(*apart, mount)) skip("no small file system can be mounted: Linux lets root do that")
        fill(*apart, "$mount && exec \"\$@\"", "sh", folder = room)
    },
    by<AuthenticatorException.StorageLocked> { vault ->
        Authenticator.open(File(this.vault, "below-a-file").path, keys, guard, clock)
    },
    by<AuthenticatorException.Suspended> { vault ->
        vault.suspendStorage()
        vault.addUri(URI)
    },
)

private val ofAccounts = listOf(
    by<AuthenticatorException.EntryNotFound> { it.item("no such id") },
    by<AuthenticatorException.InvalidAccount> { draft("https://example.com") },
    by<AuthenticatorException.InvalidMigration> {
        MigrationCollector().use { collector -> secret(URI).use { collector.add(it) } }
    },
    by<AuthenticatorException.InvalidQrCode> { readQrCodes(20, 20, ByteArray(400)) },
    by<AuthenticatorException.InvalidText> { vault ->
        vault.setRecoveryCodes(vault.addUri(URI), SecretBytes.from(byteArrayOf(-1)))
    },
    by<AuthenticatorException.NotCounted> { it.nextHotpCode(it.addUri(URI)) },
    by<AuthenticatorException.NothingToUndo> { it.undo() },
    by<AuthenticatorException.NotInTrash> { it.purge(listOf(it.addUri(URI))) },
    by<AuthenticatorException.TooLarge> { it.edit(it.addUri(URI), Edit.Note("x".repeat(4097))) },
)

private val ofTime = listOf(
    by<AuthenticatorException.ClockOutOfBounds> {
        it.learnTime(ClockSample(clock.wallMillis + 2.days.inWholeMilliseconds, it.now(), it.now()))
    },
    by<AuthenticatorException.ClockSampleUseless> {
        val sent = it.now()
        clock.monotonicMillis -= 1
        it.learnTime(ClockSample(clock.wallMillis, sent, it.now()))
    },
    by<AuthenticatorException.InvalidMoment> {
        clock.bootId = ByteArray(15)
        it.items()
    },
)

private val ofUnlocking = listOf(
    by<AuthenticatorException.Busy> { vault ->
        var second: Throwable? = null
        keys.whileUnwrapping = {
            thread { second = runCatching { runBlocking { vault.unlockWithPlatform() } }.exceptionOrNull() }.join()
        }
        vault.unlockWithPlatform()
        throw assertNotNull(second)
    },
    by<AuthenticatorException.EnrolmentUsed> { vault ->
        vault.beginPlatformEnrolment().use { enrolment ->
            val wrapped = enrolment.toSecretBytes().use { it.useBytes(keys::wrap) }
            repeat(2) { vault.finishPlatformEnrolment(enrolment, wrapped) }
        }
    },
    by<AuthenticatorException.GuardMissing>(Refused.PinUnusable) { vault ->
        vault.setPin(costed(PIN))
        vault.close()
        guard.kept.clear()
        open().use { it.unlockWithPin(secret(PIN)) }
    },
    by<AuthenticatorException.GuardUnavailable> { vault ->
        vault.setPin(costed(PIN))
        vault.lock()
        guard.isAway = true
        vault.unlockWithPin(secret(PIN))
    },
    by<AuthenticatorException.InvalidPin> { it.setPin(costed("123456")) },
    by<AuthenticatorException.InvalidPinCost> { it.setPin(PinAndCost(secret(PIN), PinCost(1u, 1u))) },
    by<AuthenticatorException.InvalidRecoveryKey> { RecoveryKey.parse(secret("not a key")) },
    by<AuthenticatorException.Locked> { vault ->
        vault.lock()
        vault.items()
    },
    by<AuthenticatorException.PinThrottled>(Refused.Throttled(30.seconds, 1_111_111_139_000)) { vault ->
        vault.setPin(costed(PIN))
        repeat(5) { vault.unlockWithPin(secret(WRONG_PIN)) }
        vault.unlockWithPin(secret(PIN))
    },
    by<AuthenticatorException.PlatformKeyInvalidated>(Refused.PlatformKeyLost) { vault ->
        keys.key = 2
        vault.unlockWithPlatform()
    },
    by<AuthenticatorException.PlatformKeyMismatch>(Refused.PlatformKeyLost) { vault ->
        keys.mask = 0x5B
        vault.unlockWithPlatform()
    },
    by<AuthenticatorException.PlatformUnavailable> { vault ->
        keys.failure = PlatformException.Unavailable()
        vault.enrolPlatform()
    },
    by<AuthenticatorException.PresenceNeeded> { vault ->
        val id = vault.addUri(URI)
        clock.pass(31.seconds)
        vault.reveal(id)
    },
    by<AuthenticatorException.PromptCancelled> { vault ->
        keys.failure = PlatformException.Cancelled()
        vault.enrolPlatform()
    },
    by<AuthenticatorException.RecoveryNeeded> { it.protect(Protection.PIN, costed(PIN)) },
    by<AuthenticatorException.ScreenLockMissing> { vault ->
        keys.failure = PlatformException.NotEnrolled()
        vault.enrolPlatform()
    },
    by<AuthenticatorException.SensorLockedOut> { vault ->
        keys.failure = PlatformException.LockedOut()
        vault.enrolPlatform()
    },
    by<AuthenticatorException.SlotDestroyed>(Refused.PinDestroyed) { vault ->
        vault.setPin(costed(PIN))
        repeat(10) {
            vault.unlockWithPin(secret(WRONG_PIN))
            clock.pass(1.hours)
        }
        vault.unlockWithPin(secret(PIN))
    },
    by<AuthenticatorException.SlotMissing> { it.unlockWithPin(secret(PIN)) },
    by<AuthenticatorException.WrongSecret> { vault ->
        vault.setPin(costed(PIN))
        vault.rotate(costed(NEW_PIN))
    },
)

private val ofApprovals = listOf(
    by<AuthenticatorException.ApprovalFailed> { it.deny("no such id") },
    by<AuthenticatorException.NotBelieved> { it.takePush("no push") },
)

internal val provocations: List<Provocation> = ofVault + ofAccounts + ofTime + ofUnlocking + ofApprovals

private fun Phone.overwrite(at: Long, bytes: ByteArray) = RandomAccessFile(vault, "rw").use {
    it.seek(at)
    it.write(bytes)
}

/** Fills a vault in another process, of which the shell says how much it may write. */
private fun Phone.fill(vararg under: String, folder: File = File(this.folder, "other").apply { mkdir() }): Nothing {
    val filler = child(Filler::class, folder.path, under = under.toList())
    val error = filler.inputStream.bufferedReader().readLine()
    filler.waitFor()
    throw AuthenticatorException::class.java.declaredClasses.single { it.simpleName == error }
        .getDeclaredConstructor().newInstance() as AuthenticatorException
}
