package org.authenticatorcore

import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.withTimeoutOrNull
import org.authenticatorcore.ffi.AuthenticatorException
import org.authenticatorcore.ffi.Moment

/** The codes on the screen: part of [Authenticator]. */
public sealed interface CodeDisplay : AuthenticatorPart {
    /**
     * What every account outside the trash shows now. With `useCorrectedTime` it goes by the time
     * of [Session.learnTime] in place of the phone's wall clock. Throws `Locked`.
     */
    public fun currentCodes(useCorrectedTime: Boolean = false): Codes {
        val now = door.now()
        return Codes(door.ask { codes(useCorrectedTime, now) }, timeMillis(useCorrectedTime, now))
    }

    /**
     * The codes for as long as somebody collects: at once, then each time that one of them is over,
     * to the millisecond on the clock that this object was made with, and after each change of accounts
     * made through this object, so that the list of accounts may be read anew as well.
     *
     * It computes each sleep from the clock and never counts on having slept so long. Once a second
     * it looks whether the wall clock was set or the vault has locked itself; a collector that was held
     * up gets the newest codes alone.
     *
     * When the vault locks, or this object is closed, it emits an empty list, so that nothing stays
     * on the screen, and completes: collect it again after an unlock. Other errors are thrown to the
     * collector. It counts as no use, and keeps no vault open.
     */
    public fun codes(useCorrectedTime: Boolean = false): Flow<Codes> {
        door.checkOpen()
        return flow {
            while (true) {
                val seen = door.revision.value
                val shown = unlessLocked { currentCodes(useCorrectedTime) } ?: break
                emit(shown)
                awaitOthers(shown, seen, useCorrectedTime)
            }
            emit(Codes("", door.now().wallMillis))
        }.conflate().flowOn(door.dispatcher)
    }
}

/** Returns when these codes are over, the accounts were changed since `seen`, or the vault is locked. */
private suspend fun CodeDisplay.awaitOthers(shown: Codes, seen: Long, useCorrectedTime: Boolean) {
    var isChanged = false
    while (!isChanged) {
        val sleep = unlessLocked { sleepMillis(shown, useCorrectedTime) } ?: return
        if (sleep == 0L) return
        isChanged = withTimeoutOrNull(sleep) { door.revision.first { it != seen } } != null
    }
}

/** How long nothing has to be looked at; 0 if the codes are over. Throws `Locked`. */
private fun CodeDisplay.sleepMillis(shown: Codes, useCorrectedTime: Boolean): Long {
    val now = door.now()
    if (!door.ask { isUnlocked(now) }) throw AuthenticatorException.Locked()
    val time = timeMillis(useCorrectedTime, now)
    if (!shown.holdAt(time)) return 0
    return minOf(LONGEST_SLEEP_MILLIS, (shown.validUntilMillis ?: Long.MAX_VALUE) - time)
}

/** The time that codes go by at a moment. */
private fun CodeDisplay.timeMillis(useCorrectedTime: Boolean, now: Moment): Long =
    if (useCorrectedTime) door.ask { correctedTimeMillis(now) } else now.wallMillis

/** Locked, or closed, which locks too: null. */
internal inline fun <T> AuthenticatorPart.unlessLocked(block: () -> T): T? =
    try {
        block()
    } catch (locked: AuthenticatorException.Locked) {
        null
    } catch (closed: IllegalStateException) {
        if (door.isClosed) null else throw closed
    }

/** Long enough to cost nothing, and short enough that a clock that was set is soon noticed. */
private const val LONGEST_SLEEP_MILLIS = 1000L
