package org.authenticatorcore

import java.io.IOException
import kotlin.coroutines.resume
import kotlin.coroutines.resumeWithException
import kotlinx.coroutines.suspendCancellableCoroutine
import okhttp3.Call
import okhttp3.Callback
import okhttp3.CookieJar
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.RequestBody.Companion.toRequestBody
import okhttp3.Response
import org.authenticatorcore.ffi.HttpHeader
import org.authenticatorcore.ffi.HttpRequest
import org.authenticatorcore.ffi.HttpResponse

/**
 * An [HttpCarrier] on OkHttp 4.12 or later, which the app brings along.
 *
 * `client` is the app's, with its pinning, proxy and timeouts; redirects, cookies and its cache are left out
 * here. An interceptor of it that logs would log what is meant for the service alone.
 */
public class OkHttpCarrier(client: OkHttpClient) : HttpCarrier {
    private val calls: Call.Factory = client.newBuilder()
        .followRedirects(false)
        .followSslRedirects(false)
        .cookieJar(CookieJar.NO_COOKIES)
        .cache(null)
        .build()

    override suspend fun send(request: HttpRequest): HttpResponse {
        val builder = Request.Builder().url(request.url)
        request.headers.forEach { builder.header(it.name, it.value) }
        // The header says what it is; OkHttp adds no type of its own to bytes.
        val body = if (request.method == "GET") null else request.body.toRequestBody()
        val call = calls.newCall(builder.method(request.method, body).build())
        return suspendCancellableCoroutine { continuation ->
            continuation.invokeOnCancellation { call.cancel() }
            call.enqueue(object : Callback {
                override fun onFailure(call: Call, e: IOException) = continuation.resumeWithException(e)

                override fun onResponse(call: Call, response: Response) {
                    val answer = try {
                        response.use(::answer)
                    } catch (broken: IOException) {
                        return continuation.resumeWithException(broken)
                    }
                    continuation.resume(answer)
                }
            })
        }
    }

    private fun answer(response: Response): HttpResponse {
        val source = response.body.source()
        source.request(HttpCarrier.MAX_BODY.toLong())
        val body = source.buffer.readByteArray(minOf(source.buffer.size, HttpCarrier.MAX_BODY.toLong()))
        val headers = response.headers.map { (name, value) -> HttpHeader(name, value) }
        return HttpResponse(response.code.toUShort(), headers, body)
    }
}
