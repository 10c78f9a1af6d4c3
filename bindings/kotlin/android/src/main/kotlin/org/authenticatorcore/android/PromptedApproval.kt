package org.authenticatorcore.android

import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import org.authenticatorcore.Authenticator
import org.authenticatorcore.ffi.ApprovalProblem
import org.authenticatorcore.ffi.AuthenticatorException
import org.authenticatorcore.ffi.PlatformException

/**
 * Approves a request that takes a biometric, with [confirmation] as the prompt. `typed` as with
 * [Authenticator.approve]. A prompt that is dismissed is `PromptCancelled`, and nothing was decided.
 *
 * Where fingers or faces were enrolled anew, the key is lost: `ApprovalFailed` with `KEY_INVALIDATED`. The
 * request's other ways still work; a rotation of the credential's keys brings a new one.
 */
public suspend fun Authenticator.approveWithBiometric(
    request: String,
    keys: KeystoreDeviceKeys,
    confirmation: Confirmation,
    typed: String? = null,
    dispatcher: CoroutineDispatcher = Dispatchers.IO,
): Unit = verificationMessage(request, typed).use { message ->
    val signature = try {
        val confirmed = confirmation.confirm(withContext(dispatcher) { keys.signatureFor(message) })
        withContext(dispatcher) { keys.finish(confirmed, message) }
    } catch (failure: PlatformException.Invalidated) {
        throw AuthenticatorException.ApprovalFailed(ApprovalProblem.KEY_INVALIDATED).apply { initCause(failure) }
    } catch (failure: PlatformException) {
        throw errorOf(failure)
    }
    approveWithBiometric(request, message, signature, typed)
}
