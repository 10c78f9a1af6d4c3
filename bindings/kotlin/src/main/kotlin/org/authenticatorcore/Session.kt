package org.authenticatorcore

import kotlin.time.Duration
import org.authenticatorcore.ffi.AutoLock
import org.authenticatorcore.ffi.ClockOffset
import org.authenticatorcore.ffi.ClockSample
import org.authenticatorcore.ffi.Moment
import org.authenticatorcore.ffi.Salvaged
import org.authenticatorcore.ffi.SecurityLevel

/** Locking, what goes on off the screen, the phone's clock, and the vault as a whole: part of [Authenticator]. */
public sealed interface Session : AuthenticatorPart {
    /**
     * Locks the vault: every key and all contents in memory are overwritten. An unlock that is under
     * way does not open it.
     */
    public fun lock(): Unit = door.lock()

    /** Whether the vault is unlocked now. */
    public fun isUnlocked(): Boolean = door.askNow { isUnlocked(it) }

    /** Call when the app leaves the screen, in `onStop` say. */
    public fun enterBackground(): Unit = door.askNow { enterBackground(it) }

    /** Call when the app comes back to the screen, in `onStart` say; then ask [isUnlocked]. */
    public fun enterForeground(): Unit = door.change { enterForeground(it) }

    /** Call when the person does something: that keeps the vault open. */
    public fun noteInteraction(): Unit = door.askNow { noteInteraction(it) }

    /** When the vault locks by itself. */
    public fun autoLock(): AutoLock = door.askNow { autoLock(it) }

    /**
     * Sets when the vault locks by itself, and how long a proof of presence is good: whole seconds,
     * at least one. The person has to have proved presence of late.
     */
    public fun setAutoLock(autoLock: AutoLock, presence: Duration): Unit =
        door.change { setAutoLock(autoLock, presence.wholeSeconds(), it) }

    /**
     * Closes the file, everything in it durable, so that the process may be stopped or the file be
     * copied. What is unlocked stays so in memory; calls that need the file throw `Suspended` until
     * [resumeStorage].
     */
    public fun suspendStorage(): Unit = door.ask { suspend() }

    /** Opens the file again. Where its keys were changed meanwhile, the vault is locked. */
    public fun resumeStorage(): Unit = door.change { resume() }

    /** Reads and checks every row of the file anew: how many records there are. */
    public suspend fun verify(): Int = door.askSlowly { verify(it).toInt() }

    /**
     * Takes an older file for the newest, as after a backup was restored: it can be written to
     * again. The person has to have proved presence of late.
     */
    public suspend fun acceptRollback(): Unit = door.changeSlowly { acceptRollback(it) }

    /**
     * Destroys the vault: what opens it, the file, every copy beside it, and the platform's key.
     * After an error it may not be done to the end: call it again. The person has to have proved
     * presence of late.
     */
    public suspend fun wipe(): Unit = door.changeSlowly { wipe(it) }

    /** What was found of a vault that was opened as damaged; none of one that is whole. */
    public fun salvaged(): Salvaged? = door.askNow { salvaged(it) }

    /**
     * Makes a vault of what was found, in the damaged one's place, which is kept beside it. Look
     * afterwards what opens the vault. What is not proved to be complete and the newest is only
     * repaired if `acceptOlder`: show the person what [salvaged] says first.
     */
    public suspend fun repair(acceptOlder: Boolean = false): Salvaged =
        door.changeSlowly { repair(acceptOlder, it) }

    /** How well the platform keeps its key. */
    public fun securityLevel(): SecurityLevel = door.ask { securityLevel() }

    /**
     * Whether the rollback guard was told of the newest change. If not, it could not be reached; it
     * is told with the next call. Until then an older file would not be noticed.
     */
    public fun isGuardCurrent(): Boolean = door.ask { isGuardCurrent() }

    /** What the clock that this was made with shows: for a [ClockSample]. */
    public fun now(): Moment = door.now()

    /**
     * Takes a sample of a server's clock, to tell how far the phone's is off. Throws
     * `ClockSampleUseless` for one that tells nothing, and `ClockOutOfBounds`.
     */
    public fun learnTime(sample: ClockSample): Unit = door.change { learnTime(sample) }

    /** How far the phone's clock is off; none before the first sample after a start. */
    public fun clockOffset(): ClockOffset? = door.askNow { clockOffset(it) }

    /** Whether the phone's clock is so wrong that codes which live for `period` may be refused. */
    public fun isClockOff(period: Duration): Boolean = door.askNow { isClockOff(period.wholeSeconds(), it) }
}

/** What lies outside what a number of seconds can say is the nearest that it can. */
private fun Duration.wholeSeconds(): UInt =
    inWholeSeconds.coerceIn(0, UInt.MAX_VALUE.toLong()).toUInt()
