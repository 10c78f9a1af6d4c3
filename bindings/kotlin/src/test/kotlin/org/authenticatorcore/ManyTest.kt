package org.authenticatorcore

import java.util.concurrent.Callable
import java.util.concurrent.Executors
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertIs
import org.authenticatorcore.ffi.Added
import org.authenticatorcore.support.RFC_SECRET
import org.authenticatorcore.support.draft
import org.authenticatorcore.support.withVault

private const val THREADS = 8
private const val EACH = 25
private const val MANY = 10_000

/** Many threads, and many accounts. */
class ManyTest {
    @Test
    fun `eight threads use one vault, and nothing is lost`() = withVault { vault ->
        val pool = Executors.newFixedThreadPool(THREADS)
        val work = (0 until THREADS).map { thread ->
            Callable {
                (0 until EACH).map { number ->
                    val draft = draft("otpauth://hotp/T$thread:n$number?secret=$RFC_SECRET&counter=0")
                    val id = draft.use { assertIs<Added.New>(vault.add(it, keepDuplicate = true)).id }
                    assertEquals("n$number", vault.item(id).name)
                    assertEquals("755224", vault.nextHotpCode(id).text)
                    assertIs<Code.Counter>(vault.currentCodes()[id])
                    id
                }
            }
        }
        val ids = pool.invokeAll(work).flatMap { it.get() }
        pool.shutdown()
        assertEquals(THREADS * EACH, ids.toSet().size)
        assertEquals(ids.toSet(), vault.items().map { it.id }.toSet())
    }

    @Test
    fun `ten thousand accounts are added in one change, listed, shown and searched`() = withVault { vault ->
        // Each has a seed of its own: eight characters of base32 say five bytes.
        val drafts = (0 until MANY).map { number ->
            val last = number.toString(8).padStart(8, '0').map { 'A' + (it - '0') }.joinToString("")
            draft("otpauth://totp/Service$number:person?secret=GEZDGNBVGY3TQOJQGEZDGNBV$last")
        }
        val ids = try {
            vault.addAll(drafts).map { assertIs<Added.New>(it).id }
        } finally {
            drafts.closeAll()
        }
        assertEquals(MANY, ids.toSet().size)
        assertEquals(ids, vault.items().map { it.id })
        val codes = vault.currentCodes()
        assertEquals(MANY, codes.count { it is Code.Timed })
        assertEquals(listOf(ids[9_876]), vault.search("service9876").map { it.id })
        vault.undo()
        assertEquals(0, vault.items().size)
    }
}
