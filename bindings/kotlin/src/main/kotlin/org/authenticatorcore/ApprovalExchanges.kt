package org.authenticatorcore

import java.io.IOException
import kotlin.random.Random
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.filter
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.merge
import org.authenticatorcore.ffi.AccountDevice
import org.authenticatorcore.ffi.ApprovalEvent
import org.authenticatorcore.ffi.ApprovalExchange
import org.authenticatorcore.ffi.AuthenticatorException
import org.authenticatorcore.ffi.CredentialState
import org.authenticatorcore.ffi.ExchangeProblem
import org.authenticatorcore.ffi.pollDelayMillis

/**
 * What is carried between the phone and the services: part of [Authenticator].
 *
 * A caller that is cancelled loses nothing: what has to be sent is made again, and sent twice it counts once.
 */
public sealed interface ApprovalExchanges : AuthenticatorPart {
    /**
     * Sends everything that has to be sent now, until there is nothing, and gives what it brought about, which
     * is durable then. What could not be sent is an [ApprovalEvent.Failed], and is due again later.
     *
     * @throws AuthenticatorException.Locked if the vault is locked.
     */
    public suspend fun carry(carrier: HttpCarrier): List<ApprovalEvent> {
        val events = mutableListOf<ApprovalEvent>()
        while (true) {
            // What failed is not due at once; but a service that always has an answer must not hold us here.
            val due = door.askInTurn<List<ApprovalExchange>>({ it.closeAll() }) { exchanges(it) }
            if (due.isEmpty() || events.size > MOST_EVENTS) return events.also { due.closeAll() }
            ClosingList(due) { it.close() }.use { list -> list.forEach { send(it, carrier, events) } }
        }
    }

    /** Asks what is new for a credential: once after every push, where [approvalEvents] does not. */
    public suspend fun poll(id: String, carrier: HttpCarrier): List<ApprovalEvent> = buildList {
        door.askInTurn({ it.close() }) { poll(id, it) }.use { send(it, carrier, this) }
    }

    /**
     * The devices of a credential's account; null if the service did not say.
     */
    public suspend fun accountDevices(id: String, carrier: HttpCarrier): List<AccountDevice>? {
        val events = buildList {
            door.askInTurn({ it.close() }) { askDevices(id, it) }.use { send(it, carrier, this) }
        }
        return events.filterIsInstance<ApprovalEvent.Devices>().firstOrNull()?.devices
    }

    /**
     * Carries and asks for as long as somebody collects, while the app is open: at once, then after 3 s,
     * then longer by half each time up to 30 s, each up to 20 % shorter or longer; and at once, and from the
     * beginning, after a push was taken and after every decision and change.
     *
     * It completes when the vault locks or this object is closed: collect it again after an unlock. Other
     * errors are thrown to the collector. It keeps no vault open.
     */
    public fun approvalEvents(carrier: HttpCarrier): Flow<ApprovalEvent> = approvalEvents(carrier) { delay(it) }
}

/** As the public one, with another way to sleep for so many milliseconds. */
internal fun ApprovalExchanges.approvalEvents(
    carrier: HttpCarrier,
    sleep: suspend (Long) -> Unit,
): Flow<ApprovalEvent> {
    door.checkOpen()
    return flow {
        var attempt = 0u
        while (true) {
            val seen = door.approvalWork.value
            for (event in unlessLocked { round(carrier) } ?: return@flow) emit(event)
            val pause = flow {
                sleep(pollDelayMillis(attempt, Random.nextInt(256).toUByte()))
                emit(attempt + 1u)
            }
            attempt = merge(pause, door.approvalWork.filter { it != seen }.map { 0u }).first()
        }
    }.flowOn(door.dispatcher)
}

/** Sends what is due, asks what is new, and sends what that brought about. */
private suspend fun ApprovalExchanges.round(carrier: HttpCarrier): List<ApprovalEvent> {
    if (!door.askNow { isUnlocked(it) }) throw AuthenticatorException.Locked()
    val events = carry(carrier).toMutableList()
    val asking = door.askSlowly { credentials(it) }.filter { it.state != CredentialState.REVOKED }
    for (credential in asking) {
        // It may be gone since it was listed.
        val asked = try {
            poll(credential.id, carrier)
        } catch (gone: AuthenticatorException.ApprovalFailed) {
            emptyList()
        }
        events += asked
    }
    return events + carry(carrier)
}

/** Sends one exchange, and takes what came back. */
private suspend fun ApprovalExchanges.send(
    exchange: ApprovalExchange,
    carrier: HttpCarrier,
    events: MutableList<ApprovalEvent>,
) {
    val response = try {
        carrier.send(exchange.request())
    } catch (unreachable: IOException) {
        door.askSlowly { notSent(exchange, it) }
        events += ApprovalEvent.Failed(exchange.credential(), ExchangeProblem.Unavailable)
        return
    }
    val received = door.askInTurn({ it.again?.close() }) { receive(exchange, response, it) }
    events += received.events
    received.again?.use { send(it, carrier, events) }
}

/** No service has so much to say at once. */
private const val MOST_EVENTS = 1000
