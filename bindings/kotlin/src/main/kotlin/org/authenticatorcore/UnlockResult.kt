package org.authenticatorcore

import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import org.authenticatorcore.ffi.AuthenticatorException
import org.authenticatorcore.ffi.PinTries
import org.authenticatorcore.ffi.Unlocked as UnlockedState

/** What became of an unlock: [Unlocked], or a [Refused] that an app meets every day. */
public sealed interface UnlockResult {
    /** The vault is unlocked. */
    public data class Unlocked(
        /** What is doubtful about it: show it to the person. */
        public val state: UnlockedState,
    ) : UnlockResult
}

/** What became of a proof of presence: [Proved], or a [Refused] that an app meets every day. */
public sealed interface PresenceResult {
    /** For a while, what needs a fresh proof may be asked for. */
    public data object Proved : PresenceResult
}

/** Why an unlock or a proof of presence was refused, where nothing is wrong with app or vault. */
public sealed interface Refused : UnlockResult, PresenceResult {
    /** Wrong PIN: ask again. The PIN is destroyed when no tries are left. */
    public data class WrongPin(
        /** How many wrong tries are left. */
        public val triesLeft: Int,
    ) : Refused

    /** Not the vault's recovery key: ask again. Its tries are not counted. */
    public data object WrongRecoveryKey : Refused

    /** After wrong PINs the next try has to wait; this one was not made. Other ways in do not wait. */
    public data class Throttled(
        /** How long it still has to wait. */
        public val wait: Duration,
        /** When that is over by the wall clock, if nobody sets it: milliseconds since 1970. */
        public val untilMillis: Long,
    ) : Refused

    /** The PIN was destroyed after ten wrong tries: offer another way in. */
    public data object PinDestroyed : Refused

    /**
     * The PIN cannot be used on this phone, as after a reinstallation, or because somebody altered what
     * it is checked with; no try was counted. Unlock in another way, then call [KeyChanges.setPin].
     */
    public data object PinUnusable : Refused

    /** The person dismissed the platform's prompt; no try was counted. Offer it again, or another way in. */
    public data object PromptDismissed : Refused

    /** Too many wrong fingers or faces: the sensor works again after the device was unlocked by its own PIN. */
    public data object SensorLockedOut : Refused

    /** No finger, face or screen lock is set up: say so, and offer another way in. */
    public data object ScreenLockMissing : Refused

    /**
     * The platform's key opens this vault no more: fingers were enrolled anew, or the vault came from
     * another phone. Unlock in another way, then call [KeyChanges.enrolPlatform].
     */
    public data object PlatformKeyLost : Refused
}

/** How long the next try of the PIN has to wait; zero if it need not. */
public val PinTries.wait: Duration get() = waitMillis.milliseconds

/** The refusal that an error stands for; none for what is exceptional. */
internal fun refusal(error: AuthenticatorException): Refused? = when (error) {
    is AuthenticatorException.WrongSecret ->
        error.triesLeft?.let { Refused.WrongPin(it.toInt()) } ?: Refused.WrongRecoveryKey
    is AuthenticatorException.PinThrottled ->
        Refused.Throttled(error.waitMillis.milliseconds, error.waitUntilMillis)
    is AuthenticatorException.SlotDestroyed -> Refused.PinDestroyed
    is AuthenticatorException.GuardMissing,
    is AuthenticatorException.UnsafeParameters,
    -> Refused.PinUnusable
    is AuthenticatorException.PromptCancelled -> Refused.PromptDismissed
    is AuthenticatorException.SensorLockedOut -> Refused.SensorLockedOut
    is AuthenticatorException.ScreenLockMissing -> Refused.ScreenLockMissing
    is AuthenticatorException.PlatformKeyInvalidated,
    is AuthenticatorException.PlatformKeyMismatch,
    -> Refused.PlatformKeyLost
    else -> null
}
