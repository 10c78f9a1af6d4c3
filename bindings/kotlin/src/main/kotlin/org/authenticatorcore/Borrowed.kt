package org.authenticatorcore

import org.authenticatorcore.ffi.AccountDraft
import org.authenticatorcore.ffi.PlatformAnswers
import org.authenticatorcore.ffi.PlatformEnrolment
import org.authenticatorcore.ffi.RecoveryKey
import org.authenticatorcore.ffi.UniffiWithHandle
import org.authenticatorcore.ffi.VerificationMessage

// The generated code hands an object on as an argument without looking whether it was closed: the native
// side would then read memory that was freed. Another reference of our own is closed by nobody else, and
// it is taken under the lock that the generated `close` takes.

/** Another reference to the same draft, to be closed as well; `IllegalStateException` if this is closed. */
internal fun AccountDraft.borrowed(): AccountDraft = synchronized(this) {
    checkOpen(uniffiIsDestroyed)
    AccountDraft(UniffiWithHandle, uniffiCloneHandle())
}

/** As of a draft. */
internal fun PlatformAnswers.borrowed(): PlatformAnswers = synchronized(this) {
    checkOpen(uniffiIsDestroyed)
    PlatformAnswers(UniffiWithHandle, uniffiCloneHandle())
}

/** As of a draft. */
internal fun PlatformEnrolment.borrowed(): PlatformEnrolment = synchronized(this) {
    checkOpen(uniffiIsDestroyed)
    PlatformEnrolment(UniffiWithHandle, uniffiCloneHandle())
}

/** As of a draft. */
internal fun RecoveryKey.borrowed(): RecoveryKey = synchronized(this) {
    checkOpen(uniffiIsDestroyed)
    RecoveryKey(UniffiWithHandle, uniffiCloneHandle())
}

/** As of a draft. */
internal fun VerificationMessage.borrowed(): VerificationMessage = synchronized(this) {
    checkOpen(uniffiIsDestroyed)
    VerificationMessage(UniffiWithHandle, uniffiCloneHandle())
}

private fun checkOpen(isDestroyed: Boolean) = check(!isDestroyed) { "What was given is closed" }
