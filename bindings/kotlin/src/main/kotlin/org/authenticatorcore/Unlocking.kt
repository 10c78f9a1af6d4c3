package org.authenticatorcore

import org.authenticatorcore.ffi.AuthenticatorException
import org.authenticatorcore.ffi.AuthenticatorHandle
import org.authenticatorcore.ffi.Moment
import org.authenticatorcore.ffi.PinTries
import org.authenticatorcore.ffi.RecoveryKey
import org.authenticatorcore.ffi.Unlocked

/**
 * Unlocking, and proofs of presence: part of [Authenticator].
 *
 * What an app meets every day is a result. Everything else is thrown as an
 * [AuthenticatorException]: `Busy`, `GuardUnavailable`, `InvalidPin`, `OutOfMemory`,
 * `PlatformUnavailable`, `SlotMissing` and what the storage may answer; `Locked` for an unlock during
 * which somebody locked the vault, and for a proof of presence without an unlock.
 *
 * A caller that is cancelled before the try is made leaves everything as it is. Cancelled later, it
 * waits until the try is done, which counts; and if that unlocked the vault, it is locked again.
 */
public sealed interface Unlocking : AuthenticatorPart {
    /** Unlocks with the platform's key. The key store is asked to unwrap, and may show its prompt. */
    public suspend fun unlockWithPlatform(): UnlockResult = unlock { unlockWithPlatform(it) }

    /**
     * Begins an unlock with the platform's key, or a proof of presence, in which the app shows the
     * prompt: what the key store is to unwrap. Nothing is held until it is finished.
     *
     * @throws AuthenticatorException.SlotMissing if the platform's key alone does not open the vault.
     */
    public fun beginPlatformUnlock(): ByteArray = door.ask { beginPlatformUnlock() }

    /** Finishes an unlock with what the key store unwrapped of what [beginPlatformUnlock] gave. */
    public suspend fun finishPlatformUnlock(unwrapped: SecretBytes): UnlockResult =
        unlock { now -> unwrapped.read { finishPlatformUnlock(it, now) } }

    /**
     * Unlocks with the PIN and, where the vault demands both, the platform's key. The try is counted
     * before it is checked; a prompt that is dismissed is no try.
     */
    public suspend fun unlockWithPin(pin: SecretBytes): UnlockResult =
        unlock { now -> pin.read { unlockWithPin(it, now) } }

    /**
     * Begins an unlock with the PIN, or whatever else checks it, in which the app shows the prompt:
     * what the key store is to unwrap; none where the vault does not demand both.
     */
    public fun beginPinUnlock(): ByteArray? = door.ask { beginPinUnlock() }

    /** Finishes an unlock with the PIN, and what the key store unwrapped of what [beginPinUnlock] gave. */
    public suspend fun finishPinUnlock(pin: SecretBytes, unwrapped: SecretBytes): UnlockResult =
        unlock { now -> pin.read { typed -> unwrapped.read { finishPinUnlock(typed, it, now) } } }

    /** Unlocks with the recovery key, which needs neither platform nor PIN. */
    public suspend fun unlockWithRecoveryKey(key: RecoveryKey): UnlockResult =
        unlock { now -> key.borrowed().use { unlockWithRecoveryKey(it, now) } }

    /**
     * How many tries of the PIN are left, and how long the next has to wait: 30 seconds after the
     * fifth wrong one, and twice as long after each that follows. Ask before the PIN is asked for.
     */
    public fun pinTries(): PinTries = door.askNow { pinTries(it) }

    /** Proves that the person is there, with the PIN. It counts as a try. */
    public suspend fun provePresenceWithPin(pin: SecretBytes): PresenceResult =
        prove { now -> pin.read { provePresenceWithPin(it, now) } }

    /** As [provePresenceWithPin], with what the key store unwrapped of what [beginPinUnlock] gave. */
    public suspend fun finishPresenceWithPin(pin: SecretBytes, unwrapped: SecretBytes): PresenceResult =
        prove { now -> pin.read { typed -> unwrapped.read { finishPresenceWithPin(typed, it, now) } } }

    /** Proves that the person is there, with the platform's key. The key store is asked to unwrap. */
    public suspend fun provePresenceWithPlatform(): PresenceResult =
        prove { provePresenceWithPlatform(it) }

    /** As [provePresenceWithPlatform], with what the key store unwrapped of what [beginPlatformUnlock] gave. */
    public suspend fun finishPresenceWithPlatform(unwrapped: SecretBytes): PresenceResult =
        prove { now -> unwrapped.read { finishPresenceWithPlatform(it, now) } }
}

private suspend fun Unlocking.unlock(call: AuthenticatorHandle.(Moment) -> Unlocked): UnlockResult =
    try {
        // Nobody would know that it is open.
        UnlockResult.Unlocked(door.changeSlowly({ door.lockUnlessClosed() }, call))
    } catch (error: AuthenticatorException) {
        refusal(error) ?: throw error
    }

private suspend fun Unlocking.prove(call: AuthenticatorHandle.(Moment) -> Unit): PresenceResult =
    try {
        door.askSlowly(call = call)
        PresenceResult.Proved
    } catch (error: AuthenticatorException) {
        refusal(error) ?: throw error
    }
