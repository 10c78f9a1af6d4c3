package org.authenticatorcore.android

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import org.authenticatorcore.Authenticator
import org.authenticatorcore.DeviceClock
import org.authenticatorcore.PresenceResult
import org.authenticatorcore.Refused
import org.authenticatorcore.SecretBytes
import org.authenticatorcore.UnlockResult
import org.authenticatorcore.ffi.AuthenticatorException
import org.authenticatorcore.ffi.DeviceKeys
import org.authenticatorcore.ffi.PlatformAnswers
import org.authenticatorcore.ffi.PlatformEnrolment
import org.authenticatorcore.ffi.PlatformException
import org.authenticatorcore.ffi.RollbackGuard
import org.authenticatorcore.platformAnswers
import org.authenticatorcore.toSecretBytes

/**
 * Makes a vault, unlocked, whose platform's key the person confirms: as [Authenticator.create] with
 * [confirmation] before it. A prompt that is dismissed is `PromptCancelled`, and nothing was made.
 */
public suspend fun Authenticator.Companion.create(
    path: String,
    keys: KeystoreKeyWrapper,
    guard: RollbackGuard,
    clock: DeviceClock,
    confirmation: Confirmation,
    dispatcher: CoroutineDispatcher = Dispatchers.IO,
    deviceKeys: DeviceKeys? = null,
): Authenticator = PlatformEnrolment.forNewVault().use { enrolment ->
    val wrapped = named { keys.wrap(enrolment, confirmation, dispatcher) }
    finishCreate(path, keys, guard, clock, enrolment, wrapped, dispatcher, deviceKeys)
}

/** As [Authenticator.unlockWithPlatform], with [confirmation] where the key asks for one. */
public suspend fun Authenticator.unlockWithPlatform(
    keys: KeystoreKeyWrapper,
    confirmation: Confirmation,
): UnlockResult = refusing<UnlockResult>({ it }) {
    keys.unwrap(beginPlatformUnlock(), confirmation).use { finishPlatformUnlock(it) }
}

/**
 * As [Authenticator.unlockWithPin], with [confirmation] where the vault demands both and the key asks
 * for one. The prompt comes first, and one that is dismissed is no try.
 */
public suspend fun Authenticator.unlockWithPin(
    pin: SecretBytes,
    keys: KeystoreKeyWrapper,
    confirmation: Confirmation,
): UnlockResult {
    val wrapped = beginPinUnlock() ?: return unlockWithPin(pin)
    return refusing<UnlockResult>({ it }) {
        keys.unwrap(wrapped, confirmation).use { finishPinUnlock(pin, it) }
    }
}

/** As [Authenticator.provePresenceWithPlatform], with [confirmation] where the key asks for one. */
public suspend fun Authenticator.provePresenceWithPlatform(
    keys: KeystoreKeyWrapper,
    confirmation: Confirmation,
): PresenceResult = refusing<PresenceResult>({ it }) {
    keys.unwrap(beginPlatformUnlock(), confirmation).use { finishPresenceWithPlatform(it) }
}

/** As [Authenticator.provePresenceWithPin], with [confirmation] as of [unlockWithPin]. */
public suspend fun Authenticator.provePresenceWithPin(
    pin: SecretBytes,
    keys: KeystoreKeyWrapper,
    confirmation: Confirmation,
): PresenceResult {
    val wrapped = beginPinUnlock() ?: return provePresenceWithPin(pin)
    return refusing<PresenceResult>({ it }) {
        keys.unwrap(wrapped, confirmation).use { finishPresenceWithPin(pin, it) }
    }
}

/** As [Authenticator.enrolPlatform], under the wrapper's [KeystoreKeyWrapper.authentication]. */
public suspend fun Authenticator.enrolPlatform(
    keys: KeystoreKeyWrapper,
    confirmation: Confirmation,
    dispatcher: CoroutineDispatcher = Dispatchers.IO,
): Unit = beginPlatformEnrolment().use { enrolment ->
    finishPlatformEnrolment(enrolment, named { keys.wrap(enrolment, confirmation, dispatcher) })
}

/**
 * What the key store answers before `protect`, `rotate`, `issueRecoveryKey`, and before `setPin` where
 * the vault demands both: close it after that. With [KeyAuthentication.BIOMETRIC] it asks the person
 * to wrap, and once more to unwrap.
 *
 * Prove presence first: it may be over before the prompts are.
 *
 * @param checksPin whether that call checks the PIN that the vault has: `rotate`, and
 * `issueRecoveryKey` in place of another.
 */
