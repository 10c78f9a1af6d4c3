package android.system

/** Stands in for the framework's, which asks native code. */
object OsConstants {
    @JvmField
    val O_RDONLY: Int = 0
}
