package org.authenticatorcore.support

import java.io.File
import java.io.IOException
import kotlin.reflect.KClass
import kotlin.test.fail
import kotlinx.coroutines.runBlocking
import org.authenticatorcore.closeAll
import org.authenticatorcore.ffi.AuthenticatorException
import org.authenticatorcore.ffi.Edit
import org.opentest4j.TestAbortedException

/** Another process with the library in it. What it writes to its standard error, this one does. */
fun child(
    main: KClass<*>,
    vararg arguments: String,
    under: List<String> = emptyList(),
    options: List<String> = emptyList(),
): Process {
    val java = File(System.getProperty("java.home"), "bin/java").path
    val library = "-Djna.library.path=${System.getProperty("jna.library.path")}"
    val service = "-Dauthenticator.service=${System.getProperty("authenticator.service")}"
    val command = under + java + "-Xmx256m" + "-XX:-UsePerfData" + options + library + service +
        "-cp" + System.getProperty("java.class.path") + main.java.name + arguments
    return ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start()
}

/** Whether there is such a program, and it succeeds. */
fun succeeds(vararg command: String): Boolean =
    try {
        ProcessBuilder(*command).redirectErrorStream(true).start().run {
            inputStream.readBytes()
            waitFor() == 0
        }
    } catch (_: IOException) {
        false
    }

/** Ends a test that cannot run here, which continuous integration takes for a failure. */
fun skip(reason: String): Nothing {
    System.err.println("skipped: $reason")
    if (System.getenv("CI") == "true") fail("skipped: $reason")
    throw TestAbortedException(reason)
}

/** Holds a vault open until it reads a line. */
object Holder {
    @JvmStatic
    fun main(arguments: Array<String>): Unit = runBlocking {
        Phone(File(arguments.single())).open().use {
            println("open")
            readLine()
        }
    }
}

/** Adds accounts until that fails, and says by which error. */
object Filler {
    private const val AT_ONCE = 50

    @JvmStatic
    fun main(arguments: Array<String>): Unit = runBlocking {
        val error = try {
            Phone(File(arguments.single())).create().use { vault ->
                repeat(20_000 / AT_ONCE) { round ->
                    val drafts = List(AT_ONCE) { number ->
                        draft("otpauth://totp/A$round:n$number?secret=$RFC_SECRET")
                            .also { it.edit(listOf(Edit.Note("x".repeat(4096)))) }
                    }
                    vault.addAll(drafts, keepDuplicates = true)
                    drafts.closeAll()
                }
            }
            "none"
        } catch (error: AuthenticatorException) {
            error.javaClass.simpleName
        }
        println(error)
    }
}
