package org.authenticatorcore.android

import android.content.Context
import android.hardware.biometrics.BiometricManager
import android.hardware.biometrics.BiometricPrompt
import android.os.Build
import android.os.CancellationSignal
import java.security.Signature
import javax.crypto.Cipher
import kotlin.coroutines.resume
import kotlin.coroutines.resumeWithException
import kotlinx.coroutines.CancellableContinuation
import kotlinx.coroutines.suspendCancellableCoroutine
import org.authenticatorcore.ffi.PlatformException

/**
 * The framework's [BiometricPrompt], which is there from Android 9 (API 28): before, and for a
 * screen lock before Android 10 (API 29), it throws `Unavailable`. Take androidx.biometric there.
 *
 * Make one for each screen, from its activity, and do not keep it longer.
 *
 * @param title what the prompt is for: "Unlock your codes".
 * @param cancelLabel of the button that dismisses it: "Cancel", or "Use PIN".
 */
public class BiometricConfirmation(
    private val context: Context,
    private val title: CharSequence,
    private val cancelLabel: CharSequence,
    private val subtitle: CharSequence? = null,
) : Confirmation {
    override suspend fun confirm(cipher: Cipher): Cipher =
        confirm({ BiometricPrompt.CryptoObject(cipher) }) { it.cryptoObject?.cipher ?: cipher }

    override suspend fun confirm(signature: Signature): Signature =
        confirm({ BiometricPrompt.CryptoObject(signature) }) { it.cryptoObject?.signature ?: signature }

    private suspend fun <T> confirm(
        crypto: () -> BiometricPrompt.CryptoObject,
        answerOf: (BiometricPrompt.AuthenticationResult) -> T,
    ): T {
        requireApi(Build.VERSION_CODES.P)
        return suspendCancellableCoroutine { waiting ->
            start(waiting) {
                val prompt = builder().setNegativeButton(cancelLabel, context.mainExecutor) { _, _ ->
                    waiting.fail(PlatformException.Cancelled())
                }
                val answer = Answer(waiting, answerOf)
                prompt.build().authenticate(crypto(), signalOf(waiting), context.mainExecutor, answer)
            }
        }
    }

    override suspend fun confirm() {
        requireApi(Build.VERSION_CODES.Q)
        suspendCancellableCoroutine { waiting ->
            start(waiting) {
                askingForAny().authenticate(signalOf(waiting), context.mainExecutor, Answer(waiting) {})
            }
        }
    }

    private fun askingForAny(): BiometricPrompt {
        // With the screen lock as another way, the prompt has a button of its own for it.
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
            val any = BiometricManager.Authenticators.BIOMETRIC_STRONG or
                BiometricManager.Authenticators.DEVICE_CREDENTIAL
            return builder().setAllowedAuthenticators(any).build()
        }
        @Suppress("DEPRECATION") // What replaces it is in API 30 first.
        return builder().setDeviceCredentialAllowed(true).build()
    }

    private fun builder(): BiometricPrompt.Builder =
        BiometricPrompt.Builder(context).setTitle(title).apply { subtitle?.let(::setSubtitle) }
}

private fun requireApi(level: Int) {
    if (Build.VERSION.SDK_INT < level) {
        throw PlatformException.Unavailable()
    }
}

/** A prompt that cannot be shown, from an activity that is gone, say, is no crash of the app. */
private inline fun start(waiting: CancellableContinuation<*>, show: () -> Unit) {
    try {
        show()
    } catch (failure: RuntimeException) {
        waiting.fail(platformException(failure))
    }
}

private fun signalOf(waiting: CancellableContinuation<*>): CancellationSignal {
    val signal = CancellationSignal()
    waiting.invokeOnCancellation { signal.cancel() }
    return signal
}

/** Nobody may wait any more: the button and the callback may both be called, and a screen goes. */
private fun CancellableContinuation<*>.fail(failure: PlatformException) {
    if (isActive) {
        resumeWithException(failure)
    }
}

private class Answer<T>(
    private val waiting: CancellableContinuation<T>,
    private val answerOf: (BiometricPrompt.AuthenticationResult) -> T,
) : BiometricPrompt.AuthenticationCallback() {
    override fun onAuthenticationSucceeded(result: BiometricPrompt.AuthenticationResult) {
        if (waiting.isActive) {
            waiting.resume(answerOf(result))
        }
    }

    override fun onAuthenticationError(errorCode: Int, message: CharSequence?) {
        waiting.fail(biometricFailure(errorCode))
    }
}
