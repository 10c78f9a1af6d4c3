package org.authenticatorcore

import org.authenticatorcore.ffi.AccountDraft
import org.authenticatorcore.ffi.Added
import org.authenticatorcore.ffi.Edit
import org.authenticatorcore.ffi.Item

/**
 * The accounts: listed, added, changed, used: part of [Authenticator].
 *
 * Each call needs an unlocked vault, and throws `Locked` otherwise. A change is durable when the call
 * returns. An id that no account has is `EntryNotFound`.
 */
public sealed interface Accounts : AuthenticatorPart {
    /** The accounts in their order, pinned ones first, without those in the trash. */
    public fun items(): List<Item> = door.askNow { items(it) }

    /** The accounts in the trash. */
    public fun trash(): List<Item> = door.askNow { trash(it) }

    /** One account, without its secret. */
    public fun item(id: String): Item = door.askNow { item(id, it) }

    /**
     * The accounts in which every word of the query occurs, in either case: in issuer, name, group,
     * note or a label.
     */
    public fun search(query: String): List<Item> = door.askNow { search(query, it) }

    /** The person's picture of an account. */
    public fun icon(id: String): ByteArray? = door.askNow { icon(id, it) }

    /**
     * Adds an account. One that seems to be there already is not added unless `keepDuplicate`: ask
     * the person first. The draft stays yours to close.
     */
    public fun add(draft: AccountDraft, keepDuplicate: Boolean = false): Added =
        draft.borrowed().use { own -> door.change { add(own, keepDuplicate, it) } }

    /**
     * Adds accounts in one change, which is undone at once; each has its own answer, in the order of
     * the drafts. A vault holds 20 000. A caller that is cancelled waits until all are added, or none.
     */
    public suspend fun addAll(drafts: List<AccountDraft>, keepDuplicates: Boolean = false): List<Added> =
        door.changeSlowly { now ->
            val own = ArrayList<AccountDraft>(drafts.size)
            try {
                drafts.mapTo(own) { it.borrowed() }
                addAll(own, keepDuplicates, now)
            } finally {
                own.closeAll()
            }
        }

    /** Changes an account: all of the edits, or none. */
    public fun edit(id: String, vararg edits: Edit): Unit = door.change { edit(id, edits.asList(), it) }

    /** Keeps the PIN of an mOTP or Yandex account; null to keep none. */
    public fun setAccountPin(id: String, pin: SecretBytes?): Unit = door.change { now ->
        if (pin == null) setAccountPin(id, NOTHING, now) else pin.read { setAccountPin(id, it, now) }
    }

    /**
     * Sets all recovery codes of an account, one a line, at most 64 of at most 128 bytes; none is
     * used up.
     */
    public fun setRecoveryCodes(id: String, lines: SecretBytes): Unit =
        door.change { now -> lines.read { setRecoveryCodes(id, it, now) } }

    /**
     * Notes that the recovery code at a place counted from 0 was used up, or was not. The person has
     * to have proved presence of late. A place beyond the last is `EntryNotFound`.
     */
    public fun markRecoveryCode(id: String, index: Int, isUsed: Boolean): Unit {
        require(index >= 0) { "No recovery code stands before the first" }
        door.change { markRecoveryCode(id, index.toUInt(), isUsed, it) }
    }

    /** Moves an account to stand before another one, or at the end. */
    public fun moveBefore(id: String, before: String?): Unit = door.change { moveBefore(id, before, it) }

    /**
     * Puts accounts into the trash in one change, which is undone at once. One that is there already
     * stays as it is.
     */
    public fun putInTrash(ids: List<String>): Unit = door.change { putInTrash(ids, it) }

    /** Takes accounts out of the trash in one change. */
    public fun takeFromTrash(ids: List<String>): Unit = door.change { takeFromTrash(ids, it) }

    /**
     * Destroys accounts in the trash for good, with all that could bring them back. The person has
     * to have proved presence of late.
     */
    public suspend fun purge(ids: List<String>): Unit = door.changeSlowly { purge(ids, it) }

    /** Whether there is a change of accounts to undo. */
    public fun canUndo(): Boolean = door.askNow { canUndo(it) }

    /**
     * Undoes the last change of accounts; done once more, it brings the change back. The counter of
     * an HOTP account never goes back.
     */
    public fun undo(): Unit = door.change { undo(it) }

    /** Counts a use of an account: its code was copied, say. */
    public fun noteUse(id: String): Unit = door.change { noteUse(id, it) }

    /**
     * The next code of an HOTP account. Its counter is durable before the code is known: no code is
     * given twice, whatever crashes.
     */
    public fun nextHotpCode(id: String): HotpCode = HotpCode(door.change { nextHotpCode(id, it) })

    /**
     * The account with its secret, to be shown or written elsewhere. The person has to have proved
     * presence of late.
     */
    public fun reveal(id: String): RevealedSecrets = RevealedSecrets(door.askNow { reveal(id, it) })

    /**
     * The codes that bring accounts into Google Authenticator, ten in each. The person has to have
     * proved presence of late.
     */
    public suspend fun exportMigration(ids: List<String>): MigrationCodes =
        door.changeSlowly({ it.close() }) { MigrationCodes(exportMigration(ids, it)) }
}
