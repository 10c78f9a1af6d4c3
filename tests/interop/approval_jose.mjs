// Reads everything that a phone has sent, and the approval vectors, on `jose`.
//
// Standard input: {"origin", "encryption_key" (private), "requests": [{"method", "url", "headers", "body"}],
// "vectors": {"challenges": the file of that name, ...}}. Prints {"sent": how many there were of each kind,
// "vectors": {"challenges": {"the case's name": "accepted" or the code of jose's refusal, ...}, ...}}, and ends with an
// error at the first message of the phone that is not what docs/approval-protocol.md says, of which alone this was
// written. Forms and claims are not looked at: approval_messages.py and approval_verifier.py do that.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

// What is imported is looked for beside the script, where no packages are.
const jose = createRequire(`${process.env.AUTHENTICATOR_CORE_NODE_MODULES}/`)("jose");

const ENVELOPE = { keyManagementAlgorithms: ["ECDH-ES"], contentEncryptionAlgorithms: ["A256GCM"] };
const KINDS = {
  challenges: "approval-challenge+jwt",
  configurations: "approval-configuration+jwt",
  receipts: "approval-receipt+jwt",
  statuses: "approval-status+jwt",
  revocations: "approval-revocation+jwt",
};

const hash = (data) => createHash("sha256").update(data).digest("base64url");

/** The same with one bit of its part number `part` changed. */
function damaged(message, part) {
  const parts = message.split(".");
  const bytes = Buffer.from(parts[part], "base64url");
  bytes[bytes.length >> 1] ^= 1;
  parts[part] = bytes.toString("base64url");
  return parts.join(".");
}

class Phone {
  counted = {};

  constructor({ origin, encryption_key }) {
    this.origin = origin;
    this.encryption = encryption_key;
  }

  count(kind) {
    this.counted[kind] = (this.counted[kind] ?? 0) + 1;
  }

  /** The claims of a message of the kind `typ` that `key` has signed. */
  async signed(message, typ, key) {
    const options = { typ, algorithms: ["ES256"], audience: this.origin };
    if (typ === "dpop+jwt") delete options.audience;
    const { payload, protectedHeader } = await jose.jwtVerify(message, key, options);
    assert.equal(protectedHeader.typ, typ);
    if (typ === "dpop+jwt") {
      assert.deepEqual(protectedHeader.jwk, key);
    } else {
      assert.equal(protectedHeader.kid, await jose.calculateJwkThumbprint(key));
    }
    for (const part of [0, 1, 2]) {
      await assert.rejects(jose.jwtVerify(damaged(message, part), key, options));
    }
    this.count(typ);
    return payload;
  }

  async opened(message) {
    const { plaintext, protectedHeader } = await jose.compactDecrypt(message, this.encryption, ENVELOPE);
    assert.equal(protectedHeader.cty, "JWT");
    assert.equal(protectedHeader.kid, await jose.calculateJwkThumbprint(this.encryption));
    for (const part of [0, 2, 3, 4]) {
      await assert.rejects(jose.compactDecrypt(damaged(message, part), this.encryption, ENVELOPE));
    }
    this.count("JWE");
    return Buffer.from(plaintext).toString();
  }

  async enrolment(message) {
    // A message that brings its key is verified by that one.
    this.device = jose.decodeJwt(message).device_key;
    const claims = await this.signed(message, "approval-enrolment+jwt", this.device);
    assert.equal(claims.iss, await jose.calculateJwkThumbprint(this.device));
    if (claims.pin) {
      const proof = await this.opened(claims.pin);
      this.pin = jose.decodeJwt(proof).jwk;
      assert.equal((await this.signed(proof, "approval-pin+jwt", this.pin)).iss, claims.iss);
    }
  }

  async reveal(message) {
    await this.signed(message, "approval-reveal+jwt", this.device);
  }

  async answer(message) {
    const claims = await this.signed(message, "approval-answer+jwt", this.device);
    if (claims.pin) {
      await this.signed(await this.opened(claims.pin), "approval-pin+jwt", this.pin);
    }
    if (claims.rotation) {
      this.device = jose.decodeJwt(claims.rotation).device_key;
      await this.signed(claims.rotation, "approval-rotation+jwt", this.device);
    }
  }

  async changedPin(message) {
    const { proof } = await this.signed(await this.opened(message), "approval-pin-change+jwt", this.pin);
    this.pin = jose.decodeJwt(proof).jwk;
    await this.signed(proof, "approval-pin+jwt", this.pin);
  }

  async request({ method, url, headers, body }) {
    if (method === "GET") return;
    const endpoint = url.slice(url.lastIndexOf("/") + 1);
    const proof = new Map(headers).get("DPoP");
    assert.equal(proof === undefined, ["enrolment", "reveal", "answer"].includes(endpoint));
    if (proof !== undefined) {
      const { htm, htu, bh } = await this.signed(proof, "dpop+jwt", this.device);
      assert.deepEqual([htm, htu, bh], [method, url, hash(body)]);
    }
    if (endpoint === "pin") {
      await this.changedPin(body);
    } else if (proof === undefined) {
      await this[endpoint](body);
    }
  }
}

/** What jose makes of a message to a phone: "accepted", or the code of its refusal. */
async function verdict(message, typ, keys, envelopeKey) {
  try {
    let inner = message;
    if (message.split(".").length === 5) {
      inner = Buffer.from((await jose.compactDecrypt(message, envelopeKey, ENVELOPE)).plaintext).toString();
    }
    // Times are for the phone to judge: in 1970 nothing was over.
    const options = { typ, algorithms: ["ES256"], currentDate: new Date(0) };
    const { payload } = await jose.jwtVerify(inner, keys, options);
    if (typ === KINDS.configurations) {
      for (const key of payload.keys) await jose.importJWK(key, "ES256");
    }
    return "accepted";
  } catch (refusal) {
    // The second is WebCrypto's, of a key. Any other error is one of this script.
    if (refusal instanceof jose.errors.JOSEError) return refusal.code;
    if (refusal instanceof DOMException) return refusal.name;
    throw refusal;
  }
}

async function verdicts(name, { configuration, envelope_key, cases }) {
  const { keys } = jose.decodeJwt(configuration);
  for (const key of keys) key.kid = await jose.calculateJwkThumbprint(key);
  const known = jose.createLocalJWKSet({ keys });
  const found = {};
  for (const one of cases) found[one.name] = await verdict(one.message, KINDS[name], known, envelope_key);
  return found;
}

const given = JSON.parse(await text(process.stdin));
const phone = new Phone(given);
for (const request of given.requests) await phone.request(request);
const vectors = {};
for (const [name, file] of Object.entries(given.vectors)) vectors[name] = await verdicts(name, file);
console.log(JSON.stringify({ sent: phone.counted, vectors }));
