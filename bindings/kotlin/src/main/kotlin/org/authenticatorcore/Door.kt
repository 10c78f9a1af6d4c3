package org.authenticatorcore

import java.util.concurrent.atomic.AtomicBoolean
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext
import org.authenticatorcore.ffi.AuthenticatorHandle
import org.authenticatorcore.ffi.Moment

/** The native object, with what each call of it needs. */
internal class Door(
    private val handle: AuthenticatorHandle,
    private val clock: DeviceClock,
    val dispatcher: CoroutineDispatcher,
) : AutoCloseable {
    private val closed = AtomicBoolean()
    private val changes = MutableStateFlow(0L)
    private val approvals = MutableStateFlow(0L)
    private val approvalTurn = Mutex()

    /** Counts what may change the codes that are shown. */
    val revision: StateFlow<Long> get() = changes

    /** Counts what may have to be sent. */
    val approvalWork: StateFlow<Long> get() = approvals

    val isClosed: Boolean get() = closed.get()

    fun now(): Moment = clock.now()

    fun checkOpen() = check(!isClosed) { "The authenticator is closed" }

    fun <T> ask(call: AuthenticatorHandle.() -> T): T {
        checkOpen()
        return handle.call()
    }

    fun <T> askNow(call: AuthenticatorHandle.(Moment) -> T): T = ask { call(now()) }

    /** As [askNow], where the codes that are shown may be others afterwards. */
    fun <T> change(call: AuthenticatorHandle.(Moment) -> T): T =
        try {
            askNow(call)
        } finally {
            noteChange()
        }

    fun noteChange() = changes.update { it + 1 }

    /** As [askNow], off the caller's thread; `discard` undoes what nobody waits for any more. */
    suspend fun <T> askSlowly(discard: (T) -> Unit = {}, call: AuthenticatorHandle.(Moment) -> T): T {
        checkOpen()
        return runSlowly(dispatcher, discard) { askNow(call) }
    }

    /** As [askSlowly], for what the core does one at a time. */
    suspend fun <T> askInTurn(discard: (T) -> Unit = {}, call: AuthenticatorHandle.(Moment) -> T): T =
        approvalTurn.withLock { askSlowly(discard, call) }

    /** As [askInTurn], where something may have to be sent afterwards. */
    suspend fun <T> approve(discard: (T) -> Unit = {}, call: AuthenticatorHandle.(Moment) -> T): T =
        askInTurn(discard, call).also { approvals.update { it + 1 } }

    /** As [change], off the caller's thread; `discard` undoes what nobody waits for any more. */
    suspend fun <T> changeSlowly(discard: (T) -> Unit = {}, call: AuthenticatorHandle.(Moment) -> T): T {
        checkOpen()
        return runSlowly(dispatcher, discard) { change(call) }
    }

    fun lock() {
        ask { lock() }
        noteEnd()
    }

    /** Locks even where somebody closed it meanwhile, which has locked it. */
    fun lockUnlessClosed() {
        try {
            lock()
        } catch (alreadyClosed: IllegalStateException) {
            if (!isClosed) throw alreadyClosed
        }
    }

    override fun close() {
        if (!closed.compareAndSet(false, true)) return
        // The native object lives until its last call is done: what is unlocked goes now.
        try {
            handle.lock()
        } finally {
            handle.close()
            noteEnd()
        }
    }

    /** Whoever waits looks whether there is anything to wait for. */
    private fun noteEnd() {
        noteChange()
        approvals.update { it + 1 }
    }
}

/**
 * Runs `call` on the dispatcher. A native call cannot be interrupted: a caller that is cancelled
 * waits until it is done, and what it gave goes to `discard`.
 */
internal suspend fun <T> runSlowly(
    dispatcher: CoroutineDispatcher,
    discard: (T) -> Unit = {},
    call: () -> T,
): T {
    var undelivered: (() -> Unit)? = null
    try {
        return withContext(dispatcher) { call().also { given -> undelivered = { discard(given) } } }
    } catch (cancelled: CancellationException) {
        undelivered?.invoke()
        throw cancelled
    }
}
