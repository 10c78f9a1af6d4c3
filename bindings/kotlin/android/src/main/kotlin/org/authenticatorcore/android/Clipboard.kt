package org.authenticatorcore.android

import android.content.ClipData
import android.content.ClipDescription
import android.content.ClipboardManager
import android.os.Build
import android.os.PersistableBundle
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.delay

// `ClipDescription.EXTRA_IS_SENSITIVE`, which older keyboards and systems know by this name too.
private const val IS_SENSITIVE = "android.content.extra.IS_SENSITIVE"

/**
 * Copies a code, marked so that the system shows no preview of it, and takes it back after
 * [lifetime]; something else that was copied meanwhile stays, where the system lets the app see it.
 *
 * It suspends for that long: launch it in a scope that outlives the screen. A process that ends
 * before takes nothing back; Android 13 and later does so after an hour.
 *
 * @param label is shown to other apps: "Code", and not whose account it is.
 */
public suspend fun ClipboardManager.copyForAWhile(
    label: CharSequence,
    code: CharSequence,
    lifetime: Duration = 60.seconds,
) {
    val clip = ClipData.newPlainText(label, code)
    clip.description.extras = PersistableBundle().apply { putBoolean(IS_SENSITIVE, true) }
    setPrimaryClip(clip)
    delay(lifetime)
    takeBack(label)
}

private fun ClipboardManager.takeBack(label: CharSequence) {
    // Out of focus, Android 10 and later tells nothing of what is there: then it is taken for ours.
    val description: ClipDescription? = primaryClipDescription
    if (description != null && description.label?.toString() != label.toString()) {
        return
    }
    if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.P) {
        clearPrimaryClip()
    } else {
        setPrimaryClip(ClipData.newPlainText("", ""))
    }
}
