package org.authenticatorcore.android

import android.os.Build
import android.security.KeyStoreException
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.UserNotAuthenticatedException
import java.security.UnrecoverableKeyException
import javax.crypto.AEADBadTagException
import org.authenticatorcore.ffi.PlatformException

/** How deep the Keystore's exceptions are looked through; some name themselves as their cause. */
private const val MOST_CAUSES = 8

/**
 * Does [work] and lets nothing out but a [PlatformException]. The key stores of some makers throw
 * what no documentation names; an [Error] would leave through native code.
 */
internal inline fun <T> answering(work: () -> T): T =
    try {
        work()
    } catch (failure: Throwable) {
        throw platformException(failure)
    }

/** What [failure] means to the app; its cause is kept for the log. */
internal fun platformException(failure: Throwable): PlatformException {
    if (failure is PlatformException) {
        return failure
    }
    val causes = causes(failure)
    val meant = causes.firstNotNullOfOrNull(::named)
        // Comes around every other failure to load a key: it counts where none of those is named.
        ?: PlatformException.Invalidated().takeIf { causes.any { it is UnrecoverableKeyException } }
        ?: PlatformException.Unavailable()
    meant.initCause(failure)
    return meant
}

/** Whether the same call may do what it was asked a little later; unknown before Android 13. */
internal fun isTransient(failure: Throwable): Boolean =
    Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU &&
        causes(failure).any(NumberedFailure::isTransient)

private fun causes(failure: Throwable): List<Throwable> =
    generateSequence(failure, Throwable::cause).take(MOST_CAUSES).toList()

private fun named(failure: Throwable): PlatformException? = when {
    failure is KeyPermanentlyInvalidatedException -> PlatformException.Invalidated()
    // The prompt was not shown, or too long ago: what helps is to show it.
    failure is UserNotAuthenticatedException -> PlatformException.Cancelled()
    failure is AEADBadTagException -> PlatformException.Invalidated()
    Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU -> NumberedFailure.of(failure)
    else -> null
}

/** Apart from the rest, since older systems hide the class. */
private object NumberedFailure {
    fun isTransient(failure: Throwable): Boolean =
        failure is KeyStoreException && failure.isTransientFailure

    fun of(failure: Throwable): PlatformException? {
        if (failure !is KeyStoreException) {
            return null
        }
        return when {
            isTransient(failure) -> PlatformException.Unavailable()
            failure.requiresUserAuthentication() -> PlatformException.Cancelled()
            else -> when (failure.numericErrorCode) {
                KeyStoreException.ERROR_KEY_DOES_NOT_EXIST,
                KeyStoreException.ERROR_KEY_CORRUPTED,
                -> PlatformException.Invalidated()
                // The daemon, and not the key.
                KeyStoreException.ERROR_KEYSTORE_UNINITIALIZED,
                KeyStoreException.ERROR_INTERNAL_SYSTEM_ERROR,
                KeyStoreException.ERROR_PERMISSION_DENIED,
                -> PlatformException.Unavailable()
                else -> null
            }
        }
    }
}
