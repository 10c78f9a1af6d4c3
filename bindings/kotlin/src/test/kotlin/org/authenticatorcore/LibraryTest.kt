package org.authenticatorcore

import com.sun.jna.Platform
import java.util.concurrent.CopyOnWriteArrayList
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertNotNull

/** What is around the calls. */
class LibraryTest {
    @Test
    fun `the jar carries the library of this machine where JNA looks for it`() {
        val file = System.mapLibraryName("authenticator_core_ffi")
        assertNotNull(javaClass.getResource("/${Platform.RESOURCE_PREFIX}/$file"))
    }

    @Test
    fun `a listener of panics is taken, and let go of`() {
        val heard = CopyOnWriteArrayList<String>()
        Authenticator.onPanic { heard += it }
        Authenticator.onPanic(null)
        // No call panics: the tests of the door look for one that does.
        assertEquals(emptyList<String>(), heard)
    }
}
