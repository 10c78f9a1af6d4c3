package org.authenticatorcore

import java.nio.ByteBuffer
import org.authenticatorcore.ffi.PinCost
import org.authenticatorcore.ffi.PlatformAnswers
import org.authenticatorcore.ffi.PlatformEnrolment
import org.authenticatorcore.ffi.Protection
import org.authenticatorcore.ffi.RecoveryKey

/** A PIN, and what stretching it is to cost. The PIN stays yours to close. */
public class PinAndCost(
    /** The PIN. */
    public val pin: SecretBytes,
    /** Its cost, as [Authenticator.calibratePinCost] gives it. */
    public val cost: PinCost,
) {
    /** Says nothing of the PIN. */
    override fun toString(): String = "PinAndCost(cost=$cost)"
}

/**
 * What opens the vault, and its changes: part of [Authenticator].
 *
 * A change needs a proof of presence of late: otherwise `PresenceNeeded` is thrown. Where a prompt
 * of the app comes between, it takes what the key store answered before; without `answers`, the
 * key store is asked during the call. Errors are thrown, a wrong PIN among them: as `WrongSecret`, with
 * the tries that are left.
 *
 * A caller that is cancelled waits until a change that was begun is done: it may have been made. After
 * a cancelled [issueRecoveryKey] issue another one: nobody saw the first, and those before it may
 * open nothing any more.
 */
public sealed interface KeyChanges : AuthenticatorPart {
    /** What opens this vault, besides the recovery key. */
    public fun protection(): Protection = door.ask { protection() }

    /**
     * Begins a change of keys in which a prompt comes between, with a new secret for the key store
     * to wrap. Close it; nothing else is held until it is finished.
     */
    public fun beginPlatformEnrolment(): PlatformEnrolment = door.ask { beginPlatformEnrolment() }

    /**
     * Wraps the vault's platform secret anew, as after a biometric was enrolled. Throws `SlotMissing`
     * where the vault demands both: [setPin] wraps it anew there.
     */
    public suspend fun enrolPlatform(): Unit = door.changeSlowly { enrolPlatform(it) }

    /** As [enrolPlatform], with what the key store wrapped the enrolment's secret to. */
    public suspend fun finishPlatformEnrolment(enrolment: PlatformEnrolment, wrapped: ByteArray): Unit =
        door.changeSlowly { now -> enrolment.borrowed().use { finishPlatformEnrolment(it, wrapped, now) } }

    /**
     * Sets the vault's first PIN, or another in place of it. It opens the vault beside the platform's
     * key, or together with it where the vault demands both: [protect] changes that.
     */
    public suspend fun setPin(pin: PinAndCost, answers: PlatformAnswers? = null): Unit =
        door.changeSlowly { now ->
            answers?.borrowed().use { own -> pin.pin.read { setPin(it, pin.cost, own, now) } }
        }

    /**
     * Changes what opens the vault, so that what is left out opens nothing any more. `pin` is the
     * one that the vault is to have: the one that it has, or a new one. The recovery key is needed
     * if there is one.
     */
    public suspend fun protect(
        protection: Protection,
        pin: PinAndCost? = null,
        recoveryKey: RecoveryKey? = null,
        answers: PlatformAnswers? = null,
    ): Unit = door.changeSlowly { now ->
        recoveryKey?.borrowed().use { key ->
            answers?.borrowed().use { own ->
                pin.read { protect(protection, it, pin.cost(), key, own, now) }
            }
        }
    }

    /**
     * Replaces the master key and seals everything anew; what opens the vault stays. The PIN, if
     * there is one, has to be the vault's, and counts as a try. The recovery key is needed if
     * there is one.
     */
    public suspend fun rotate(
        pin: PinAndCost? = null,
        recoveryKey: RecoveryKey? = null,
        answers: PlatformAnswers? = null,
    ): Unit = door.changeSlowly { now ->
        recoveryKey?.borrowed().use { key ->
            answers?.borrowed().use { own -> pin.read { rotate(it, pin.cost(), key, own, now) } }
        }
    }

    /**
     * Gives the vault a recovery key, to be shown once and written down; close it then. Where the
     * vault had one, that opens nothing any more, for which the PIN is needed if there is one. It
     * counts as none until [confirmRecoveryKey].
     */
    public suspend fun issueRecoveryKey(
        pin: PinAndCost? = null,
        answers: PlatformAnswers? = null,
    ): RecoveryKey = door.changeSlowly({ it.close() }) { now ->
        answers?.borrowed().use { own -> pin.read { issueRecoveryKey(it, pin.cost(), own, now) } }
    }

    /** Confirms that the person has written the recovery key down: the one that was typed. */
    public fun confirmRecoveryKey(key: RecoveryKey): Unit =
        key.borrowed().use { own -> door.askNow { confirmRecoveryKey(own, it) } }

    /** Whether the vault has a recovery key. */
    public fun hasRecoveryKey(): Boolean = door.ask { hasRecoveryKey() }

    /** Whether the vault has a recovery key that the person confirmed. */
    public fun isRecoveryKeyConfirmed(): Boolean = door.askNow { isRecoveryKeyConfirmed(it) }

    /**
     * Does without a recovery key: a forgotten PIN, or a lost phone, then loses all. `words` are
     * those that the person agreed to; they are kept, at most 1024 bytes.
     */
    public fun waiveRecovery(words: String): Unit = door.askNow { waiveRecovery(words, it) }

    /**
     * Whether a forgotten PIN does not lose all, or the person agreed to that. Until then, a vault
     * cannot demand its PIN: lead the person through this first.
     */
    public fun isRecoverySettled(): Boolean = door.askNow { isRecoverySettled(it) }
}

/** No PIN is an empty one on the other side, and has no cost. */
private inline fun <R> PinAndCost?.read(block: (ByteBuffer) -> R): R =
    if (this == null) block(NOTHING) else pin.read(block)

private fun PinAndCost?.cost(): PinCost = this?.cost ?: PinCost(0u, 0u)

internal val NOTHING: ByteBuffer = ByteBuffer.allocateDirect(0)
