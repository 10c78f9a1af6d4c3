import AuthenticatorCoreBindings
import Foundation

/// Sends a request of the approval protocol with the app's own HTTP stack, its certificate pinning and its
/// proxy: over TLS whose certificate was checked, without cookies and a cache, and without following a
/// redirect. ``URLSessionCarrier`` does it with `URLSession`.
///
/// Never log a request or a response: they are meant for the service alone.
public protocol HttpCarrier: Sendable {
    /// Sends it once, and gives what came back, whatever the status is. Of a body that is longer than
    /// ``maxBody`` bytes, the first ``maxBody``: it is refused then.
    ///
    /// - Throws: Any error if the service could not be reached, or nothing came back: it is sent again later.
    func send(_ request: HttpRequest) async throws -> HttpResponse
}

extension HttpCarrier {
    /// How many bytes of a body are looked at; one more than a message has at most.
    public static var maxBody: Int { 16_385 }
}
