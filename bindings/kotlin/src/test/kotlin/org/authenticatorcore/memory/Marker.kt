package org.authenticatorcore.memory

private const val BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
private const val HEX = "0123456789abcdef"
private const val LETTERS = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"

/** The secrets, by a rule: whoever needs one makes it, and nobody has it in a constant. */
internal enum class Marker(private val number: Int, private val alphabet: String, private val length: Int) {
    /** What is there to be found. */
    CONTROL(1, LETTERS, 24),
    PIN(2, LETTERS, 20),
    WRONG_PIN(3, LETTERS, 20),
    URI_SECRET(4, BASE32, 32),
    TYPED_SECRET(5, BASE32, 32),
    MOTP_SECRET(6, HEX, 32),
    ACCOUNT_PIN(7, LETTERS, 16),
    RECOVERY_CODE(8, LETTERS, 24),
    LATER_RECOVERY_CODE(9, LETTERS, 24),
    APPROVAL_PIN(10, LETTERS, 20),
    LATER_APPROVAL_PIN(11, LETTERS, 20),
    ;

    /** The text, between what stands before and behind it; it is the caller's to overwrite. */
    fun chars(before: String = "", behind: String = ""): CharArray {
        val text = CharArray(before.length + length + behind.length)
        before.toCharArray(text)
        behind.toCharArray(text, before.length + length)
        // A linear congruential generator: no two markers share eight characters in a row.
        var state = number * 0x9E3779B1L
        for (at in 0 until length) {
            state = state * 6364136223846793005L + 1442695040888963407L
            text[before.length + at] = alphabet[((state ushr 33) % alphabet.length).toInt()]
        }
        return text
    }

    /** Everything as which it may lie in memory, and how many bytes tell as much as a character of it. */
    fun forms(): List<Pair<ByteArray, Int>> {
        val text = String(chars())
        val wide = listOf(Charsets.UTF_16LE, Charsets.UTF_16BE).map { text.toByteArray(it) to 2 }
        val forms = wide + (text.toByteArray() to 1)
        return when (alphabet) {
            BASE32 -> forms + (decoded(text, bits = 5) to 1)
            HEX -> forms + (decoded(text, bits = 4) to 1)
            else -> forms
        }
    }

    /** The bytes that base32 or hexadecimal stands for. */
    private fun decoded(text: String, bits: Int): ByteArray = text
        .map { alphabet.indexOf(it).toString(2).padStart(bits, '0') }
        .joinToString("")
        .chunked(8) { it.toString().toInt(2).toByte() }
        .toByteArray()
}
