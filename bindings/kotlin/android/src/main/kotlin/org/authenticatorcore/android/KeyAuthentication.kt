package org.authenticatorcore.android

/** Whom the Keystore asks before it wraps or unwraps. */
public enum class KeyAuthentication(internal val id: Byte, internal val suffix: String) {
    /**
     * Nobody. The key works whenever the app runs; from Android 15 on only while the device is
     * unlocked. Who holds the unlocked phone opens the vault.
     */
    NONE(0, "open"),

    /**
     * A strong biometric (class 3) for each single use, by a `BiometricPrompt` with a `CryptoObject`:
     * the two-step functions alone. A finger or face that is enrolled anew invalidates the key.
     */
    BIOMETRIC(1, "biometric"),

    /**
     * A strong biometric or the screen lock's PIN, pattern or password, at most
     * [WINDOW_SECONDS] ago. Unlocking the phone counts. The key outlives new fingers, and is
     * invalidated when the screen lock is removed.
     */
    SCREEN_LOCK(2, "screen-lock"),
    ;

    public companion object {
        /** For how many seconds after an authentication a [SCREEN_LOCK] key works. */
        public const val WINDOW_SECONDS: Int = 30

        internal fun ofId(id: Byte): KeyAuthentication? = entries.find { it.id == id }
    }
}
