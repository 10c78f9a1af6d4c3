package org.authenticatorcore

import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import org.authenticatorcore.ffi.AuthenticatorException
import org.authenticatorcore.ffi.AuthenticatorHandle
import org.authenticatorcore.ffi.DeviceKeys
import org.authenticatorcore.ffi.KeyWrapper
import org.authenticatorcore.ffi.Moment
import org.authenticatorcore.ffi.PanicListener
import org.authenticatorcore.ffi.PinCost
import org.authenticatorcore.ffi.PinProblem
import org.authenticatorcore.ffi.PlatformEnrolment
import org.authenticatorcore.ffi.RollbackGuard
import org.authenticatorcore.ffi.calibratePinCost
import org.authenticatorcore.ffi.checkNewPin
import org.authenticatorcore.ffi.libraryVersion
import org.authenticatorcore.ffi.setPanicListener

/**
 * A vault, and everything an app does with it: its [Accounts], their codes on the screen
 * ([CodeDisplay]), the sign-ins that a person approves ([Approvals], [ApprovalCredentials],
 * [ApprovalExchanges]), [Unlocking], [KeyChanges] and the [Session].
 *
 * An app makes one for each vault file and keeps it. It may be used from any thread. What is slow is a
 * `suspend` function, which does its work on the dispatcher that this was made with; every other call
 * takes a few milliseconds at most, and what it changed is durable when it returns.
 *
 * **Errors** are an [AuthenticatorException], each variant something that the app can do about it.
 * What an app meets every day is a result instead: [UnlockResult], [PresenceResult] and
 * [org.authenticatorcore.ffi.Added].
 *
 * **Cancellation.** A native call cannot be interrupted. A caller that is cancelled before its call began
 * leaves everything as it is; cancelled later, it waits until the call is done and then throws
 * `CancellationException`, and what the call gave is let go of: a vault that was unlocked is locked, one
 * that was opened or created is closed (the file of one that was created is there), recovery keys
 * and migration codes are overwritten. A change that was made stays made.
 *
 * **Closing.** [close] locks the vault and lets the file go. Every call afterwards throws
 * `IllegalStateException`, and a flow of codes ends.
 */
