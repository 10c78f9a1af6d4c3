package org.authenticatorcore

import java.io.IOException
import org.authenticatorcore.ffi.HttpRequest
import org.authenticatorcore.ffi.HttpResponse

/**
 * Sends a request of the approval protocol with the app's own HTTP stack, its certificate pinning and its
 * proxy: over TLS whose certificate was checked, without cookies and a cache, and without following a
 * redirect. [OkHttpCarrier] does it with OkHttp; on the JVM, `JavaHttpCarrier` with `java.net.http`.
 *
 * Never log a request or a response: they are meant for the service alone.
 */
public fun interface HttpCarrier {
    /**
     * Sends it once, and gives what came back, whatever the status is. Of a body that is longer than
     * [MAX_BODY] bytes, the first [MAX_BODY]: it is refused then.
     *
     * @throws IOException if the service could not be reached, or nothing came back: it is sent again later.
     */
    public suspend fun send(request: HttpRequest): HttpResponse

    public companion object {
        /** How many bytes of a body are looked at; one more than a message has at most. */
        public const val MAX_BODY: Int = 16_385
    }
}
