package android.os

/** Stands in for the framework's, which asks native code; a test chooses the version. */
class Build {
    class VERSION {
        companion object {
            @JvmField
            var SDK_INT: Int = 35
        }
    }
}