public class Authenticator private constructor(internal val door: Door) :
    Accounts, CodeDisplay, Approvals, ApprovalCredentials, ApprovalExchanges, Unlocking, KeyChanges, Session,
    AutoCloseable {

    /**
     * Locks the vault, whatever is under way, so that every key and all contents in memory are
     * overwritten, and lets the file go, at the latest when the last call is done. To close it again
     * does nothing.
     */
    override fun close(): Unit = door.close()

    /** Says nothing of the vault. */
    override fun toString(): String = "Authenticator"

    public companion object {
        /** The version of the native library, as `1.2.3`. */
        public val libraryVersion: String get() = libraryVersion()

        /**
         * Makes a vault, unlocked, which the platform's key opens. The key store is asked to wrap.
         *
         * @param path the file, in a folder that is there, and of which no backup is made.
         * @param keys a key of the platform's key store, this vault's alone.
         * @param guard what remembers the vault's state outside its file.
         * @param dispatcher where slow calls run: it must be fit for calls that block.
         * @param deviceKeys where the keys that approve are kept; null: in software, in the vault.
         * @throws AuthenticatorException.AlreadyExists if there is a file: [open] it.
         */
        public suspend fun create(
            path: String,
            keys: KeyWrapper,
            guard: RollbackGuard,
            clock: DeviceClock,
            dispatcher: CoroutineDispatcher = Dispatchers.IO,
            deviceKeys: DeviceKeys? = null,
        ): Authenticator = made(clock, dispatcher) { AuthenticatorHandle.create(path, keys, guard, deviceKeys, it) }

        /**
         * As [create], where the app asked the key store before, with a prompt: `wrapped` is what it
         * wrapped the secret of [PlatformEnrolment.Companion.forNewVault] to.
         */
        public suspend fun finishCreate(
            path: String,
            keys: KeyWrapper,
            guard: RollbackGuard,
            clock: DeviceClock,
            enrolment: PlatformEnrolment,
            wrapped: ByteArray,
            dispatcher: CoroutineDispatcher = Dispatchers.IO,
            deviceKeys: DeviceKeys? = null,
        ): Authenticator = made(clock, dispatcher) { now ->
            enrolment.borrowed().use { AuthenticatorHandle.finishCreate(path, keys, guard, deviceKeys, it, wrapped, now) }
        }

        /**
         * Opens a vault, locked. One of an older version is brought to this one; a copy of it is
         * kept until the vault was unlocked. The parameters are those of [create].
         *
         * @throws AuthenticatorException.NotFound if there is no file: [create] it.
         * @throws AuthenticatorException.Damaged if it is not what was written: [openDamaged].
         * @throws AuthenticatorException.AlreadyOpen if another [Authenticator] has it.
         */
        public suspend fun open(
            path: String,
            keys: KeyWrapper,
            guard: RollbackGuard,
            clock: DeviceClock,
            dispatcher: CoroutineDispatcher = Dispatchers.IO,
            deviceKeys: DeviceKeys? = null,
        ): Authenticator = made(clock, dispatcher) { AuthenticatorHandle.open(path, keys, guard, deviceKeys) }

        /**
         * Opens a damaged vault, locked: unlock it, look at [Session.salvaged], and [Session.repair]
         * it. The damaged file is not written to. The parameters are those of [create].
         *
         * @throws AuthenticatorException.NotFound if there is no file.
         * @throws AuthenticatorException.Damaged if nothing is left that could open it.
         */
        public suspend fun openDamaged(
            path: String,
            keys: KeyWrapper,
            guard: RollbackGuard,
            clock: DeviceClock,
            dispatcher: CoroutineDispatcher = Dispatchers.IO,
            deviceKeys: DeviceKeys? = null,
        ): Authenticator = made(clock, dispatcher) { AuthenticatorHandle.openDamaged(path, keys, guard, deviceKeys) }

        /**
         * The cost at which a try of the PIN takes this device about half a second, and no more
         * memory than it has. It measures for up to two seconds: do it when a PIN is set.
         */
        public suspend fun calibratePinCost(dispatcher: CoroutineDispatcher = Dispatchers.IO): PinCost =
            runSlowly(dispatcher) { org.authenticatorcore.ffi.calibratePinCost() }

        /** What is wrong with a PIN that is to be a new one; null if it may be one. Ask before it is typed again. */
        public fun problemOfNewPin(pin: SecretBytes): PinProblem? =
            try {
                pin.read { checkNewPin(it) }
                null
            } catch (refused: AuthenticatorException.InvalidPin) {
                refused.problem
            }

        /**
         * Has `listener` told where in the library a panic was, which is a bug of ours, from now on;
         * null ends that. The call that panicked throws `org.authenticatorcore.ffi.InternalException`. It
         * is called on that call's thread, and must not call the library. The text holds no secret.
         */
        public fun onPanic(listener: ((location: String) -> Unit)?): Unit =
            setPanicListener(listener?.let(::LocationListener))

        private suspend fun made(
            clock: DeviceClock,
            dispatcher: CoroutineDispatcher,
            make: (Moment) -> AuthenticatorHandle,
        ): Authenticator = runSlowly(dispatcher, { it.close() }) {
            Authenticator(Door(make(clock.now()), clock, dispatcher))
        }
    }
}

/** A part of [Authenticator]'s calls, and never anything else. */
public sealed interface AuthenticatorPart

internal val AuthenticatorPart.door: Door get() = when (this) { is Authenticator -> door }

private class LocationListener(private val listener: (String) -> Unit) : PanicListener {
    override fun panicked(location: String) = listener(location)
}
