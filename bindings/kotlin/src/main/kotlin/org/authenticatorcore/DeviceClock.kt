package org.authenticatorcore

import org.authenticatorcore.ffi.Moment

/**
 * What the device's clocks show. The library reads no clock of its own: an [Authenticator] asks this
 * one, for each call anew.
 *
 * It is called from any thread, often, and must not call the authenticator. It reads all its clocks
 * together: a [Moment] put together from readings of different times may lock a vault early or late.
 */
public fun interface DeviceClock {
    /** The moment that it is now. What it throws, the call that asked throws. */
    public fun now(): Moment
}