public suspend fun Authenticator.platformAnswers(
    keys: KeystoreKeyWrapper,
    confirmation: Confirmation,
    checksPin: Boolean,
    dispatcher: CoroutineDispatcher = Dispatchers.IO,
): PlatformAnswers = beginPlatformEnrolment().use { enrolment ->
    val wrapped = named { keys.wrap(enrolment, confirmation, dispatcher) }
    val both = if (checksPin) beginPinUnlock() else null
    val unwrapped = both?.let { named { keys.unwrap(it, confirmation, dispatcher) } }
    unwrapped.use { platformAnswers(enrolment, wrapped, it) }
}

/** What is wrapped of an enrolment's secret, under the wrapper's own [KeystoreKeyWrapper.authentication]. */
private suspend fun KeystoreKeyWrapper.wrap(
    enrolment: PlatformEnrolment,
    confirmation: Confirmation,
    dispatcher: CoroutineDispatcher,
): ByteArray = enrolment.toSecretBytes().use { secret ->
    if (authentication == KeyAuthentication.BIOMETRIC) {
        val cipher = confirmation.confirm(withContext(dispatcher) { cipherForWrap() })
        return withContext(dispatcher) { secret.useBytes { finishWrap(cipher, it) } }
    }
    confirmedIfAsked(confirmation) { withContext(dispatcher) { secret.useBytes { wrap(it) } } }
}

private suspend fun KeystoreKeyWrapper.unwrap(
    wrapped: ByteArray,
    confirmation: Confirmation,
    dispatcher: CoroutineDispatcher = Dispatchers.IO,
): SecretBytes {
    if (authenticationOf(wrapped) == KeyAuthentication.BIOMETRIC) {
        val cipher = confirmation.confirm(withContext(dispatcher) { cipherForUnwrap(wrapped) })
        return delivered(dispatcher) { SecretBytes.from(finishUnwrap(cipher, wrapped)) }
    }
    return confirmedIfAsked(confirmation) { delivered(dispatcher) { SecretBytes.from(unwrap(wrapped)) } }
}

/** A caller that went away leaves no secret behind. */
private suspend fun delivered(dispatcher: CoroutineDispatcher, work: () -> SecretBytes): SecretBytes {
    var undelivered: SecretBytes? = null
    try {
        return withContext(dispatcher) { work().also { undelivered = it } }
    } catch (cancelled: CancellationException) {
        undelivered?.close()
        throw cancelled
    }
}

/** Asks the person only where nobody has confirmed of late. */
private suspend fun <T> confirmedIfAsked(confirmation: Confirmation, work: suspend () -> T): T {
    try {
        return work()
    } catch (_: PlatformException.Cancelled) {
        confirmation.confirm()
    }
    return work()
}

/** What a key store refuses every day is a result. */
private inline fun <R> refusing(refused: (Refused) -> R, work: () -> R): R =
    try {
        work()
    } catch (failure: PlatformException) {
        refused(
            when (failure) {
                is PlatformException.Cancelled -> Refused.PromptDismissed
                is PlatformException.LockedOut -> Refused.SensorLockedOut
                is PlatformException.Invalidated -> Refused.PlatformKeyLost
                is PlatformException.NotEnrolled -> Refused.ScreenLockMissing
                is PlatformException.Unavailable -> throw errorOf(failure)
            },
        )
    }

/** The same by the name that it has where the key store is asked during a call. */
private inline fun <T> named(work: () -> T): T =
    try {
        work()
    } catch (failure: PlatformException) {
        throw errorOf(failure)
    }

internal fun errorOf(failure: PlatformException): AuthenticatorException {
    val error = when (failure) {
        is PlatformException.Cancelled -> AuthenticatorException.PromptCancelled()
        is PlatformException.LockedOut -> AuthenticatorException.SensorLockedOut()
        is PlatformException.Invalidated -> AuthenticatorException.PlatformKeyInvalidated()
        is PlatformException.NotEnrolled -> AuthenticatorException.ScreenLockMissing()
        is PlatformException.Unavailable -> AuthenticatorException.PlatformUnavailable()
    }
    error.initCause(failure)
    return error
}
