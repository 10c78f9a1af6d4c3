import AuthenticatorCore
import Testing

/// An account comes in from a QR code with what is doubtful about it.
@Suite struct AddTests {
    @Test func aDraftSaysWhatItIsAndWhatIsDoubtful() throws {
        let draft = try draft("otpauth://totp/Ex:al?secret=GEZDGNBVGY&color=red")

        #expect(draft.issuer == "Ex")
        #expect(draft.name == "al")
        #expect(draft.kind == .totp(algorithm: .sha1, digits: 6, periodSeconds: 30))
        #expect(draft.warnings == [.shortSecret, .ignoredParameter(name: "color")])
        #expect(!draft.needsPin)
    }

    @Test func aQrCodeIsDrawnReadAndKept() async throws {
        let uri = "otpauth://totp/Example:alice?secret=\(rfcSecret)&issuer=Example"
        let picture = try Picture(of: QrCode(encoding: secret(uri)))
        let readings = try picture.read()
        guard readings.count == 1, case .text(let text) = readings[0] else { throw Unexpected() }
        #expect(text.text == uri)

        let authenticator = try await Phone().create()
        let id = try authenticator.addNew(AccountDraft(uri: text))

        #expect(try authenticator.item(id).name == "alice")
    }

    @Test func aSmearedQrCodeIsToldFromNone() throws {
        var picture = try Picture(of: QrCode(encoding: secret("a text that is long enough")))
        picture.smear()
        let unreadable = try picture.read().filter {
            if case .unreadable = $0 { true } else { false }
        }
        #expect(unreadable.count == 1)
        #expect(try Picture(side: 64).read().isEmpty)
    }

    @Test func whatSeemsToBeThereIsAskedAbout() async throws {
        let authenticator = try await Phone().create()
        let first = try authenticator.addNew(totp("alice"))

        #expect(try authenticator.add(totp("alice")) == .sameAccount(id: first))
        let other = try totp("alice", secret: "MZXW6YTBOI5DINJVGY3TQOJQGEZDGNBV")
        #expect(try authenticator.add(other) == .sameName(id: first))
        let answers = try authenticator.addAll([totp("bob"), totp("bob")], keepDuplicates: true)
        #expect(answers.count == 2)
        #expect(try authenticator.items().count == 3)
        try authenticator.undo()
        #expect(try authenticator.items().map(\.id) == [first])
    }

    @Test func aTypedSecretIsReadHoweverItIsGrouped() async throws {
        let typed = secret("gezd gnbv gy3t qojq gezd gnbv gy3t qojq")
        let draft = try AccountDraft(typedSecret: typed, issuer: "Example", name: "alice")
        try draft.edit(.group(group: "Work"), .tags(tags: ["a", "b"]))
        try draft.setRecoveryCodes(lines: secret("one-1\ntwo-2\n"))
        let authenticator = try await Phone(seconds: 59).create()

        let id = try authenticator.addNew(draft)

        let item = try authenticator.item(id)
        #expect(item.group == "Work" && item.tags == ["a", "b"] && item.recoveryCodesLeft == 2)
        #expect(try authenticator.codes().first?.groupedCode == "287 082")
    }

    @Test func anExportOfGoogleAuthenticatorIsCollected() async throws {
        let phone = try Phone()
        let authenticator = try await phone.create()
        let ids = try (1...12).map { try authenticator.addNew(totp("account \($0)")) }
        let steam = try authenticator.addNew(draft("steam://\(rfcSecret)"))
        let export = try await authenticator.exportMigration(ids + [steam])
        #expect(export.codes.count == 2)
        #expect(export.refused == [RefusedExport(id: steam, reason: .kind)])

        let collector = MigrationCollector()
        var missing: [UInt32] = []
        for code in export.codes {
            guard case .text(let link)? = try Picture(of: code).read().first else { throw Unexpected() }
            missing = try collector.add(link).missing
        }
        #expect(missing.isEmpty)
        let drafts = try collector.take().map { try $0.account.get() }

        #expect(drafts.map(\.name) == (1...12).map { "account \($0)" })
        #expect(collector.take().isEmpty)
    }
}
