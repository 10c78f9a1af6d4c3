package org.authenticatorcore

import kotlin.reflect.KClass
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNotNull
import org.authenticatorcore.ffi.AuthenticatorException
import org.authenticatorcore.support.PIN
import org.authenticatorcore.support.RFC_SECRET
import org.authenticatorcore.support.withVault
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import org.opentest4j.TestAbortedException

/** Every variant of the one error: provoked, or with the reason why nothing outside can. */
class ErrorVariantsTest {
    private val beyondReach: Map<KClass<out AuthenticatorException>, String> = mapOf(
        AuthenticatorException.AccountPinRequired::class to
            "A list of codes says it as Code.PinRequired, and no kind of account has both a counter and a PIN.",
        AuthenticatorException.NoRandomness::class to
            "The operating system would have to refuse randomness; the tests of the core make it.",
        AuthenticatorException.OutOfMemory::class to
            "The system would have to refuse 64 MiB; the tests of the core make it.",
        AuthenticatorException.Unknown::class to
            "It stands for a variant of the core that the door has no name for, and there is none.",
        AuthenticatorException.Unreadable::class to
            "A row that is damaged under an open vault is Damaged, and a list of codes says it as Code.Unreadable.",
        AuthenticatorException.UnsafeParameters::class to
            "Whoever alters a slot has to work its checksum out anew; the tests of the core do.",
    )

    @Test
    fun `each variant is provoked here or has its reason`() {
        val all = AuthenticatorException::class.java.declaredClasses
            .filter { AuthenticatorException::class.java.isAssignableFrom(it) }
        val provoked = provocations.map { it.variant.java }
        assertEquals(provoked.distinct(), provoked)
        assertEquals(emptySet(), provoked.intersect(beyondReach.keys.map { it.java }.toSet()))
        val names = { classes: Collection<Class<*>> -> classes.map { it.simpleName }.sorted() }
        assertEquals(names(all), names(provoked + beyondReach.keys.map { it.java }))
    }

    @TestFactory
    fun `the outside causes`(): List<DynamicTest> = provocations.map { provocation ->
        DynamicTest.dynamicTest(provocation.variant.simpleName) {
            withVault { vault ->
                val result = runCatching { provocation.provoke(this, vault) }
                val refused = result.getOrNull()
                if (refused is Refused) return@withVault assertEquals(provocation.refused, refused)
                val error = assertNotNull(result.exceptionOrNull(), "nothing was refused: $refused")
                if (error is TestAbortedException) throw error
                assertEquals(provocation.variant, error::class, error.stackTraceToString())
                // Every error may be logged.
                val logged = error.stackTraceToString()
                for (secret in listOf(PIN, RFC_SECRET, "alice")) assertFalse(secret in logged, logged)
            }
        }
    }
}
