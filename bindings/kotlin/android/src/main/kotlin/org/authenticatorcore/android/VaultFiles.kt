package org.authenticatorcore.android

import android.content.Context
import java.io.File
import java.io.IOException

private const val FOLDER = "authenticator-core"

/**
 * Where a vault belongs: `no_backup/authenticator-core/vaults/NAME/vault` in the app's private storage, a
 * folder for each vault, since files beside it belong to it. It is made where it is not there yet.
 *
 * No backup and no transfer to another phone takes it, and it cannot be reached before the person
 * has unlocked the phone once after a start. What came from a backup would be of no use: its
 * key is in this phone's Keystore.
 *
 * @param name 1 to 64 letters, digits, `_` and `-`.
 * @throws IllegalArgumentException if `name` is none.
 * @throws IOException if the folder cannot be made, as before that first unlock.
 */
public fun vaultFile(context: Context, name: String = "main"): File {
    require(VAULT_NAME.matches(name)) { "The name of a vault is 1 to 64 letters, digits, _ and -" }
    val folder = File(coreFolder(context), "vaults/$name")
    if (!folder.isDirectory && !folder.mkdirs() && !folder.isDirectory) {
        throw IOException("The folder of the vault cannot be made")
    }
    return File(folder, "vault")
}

internal fun guardFolder(context: Context): File = File(coreFolder(context), "guards")

private val VAULT_NAME = Regex("[A-Za-z0-9_-]{1,64}")

private fun coreFolder(context: Context): File {
    val root: File? = context.noBackupFilesDir
    // Before that unlock no name in it can be read: what is not found may be there.
    if (root?.isDirectory != true) {
        throw IOException("The app's storage cannot be reached")
    }
    return File(root, FOLDER)
}
