import AuthenticatorCore
import Foundation
import Testing

@Suite struct WebPushTests {
    @Test func thePayloadOfRfc8291IsOpened() throws {
        var kept = bytes("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94") + bytes("BTBZMqHH6r4Tts7J_aSIgg")
        var payload = bytes(
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
                + "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN")
        let keys = try WebPushKeys(SecretData(taking: &kept))
        #expect(try keys.open(payload) == "When I grow up, I want to be a watermelon")
        payload[payload.count - 1] &+= 1
        #expect(refusal { _ = try keys.open(payload) } == .notBelieved(refusal: .malformed))
    }

    @Test func keysThatWereKeptAreTheSame() throws {
        let keys = try WebPushKeys()
        let target = keys.target(endpoint: "https://push.example/1")
        #expect(target.kind == .webpush && target.target.contains("\"endpoint\":\"https://push.example/1\""))
        #expect(try WebPushKeys(keys.reveal()).target(endpoint: "https://push.example/1") == target)
    }
}
