import AuthenticatorCoreBindings
import Foundation

extension ApprovalRequest {
    /// When it came, by this phone's clock.
    public var received: Date { Date(millis: receivedMillis) }
    /// When it is over, by the service's clock.
    public var expires: Date { Date(millis: expiresMillis) }
    /// When the service looks at the next PIN, as it last said.
    public var retryAt: Date? { retryAtMillis.map(Date.init(millis:)) }
    /// When the last request of this credential was approved, if one was.
    public var lastApproved: Date? { lastApprovedMillis.map(Date.init(millis:)) }
}

extension ApprovalHistoryItem {
    /// When it came, by this phone's clock.
    public var received: Date { Date(millis: receivedMillis) }
}

extension ApprovalCredential {
    /// When it was enrolled.
    public var added: Date { Date(millis: addedMillis) }
}

extension ApprovalEnrolment {
    /// When the link is over.
    public var expires: Date { Date(millis: expiresMillis) }
}

extension EnrolmentLink {
    /// When the link is over.
    public var expires: Date { Date(millis: expiresMillis) }
}

extension ApprovalPreview {
    /// When the request is over, by the service's clock.
    public var expires: Date { Date(millis: expiresMillis) }
}

extension AccountDevice {
    /// When it was added.
    public var added: Date { Date(millis: addedMillis) }
    /// When it was used last, if the service says so.
    public var lastUsed: Date? { lastUsedMillis.map(Date.init(millis:)) }
}
