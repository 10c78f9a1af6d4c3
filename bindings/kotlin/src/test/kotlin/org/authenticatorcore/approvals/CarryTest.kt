package org.authenticatorcore.approvals

import java.io.IOException
import java.net.CookieManager
import java.net.http.HttpClient
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertIs
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.authenticatorcore.HttpCarrier
import org.authenticatorcore.approvalEvents
import org.authenticatorcore.JavaHttpCarrier
import org.authenticatorcore.ffi.ApprovalEvent
import org.authenticatorcore.ffi.ApprovalOutcome
import org.authenticatorcore.ffi.AuthenticatorException
import org.authenticatorcore.ffi.ExchangeProblem
import org.authenticatorcore.ffi.HttpHeader
import org.authenticatorcore.ffi.HttpRequest
import org.authenticatorcore.ffi.RequestState
import org.authenticatorcore.support.secret
import org.junit.jupiter.api.Test

class CarryTest {
    private val away = HttpCarrier { throw IOException("no network") }

    @Test
    fun `what could not be sent is said, and sent later`() = atSite { vault ->
        val id = secret(page("enrol")).use { vault.beginEnrolment(it) }
        val failed = ApprovalEvent.Failed(id, ExchangeProblem.Unavailable)
        assertEquals(listOf<ApprovalEvent>(failed), vault.carry(away))
        // Not at once.
        assertEquals(emptyList(), vault.carry(okHttp))
        withTimeout(20.seconds) { while (vault.carry(okHttp).isEmpty()) Thread.sleep(200) }
        assertTrue(vault.enrolments().single().confirm != null)
        assertNull(vault.enrolments().single().takeIf { it.isConfirmed })
    }

    @Test
    fun `a response that is lost loses nothing, nor does a caller that is cancelled`() = atSite { vault ->
        enrol(vault)
        val request = vault.takePush(ask())
        approve(vault, request)
        val arrived = CompletableDeferred<Unit>()
        val losing = HttpCarrier { sent ->
            okHttp.send(sent)
            arrived.complete(Unit)
            awaitCancellation()
        }
        coroutineScope {
            val caller = launch { vault.carry(losing) }
            arrived.await()
            caller.cancelAndJoin()
        }
        assertEquals("approved", page("state"))
        assertIs<RequestState.Sent>(vault.request(request).state)
        assertEquals(ApprovalEvent.Receipt(request, ApprovalOutcome.APPROVED), vault.carry(okHttp).single())
    }

    @Test
    fun `a service that answers nonsense is not believed`() = atSite { vault ->
        val id = enrol(vault)
        val portal = HttpCarrier { org.authenticatorcore.ffi.HttpResponse(200u, emptyList(), "<html>".toByteArray()) }
        assertIs<ExchangeProblem.NotBelieved>(assertIs<ApprovalEvent.Failed>(vault.poll(id, portal).single()).problem)
        assertNull(vault.accountDevices(id, away))
    }

    @Test
    fun `events come for as long as somebody collects, at once after a decision, and end with a lock`() =
        atSite { vault ->
            enrol(vault)
            ask()
            coroutineScope {
                val events = Channel<ApprovalEvent>(Channel.UNLIMITED)
                // It sleeps for ever: what follows comes because something was decided.
                val flow = vault.approvalEvents(okHttp) { awaitCancellation() }
                val collector = launch { flow.collect { events.send(it) } }
                val request = assertIs<ApprovalEvent.Requested>(events.receive()).request
                approve(vault, request)
                assertEquals(ApprovalEvent.Receipt(request, ApprovalOutcome.APPROVED), events.receive())
                vault.lock()
                collector.join()
            }
            assertFailsWith<AuthenticatorException.Locked> { vault.carry(okHttp) }
            assertEquals(emptyList(), vault.approvalEvents(okHttp).toList())
        }

    @Test
    fun `without a push or a decision it asks again, later each time`() = atSite { vault ->
        enrol(vault)
        val pauses = mutableListOf<Long>()
        val events = vault.approvalEvents(okHttp) {
            pauses += it
            if (pauses.size == 3) ask()
        }
        assertIs<ApprovalEvent.Requested>(events.first())
        // It may have gone on while nobody looked.
        assertTrue(pauses.size >= 3)
        assertTrue(pauses[0] in 2400..3600 && pauses[1] in 3600..5400 && pauses[2] in 5400..8100, "$pauses")
    }

    @Test
    fun `both clients take no redirect, and no more of a body than is looked at`() {
        val clients = listOf(okHttp, JavaHttpCarrier())
        val asked = { origin: String, verb: String -> HttpRequest("GET", "$origin/page/$verb", emptyList(), ByteArray(0)) }
        val gone = Site().use { site ->
            for (client in clients) runBlocking {
                assertEquals(302, client.send(asked(site.origin, "moved")).status.toInt())
                assertEquals(404, client.send(asked(site.origin, "unknown")).status.toInt())
                assertEquals(HttpCarrier.MAX_BODY, client.send(asked(site.origin, "long")).body.size)
                val headers = listOf(HttpHeader("Content-Type", "application/jwt"))
                val echo = client.send(HttpRequest("POST", "${site.origin}/page/echo", headers, "a.b".toByteArray()))
                assertEquals("POST application/jwt a.b", echo.body.decodeToString())
                assertEquals("abc", echo.headers.single { it.name.equals("DPoP-Nonce", ignoreCase = true) }.value)
            }
            asked(site.origin, "moved")
        }
        for (client in clients) runBlocking<Unit> { assertFailsWith<IOException> { client.send(gone) } }
    }

    @Test
    fun `a client of Java's that follows redirects or keeps cookies is none`() {
        val following = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build()
        assertFailsWith<IllegalArgumentException> { JavaHttpCarrier(following) }
        val keeping = HttpClient.newBuilder().cookieHandler(CookieManager()).build()
        assertFailsWith<IllegalArgumentException> { JavaHttpCarrier(keeping) }
    }
}
