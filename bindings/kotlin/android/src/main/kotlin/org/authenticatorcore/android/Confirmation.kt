package org.authenticatorcore.android

import java.security.Signature
import javax.crypto.Cipher
import org.authenticatorcore.ffi.PlatformException

/**
 * A prompt that asks the person for a biometric or the screen lock: [BiometricConfirmation], or your
 * own, with androidx.biometric on a phone before Android 9.
 *
 * All of them return when the person has confirmed. They throw the [PlatformException] that
 * [biometricFailure] gives for the prompt's error, and take their prompt away when they are
 * cancelled.
 */
public interface Confirmation {
    /** Asks for a strong biometric, for one use of `cipher`; gives the cipher that it is good for. */
    public suspend fun confirm(cipher: Cipher): Cipher

    /** Asks for a strong biometric, for one use of `signature`; gives the one that it is good for. */
    public suspend fun confirm(signature: Signature): Signature

    /** Asks for a strong biometric or the screen lock's PIN, pattern or password. */
    public suspend fun confirm()
}

/**
 * What an error of a `BiometricPrompt` means, by its number: the framework's `BIOMETRIC_ERROR_…`, which
 * are those of androidx.biometric too.
 */
public fun biometricFailure(errorCode: Int): PlatformException = when (errorCode) {
    TIMEOUT, CANCELED, USER_CANCELED, NEGATIVE_BUTTON -> PlatformException.Cancelled()
    LOCKOUT, LOCKOUT_PERMANENT -> PlatformException.LockedOut()
    // A phone without a sensor is told like one without a finger: another way in is what helps.
    NO_BIOMETRICS, HARDWARE_NOT_PRESENT, NO_DEVICE_CREDENTIAL -> PlatformException.NotEnrolled()
    else -> PlatformException.Unavailable()
}

// Their own names are in classes that Android 7 and 8 do not have.
private const val TIMEOUT = 3
private const val CANCELED = 5
private const val LOCKOUT = 7
private const val LOCKOUT_PERMANENT = 9
private const val USER_CANCELED = 10
private const val NO_BIOMETRICS = 11
private const val HARDWARE_NOT_PRESENT = 12
private const val NEGATIVE_BUTTON = 13
private const val NO_DEVICE_CREDENTIAL = 14
