package org.authenticatorcore

import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest.BodyPublishers
import java.net.http.HttpResponse.BodyHandlers
import java.time.Duration
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.future.await
import kotlinx.coroutines.runInterruptible
import org.authenticatorcore.ffi.HttpHeader
import org.authenticatorcore.ffi.HttpRequest
import org.authenticatorcore.ffi.HttpResponse

/**
 * An [HttpCarrier] on `java.net.http`, for the JVM from Java 11: Android has no such package.
 *
 * `client` is the app's, with its proxy and trust; one that follows redirects or keeps cookies is refused.
 */
public class JavaHttpCarrier(private val client: HttpClient = HttpClient.newHttpClient()) : HttpCarrier {
    init {
        require(client.followRedirects() == HttpClient.Redirect.NEVER) { "The client follows redirects" }
        require(client.cookieHandler().isEmpty) { "The client keeps cookies" }
    }

    override suspend fun send(request: HttpRequest): HttpResponse {
        val body =
            if (request.method == "GET") BodyPublishers.noBody() else BodyPublishers.ofByteArray(request.body)
        val builder = java.net.http.HttpRequest.newBuilder(URI(request.url)).method(request.method, body)
        request.headers.forEach { builder.header(it.name, it.value) }
        val sent = client.sendAsync(builder.timeout(TIMEOUT).build(), BodyHandlers.ofInputStream())
        val response = sent.await()
        // The body may still be on its way.
        val bytes = runInterruptible(Dispatchers.IO) {
            response.body().use { it.readNBytes(HttpCarrier.MAX_BODY) }
        }
        val headers = response.headers().map().flatMap { (name, values) -> values.map { HttpHeader(name, it) } }
        return HttpResponse(response.statusCode().toUShort(), headers, bytes)
    }
}

/** Until the service answers. */
private val TIMEOUT = Duration.ofSeconds(30)
