import AuthenticatorCoreBindings
import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// An ``HttpCarrier`` on `URLSession`, in a session of its own: it follows no redirect, keeps no cookie and no
/// cache, and reads no more of a body than is looked at.
///
/// The system checks the certificates; to pin them, use `NSPinnedDomains` in the app's `Info.plist`.
public final class URLSessionCarrier: HttpCarrier {
    private let session: URLSession
    private let receiver = Receiver()

    /// - Parameter configuration: With the app's proxy and timeouts. What it says of cookies and caches is
    ///   not taken over.
    public init(configuration: URLSessionConfiguration = .ephemeral) {
        let own = configuration.copy() as? URLSessionConfiguration ?? .ephemeral
        own.httpCookieStorage = nil
        own.httpShouldSetCookies = false
        own.httpCookieAcceptPolicy = .never
        own.urlCache = nil
        own.requestCachePolicy = .reloadIgnoringLocalCacheData
        session = URLSession(configuration: own, delegate: receiver, delegateQueue: nil)
    }

    deinit {
        session.invalidateAndCancel()
    }

    public func send(_ request: HttpRequest) async throws -> HttpResponse {
        guard let url = URL(string: request.url) else { throw URLError(.badURL) }
        var sent = URLRequest(url: url)
        sent.httpMethod = request.method
        request.headers.forEach { sent.setValue($0.value, forHTTPHeaderField: $0.name) }
        if request.method != "GET" { sent.httpBody = request.body }
        let task = session.dataTask(with: sent)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                receiver.await(task, continuation)
                task.resume()
            }
        } onCancel: {
            task.cancel()
        }
    }
}

/// What comes back, task by task.
private final class Receiver: NSObject, URLSessionDataDelegate, Sendable {
    private struct Waiting {
        let continuation: CheckedContinuation<HttpResponse, any Error>
        var body = Data()
    }

    private let waiting = Guarded<[Int: Waiting]>([:])

    func await(_ task: URLSessionTask, _ continuation: CheckedContinuation<HttpResponse, any Error>) {
        waiting.withLock { $0[task.taskIdentifier] = Waiting(continuation: continuation) }
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse, newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let isEnough = waiting.withLock { waiting in
            let body = waiting[dataTask.taskIdentifier]?.body ?? Data()
            let room = URLSessionCarrier.maxBody - body.count
            waiting[dataTask.taskIdentifier]?.body.append(data.prefix(room))
            return data.count >= room
        }
        guard isEnough else { return }
        finish(dataTask, nil)
        dataTask.cancel()
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        finish(task, error)
    }

    private func finish(_ task: URLSessionTask, _ error: (any Error)?) {
        let known = waiting.withLock { $0.removeValue(forKey: task.taskIdentifier) }
        guard let known else { return }
        guard error == nil, let response = task.response as? HTTPURLResponse else {
            return known.continuation.resume(throwing: error ?? URLError(.badServerResponse))
        }
        let headers = response.allHeaderFields.compactMap { name, value in
            (name as? String).map { HttpHeader(name: $0, value: "\(value)") }
        }
        let status = UInt16(clamping: response.statusCode)
        known.continuation.resume(
            returning: HttpResponse(status: status, headers: headers, body: known.body))
    }
}
