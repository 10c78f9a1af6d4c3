package android.os

/** Stands in for the framework's, which asks native code. */
object SystemClock {
    @JvmField
    var elapsedMillis: Long = 0

    @JvmStatic
    fun elapsedRealtime(): Long = elapsedMillis
}
