package org.authenticatorcore.android

import android.app.Activity
import android.widget.TextView
import java.io.File
import kotlin.test.Test
import kotlin.test.assertContains
import kotlin.test.assertEquals
import org.authenticatorcore.Authenticator
import org.authenticatorcore.Code
import org.authenticatorcore.ffi.AccountDraft
import org.authenticatorcore.ffi.ApprovalProblem
import org.authenticatorcore.ffi.AuthenticatorException
import org.authenticatorcore.fromUri
import org.authenticatorcore.withSecret

// As `docs/android.md` has it: that it compiles is the test.
suspend fun showFirstCode(activity: Activity, scanned: ByteArray, codeView: TextView) {
    val keys = KeystoreKeyWrapper("main", KeyAuthentication.BIOMETRIC)
    val guard = KeystoreRollbackGuard(activity)
    val clock = AndroidDeviceClock(activity)
    val prompt = BiometricConfirmation(activity, "Unlock your codes", "Cancel")
    val file = vaultFile(activity)
    val vault = if (file.exists()) Authenticator.open(file.path, keys, guard, clock)
        else Authenticator.create(file.path, keys, guard, clock, prompt)
    if (!vault.isUnlocked()) vault.unlockWithPlatform(keys, prompt)
    withSecret(scanned) { uri -> AccountDraft.fromUri(uri).use { vault.add(it) } }
    vault.codes().collect { codes -> codeView.text = codes.filterIsInstance<Code.Timed>().firstOrNull()?.grouped() }
}

class DocumentationTest {
    private val page = File("../../../../../docs/android.md").readText()

    @Test
    fun `the ten lines are those that are compiled here`() {
        val source = File("src/test/kotlin/org/authenticatorcore/android/DocumentationTest.kt").readText()
        val told = page.substringAfter("```kotlin\n").substringBefore("```")

        assertEquals(10, told.lines().count { it.startsWith("    ") })
        assertContains(source, "\n" + told)
    }

    @Test
    fun `the table of errors has every variant once`() {
        val variants = AuthenticatorException::class.java.declaredClasses
            .filter { AuthenticatorException::class.java.isAssignableFrom(it) }.map { it.simpleName }
        val table = page.substringAfter("## Errors").substringBefore("\n## ")
        val told = Regex("^\\| `(\\w+)` \\|", RegexOption.MULTILINE).findAll(table).map { it.groupValues[1] }

        assertEquals(variants.sorted(), told.toList().sorted())
    }

    @Test
    fun `the table of approvals' problems has every one once`() {
        val table = page.substringAfter("## Problems of approvals").substringBefore("\n## ")
        val told = Regex("^\\| `(\\w+)` \\|", RegexOption.MULTILINE).findAll(table).map { it.groupValues[1] }

        assertEquals(ApprovalProblem.entries.map { it.name }.sorted(), told.filter { it != "ApprovalProblem" }.toList().sorted())
    }
}
