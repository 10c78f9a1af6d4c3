package org.authenticatorcore.android

import android.content.ContentResolver
import android.content.Context
import android.os.SystemClock
import android.provider.Settings
import java.nio.ByteBuffer
import java.security.SecureRandom
import kotlin.experimental.or
import org.authenticatorcore.DeviceClock
import org.authenticatorcore.ffi.Moment

private const val BOOT_ID_LENGTH = 16

/**
 * The device's clocks: the wall clock, [SystemClock.elapsedRealtime], and `Settings.Global.BOOT_COUNT`.
 *
 * Where that setting cannot be read, a random boot id stands for the life of this object. It is never
 * derived from the wall clock, which the person can set: a wait after wrong PINs then begins anew with
 * each process, and is never shortened.
 */
public class AndroidDeviceClock internal constructor(private val bootCount: () -> Int?) : DeviceClock {
    /** Keeps the application's context, whichever is given. */
    public constructor(context: Context) : this(bootCountOf(context.contentResolverOfApp()))

    // One answer for as long as this lives: no process outlives a boot.
    private val bootId: ByteArray by lazy { bootCount()?.let(::counted) ?: random() }

    override fun now(): Moment = Moment(
        wallMillis = System.currentTimeMillis(),
        monotonicMillis = SystemClock.elapsedRealtime(),
        bootId = bootId.copyOf(),
    )
}

private fun Context.contentResolverOfApp(): ContentResolver =
    (applicationContext ?: this).contentResolver

private fun bootCountOf(resolver: ContentResolver): () -> Int? = {
    try {
        Settings.Global.getInt(resolver, Settings.Global.BOOT_COUNT)
    } catch (_: Settings.SettingNotFoundException) {
        null
    } catch (_: RuntimeException) {
        // A settings provider that breaks is as good as one that knows nothing.
        null
    }
}

private fun counted(bootCount: Int): ByteArray =
    ByteBuffer.allocate(BOOT_ID_LENGTH).putInt(BOOT_ID_LENGTH - Int.SIZE_BYTES, bootCount).array()

private fun random(): ByteArray {
    val id = ByteArray(BOOT_ID_LENGTH).also(SecureRandom()::nextBytes)
    // No boot count has this bit.
    id[0] = id[0] or Byte.MIN_VALUE
    return id
}
