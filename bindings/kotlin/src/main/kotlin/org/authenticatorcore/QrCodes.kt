package org.authenticatorcore

import java.nio.ByteBuffer
import org.authenticatorcore.ffi.QrCode
import org.authenticatorcore.ffi.QrReading
import org.authenticatorcore.ffi.readQrCodes

/**
 * Finds and reads every QR code in a picture in grey, a camera's luminance (Y) plane say: eight bits a
 * pixel, 0 is black, a row every `stride` bytes, from the buffer's position on. Sides have 21 to 4096
 * pixels. Empty if there is none; close the list when the texts were used. Off the main thread: a
 * picture of a megapixel takes a good part of a frame.
 *
 * A direct buffer is read where it is, and is not to be changed meanwhile; another one is copied first, and
 * the copy overwritten.
 *
 * @throws org.authenticatorcore.ffi.AuthenticatorException.InvalidQrCode if the bytes do not fit width,
 *   height and stride, or a side is too short or too long.
 */
public fun readQrCodes(
    width: Int,
    height: Int,
    luminance: ByteBuffer,
    stride: Int = width,
): ClosingList<QrReading> {
    require(width >= 0 && height >= 0 && stride >= 0) { "A picture has no negative size" }
    if (!luminance.isDirect) {
        val copy = ByteArray(luminance.remaining())
        luminance.duplicate().get(copy)
        return withSecret(copy) { picture -> picture.read { readDirect(width, height, it, stride) } }
    }
    // The native side takes a buffer from where its memory begins, whatever its position.
    val picture = luminance.slice()
    try {
        return readDirect(width, height, picture, stride)
    } finally {
        // Keeps the memory from being collected while native code reads it.
        synchronized(picture) {}
    }
}

/** As [readQrCodes], of an array; it stays yours to overwrite. */
public fun readQrCodes(
    width: Int,
    height: Int,
    luminance: ByteArray,
    stride: Int = width,
): ClosingList<QrReading> = readQrCodes(width, height, ByteBuffer.wrap(luminance), stride)

/** The code of a text, dark on light, whatever the theme. Close it after it was drawn. */
public fun QrCode.Companion.encode(content: SecretBytes): QrCode = content.read { encode(it) }

private fun readDirect(width: Int, height: Int, picture: ByteBuffer, stride: Int): ClosingList<QrReading> {
    val readings = readQrCodes(width.toUInt(), height.toUInt(), stride.toUInt(), picture)
    return ClosingList(readings) { it.destroy() }
}
