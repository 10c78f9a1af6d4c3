package org.authenticatorcore.approvals

import java.util.Base64
import kotlin.test.assertContains
import kotlin.test.assertEquals
import org.authenticatorcore.SecretBytes
import org.authenticatorcore.ffi.PushKind
import org.authenticatorcore.ffi.Refusal
import org.authenticatorcore.ffi.WebPushKeys
import org.authenticatorcore.from
import org.authenticatorcore.toSecretBytes
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Test

class WebPushTest {
    private fun bytes(text: String): ByteArray = Base64.getUrlDecoder().decode(text)

    @Test
    fun `the payload of RFC 8291 is opened`(): Unit = runBlocking {
        val kept = bytes("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94") + bytes("BTBZMqHH6r4Tts7J_aSIgg")
        val payload = bytes(
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz" +
                "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
        )
        SecretBytes.from(kept).use { secret -> WebPushKeys.from(secret) }.use { keys ->
            assertEquals("When I grow up, I want to be a watermelon", keys.open(payload))
            payload[payload.size - 1]++
            assertEquals(Refusal.MALFORMED, refused { keys.open(payload) })
        }
    }

    @Test
    fun `keys that were kept are the same`() {
        val (kept, target) = WebPushKeys.make().use { it.toSecretBytes() to it.target("https://push.example/1") }
        assertEquals(PushKind.WEBPUSH, target.kind)
        assertContains(target.target, "\"endpoint\":\"https://push.example/1\"")
        val again = kept.use { secret -> WebPushKeys.from(secret) }.use { it.target("https://push.example/1") }
        assertEquals(target, again)
    }
}
