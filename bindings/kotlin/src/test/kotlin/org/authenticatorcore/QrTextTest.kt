package org.authenticatorcore

import java.nio.ByteBuffer
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertIs
import kotlin.test.assertNull
import org.authenticatorcore.ffi.AccountDraft
import org.authenticatorcore.ffi.AccountKind
import org.authenticatorcore.ffi.AccountProblem
import org.authenticatorcore.ffi.AccountWarning
import org.authenticatorcore.ffi.Added
import org.authenticatorcore.ffi.Algorithm
import org.authenticatorcore.ffi.AuthenticatorException
import org.authenticatorcore.ffi.Edit
import org.authenticatorcore.ffi.MigrationCollector
import org.authenticatorcore.ffi.QrCode
import org.authenticatorcore.ffi.QrReading
import org.authenticatorcore.support.RFC_SECRET
import org.authenticatorcore.support.addUri
import org.authenticatorcore.support.draft
import org.authenticatorcore.support.secret
import org.authenticatorcore.support.withVault

private const val URI = "otpauth://totp/Example:alice?secret=$RFC_SECRET&issuer=Example"

/** What comes in as text or picture, and goes out again. */
class QrTextTest {
    @Test
    fun `a draft says what it is and what is doubtful`() {
        draft("otpauth://totp/Ex:al?secret=GEZDGNBVGY&color=red").use { draft ->
            assertEquals("Ex" to "al", draft.issuer() to draft.name())
            assertEquals(
                listOf(AccountWarning.ShortSecret, AccountWarning.IgnoredParameter("color")),
                draft.warnings(),
            )
        }
        val refused = assertFailsWith<AuthenticatorException.InvalidAccount> { draft("otpauth://totp/Ex:al?secret=1") }
        assertEquals(AccountProblem.InvalidSecret, refused.problem)
    }

    @Test
    fun `the same account and the same name are told from a new one`() = withVault { vault ->
        val id = vault.addUri(URI)
        draft(URI).use { assertEquals(Added.SameAccount(id), vault.add(it)) }
        draft(URI.replace(RFC_SECRET, "MFRGGZDFMZTWQ2LK")).use { other ->
            assertEquals(Added.SameName(id), vault.add(other))
            assertIs<Added.New>(vault.add(other, keepDuplicate = true))
        }
        assertEquals(2, vault.items().size)
    }

    @Test
    fun `a typed secret, an account's PIN and recovery codes are kept and revealed`() = withVault { vault ->
        val id = secret("7ac6 1d47 36f5 1a2b").use { typed ->
            AccountDraft.fromTypedSecret(typed, "Work", "bob", AccountKind.Motp).use { draft ->
                secret("8421").use { draft.setPin(it) }
                secret("first\n second \n").use { draft.setRecoveryCodes(it) }
                draft.edit(listOf(Edit.Note("desk")))
                assertIs<Added.New>(vault.add(draft)).id
            }
        }
        assertEquals("desk", vault.item(id).note)
        vault.markRecoveryCode(id, 1, isUsed = true)
        vault.reveal(id).use { revealed ->
            assertEquals("8421", revealed.pin()?.text())
            assertEquals("7ac61d4736f51a2b", revealed.secret().text())
            assertEquals(listOf("first", "second", null), (0..2).map { revealed.recoveryCode(it)?.text() })
            assertEquals(listOf(false, true), (0..1).map(revealed::isRecoveryCodeUsed))
        }
        vault.setAccountPin(id, null)
        assertEquals(Code.PinRequired(id), vault.currentCodes()[id])
    }

    @Test
    fun `a picture gives the text that it was made of`() = withVault { vault ->
        val id = vault.addUri(URI)
        val (stride, picture) = vault.reveal(id).use { picture(it.qrCode()) }
        val direct = ByteBuffer.allocateDirect(picture.size + 5)
        direct.position(5)
        direct.put(picture).position(5)
        val readers = listOf(
            { readQrCodes(stride, stride, picture) },
            { readQrCodes(stride, stride, direct) },
            { readQrCodes(stride, stride, ByteBuffer.wrap(picture).asReadOnlyBuffer()) },
        )
        for (read in readers) {
            read().use { readings ->
                val text = assertIs<QrReading.Text>(readings.single()).text
                AccountDraft.fromQrCode(text).use { assertEquals("alice", it.name()) }
            }
        }
        readQrCodes(64, 64, ByteArray(64 * 64)).use { assertEquals(0, it.size) }
    }

    @Test
    fun `accounts go out as migration codes and come back, each by itself`() = withVault { vault ->
        val kept = vault.addUri(URI)
        val refused = vault.addUri("otpauth://totp/Odd:eve?secret=MFRGGZDFMZTWQ2LK&issuer=Odd&period=60")
        vault.exportMigration(listOf(kept, refused)).use { export ->
            assertEquals(listOf(refused), export.refused.map { it.id })
            val (stride, picture) = picture(export.codes.single())
            MigrationCollector().use { collector ->
                readQrCodes(stride, stride, picture).use { readings ->
                    val progress = collector.add(assertIs<QrReading.Text>(readings.single()).text)
                    assertEquals(emptyList(), progress.missing)
                }
                collector.takeEntries().use { entries ->
                    val entry = entries.single()
                    assertNull(entry.problem)
                    assertEquals("alice", entry.draft?.name())
                    assertEquals(AccountKind.Totp(Algorithm.SHA1, 6u, 30u), entry.draft?.kind())
                }
            }
        }
    }

    @Test
    fun `a list closes all that it holds, and fails with the first failure`() {
        val closed = ArrayList<Int>()
        val list = ClosingList(listOf(1, 2, 3, 4)) {
            closed += it
            if (it % 2 == 0) error("number $it")
        }
        val failure = assertFailsWith<IllegalStateException> { list.close() }
        assertEquals(listOf(1, 2, 3, 4), closed)
        assertEquals("number 2", failure.message)
        assertContentEquals(listOf("number 4"), failure.suppressed.map { it.message })
    }

    /** A code as a camera would see it: four pixels a module, four modules of light around. */
    private fun picture(code: QrCode): Pair<Int, ByteArray> = code.use {
        val side = code.side().toInt()
        val modules = code.modules()
        val stride = (side + 8) * 4
        val picture = ByteArray(stride * stride) { at ->
            val (row, column) = at / stride / 4 - 4 to at % stride / 4 - 4
            val isInside = row in 0 until side && column in 0 until side
            if (isInside && modules[row * side + column].toInt() == 1) 0 else -1
        }
        stride to picture
    }

    private fun SecretBytes.text(): String = useChars { String(it) }
}
