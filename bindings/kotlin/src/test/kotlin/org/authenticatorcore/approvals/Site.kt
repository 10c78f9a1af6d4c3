package org.authenticatorcore.approvals

import java.io.File
import java.net.HttpURLConnection
import java.net.URI
import java.net.URLEncoder
import kotlin.test.assertEquals
import kotlin.test.assertIs
import kotlin.test.assertNotNull
import kotlin.time.Duration.Companion.minutes
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.authenticatorcore.Authenticator
import org.authenticatorcore.HttpCarrier
import org.authenticatorcore.OkHttpCarrier
import org.authenticatorcore.SystemDeviceClock
import org.authenticatorcore.ffi.ApprovalCredential
import org.authenticatorcore.ffi.ApprovalEvent
import org.authenticatorcore.ffi.ApprovalOutcome
import org.authenticatorcore.ffi.ApprovalRequest
import org.authenticatorcore.ffi.DeviceDescription
import org.authenticatorcore.ffi.DeviceKeys
import org.authenticatorcore.ffi.DevicePlatform
import org.authenticatorcore.ffi.RequestState
import org.authenticatorcore.support.Phone
import org.authenticatorcore.support.secret
import okhttp3.OkHttpClient

const val ACCOUNT = "ann@example.com"
const val APPROVAL_PIN = "739105"
const val OTHER_PIN = "528491"

/** The service of the core's tests, as a program on loopback, and its page. */
class Site(vararg words: String) : AutoCloseable {
    private val process: Process =
        ProcessBuilder(listOf(System.getProperty("authenticator.service")) + words)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start()
    val origin: String = assertNotNull(process.inputStream.bufferedReader().readLine())

    /** What the person or an administrator does at the page, and what the page says. */
    fun page(verb: String, vararg words: Pair<String, String>): String {
        val query = (words.toList() + ("account" to ACCOUNT))
            .joinToString("&") { (name, value) -> "$name=${URLEncoder.encode(value, "UTF-8")}" }
        val connection = URI("$origin/page/$verb?$query").toURL().openConnection() as HttpURLConnection
        return connection.inputStream.use { it.readBytes().decodeToString() }
    }

    /** Asks, and gives what the first phone is pushed. */
    fun ask(vararg words: Pair<String, String>): String = page("ask", *words).lines().first()

    fun number(): String = page("number")

    /** What is no number of the page's. */
    fun otherNumber(): String = if (number() == "55") "56" else "55"

    override fun close() {
        process.outputStream.close()
        process.waitFor()
    }
}

val okHttp: HttpCarrier = OkHttpCarrier(OkHttpClient())

val device = DeviceDescription("Pixel", DevicePlatform.ANDROID, null)

/** A test with a service and a vault on a phone. */
fun atSite(
    vararg words: String,
    deviceKeys: DeviceKeys? = null,
    test: suspend Site.(Authenticator) -> Unit,
): Unit = runBlocking {
    Site(*words).use { site ->
        Phone().use { phone ->
            val clock = SystemDeviceClock()
            Authenticator.create(phone.vault.path, phone.keys, phone.guard, clock, deviceKeys = deviceKeys)
                .use { vault -> withTimeout(1.minutes) { site.test(vault) } }
        }
    }
}

/** Enrols a phone up to the first approved request, and gives the credential's id. */
suspend fun Site.enrol(vault: Authenticator, pin: String? = null, carrier: HttpCarrier = okHttp): String {
    val id = secret(page("enrol")).use { vault.beginEnrolment(it) }
    assertEquals(listOf<ApprovalEvent>(ApprovalEvent.EnrolmentToConfirm(id)), vault.carry(carrier))
    vault.confirmEnrolment(id, device, pin?.let(::secret))
    assertEquals(listOf<ApprovalEvent>(ApprovalEvent.PairingCode(id)), vault.carry(carrier))
    assertEquals("paired", page("pair", "code" to assertNotNull(vault.credential(id).pairingCode)))
    val test = assertIs<ApprovalEvent.Requested>(vault.poll(id, carrier).last()).request
    approve(vault, test, pin)
    val receipt = ApprovalEvent.Receipt(test, ApprovalOutcome.APPROVED)
    assertEquals(listOf(receipt, ApprovalEvent.Activated(id)), vault.carry(carrier))
    return id
}

/** Approves with what the page shows. */
suspend fun Site.approve(vault: Authenticator, request: String, pin: String? = null) {
    if (pin == null) vault.approve(request, number())
    else secret(pin).use { vault.approveWithPin(request, it, number()) }
}

suspend fun Authenticator.credential(id: String): ApprovalCredential = credentials().single { it.id == id }

suspend fun Authenticator.request(id: String): ApprovalRequest = requests().single { it.id == id }

/** The one that waits for the person. */
suspend fun Authenticator.open(): ApprovalRequest = requests().single { it.state is RequestState.Open }
