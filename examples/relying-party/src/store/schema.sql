CREATE TABLE IF NOT EXISTS settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
)

CREATE TABLE IF NOT EXISTS keys (
    kid TEXT PRIMARY KEY,
    purpose TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    number BIGINT NOT NULL,
    is_used BIGINT NOT NULL
)

CREATE TABLE IF NOT EXISTS configurations (
    version BIGINT PRIMARY KEY,
    hash TEXT NOT NULL,
    exp BIGINT NOT NULL,
    message TEXT NOT NULL
)

CREATE TABLE IF NOT EXISTS accounts (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    password TEXT NOT NULL,
    is_administrator BIGINT NOT NULL,
    is_reported BIGINT NOT NULL,
    default_method TEXT,
    made BIGINT NOT NULL
)

CREATE TABLE IF NOT EXISTS sessions (
    hash TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    stage TEXT NOT NULL,
    csrf TEXT NOT NULL,
    made BIGINT NOT NULL,
    proved BIGINT NOT NULL,
    until BIGINT NOT NULL,
    place TEXT NOT NULL,
    browser TEXT NOT NULL
)

CREATE INDEX IF NOT EXISTS sessions_of_account ON sessions (account)

CREATE TABLE IF NOT EXISTS enrolments (
    code TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    session TEXT NOT NULL,
    state TEXT NOT NULL,
    link TEXT NOT NULL,
    exp BIGINT NOT NULL,
    configuration TEXT NOT NULL,
    message TEXT NOT NULL,
    device_key TEXT NOT NULL,
    commitment TEXT NOT NULL,
    credential TEXT NOT NULL,
    offer TEXT NOT NULL,
    digits TEXT NOT NULL,
    tries BIGINT NOT NULL,
    confirmation TEXT NOT NULL,
    reason TEXT NOT NULL
)

CREATE INDEX IF NOT EXISTS enrolments_of_account ON enrolments (account)

CREATE INDEX IF NOT EXISTS enrolments_of_credential ON enrolments (credential)

CREATE TABLE IF NOT EXISTS credentials (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    state TEXT NOT NULL,
    device_key TEXT NOT NULL,
    device_kid TEXT NOT NULL UNIQUE,
    envelope_key TEXT NOT NULL,
    verification_key TEXT,
    name TEXT NOT NULL,
    platform TEXT NOT NULL,
    level TEXT NOT NULL,
    attestation TEXT,
    push TEXT,
    added BIGINT NOT NULL,
    last_used BIGINT,
    seq BIGINT NOT NULL,
    head TEXT NOT NULL,
    before TEXT,
    pin BYTEA,
    pin_generation BIGINT NOT NULL,
    pin_in_a_row BIGINT NOT NULL,
    pin_in_all BIGINT NOT NULL,
    pin_not_before BIGINT NOT NULL,
    is_pin_disabled BIGINT NOT NULL,
    revocation TEXT
)

CREATE INDEX IF NOT EXISTS credentials_of_account ON credentials (account)

CREATE TABLE IF NOT EXISTS replaced_keys (
    kid TEXT PRIMARY KEY,
    credential TEXT NOT NULL REFERENCES credentials (id),
    device_key TEXT NOT NULL
)

CREATE TABLE IF NOT EXISTS challenges (
    jti TEXT PRIMARY KEY,
    txn TEXT NOT NULL,
    account TEXT NOT NULL REFERENCES accounts (id),
    credential TEXT NOT NULL REFERENCES credentials (id),
    kind TEXT NOT NULL,
    hash TEXT NOT NULL,
    message TEXT NOT NULL,
    matching TEXT NOT NULL,
    number TEXT NOT NULL,
    verifications TEXT NOT NULL,
    session TEXT NOT NULL,
    made BIGINT NOT NULL,
    exp BIGINT NOT NULL,
    state TEXT NOT NULL,
    is_redeemed BIGINT NOT NULL
)

CREATE INDEX IF NOT EXISTS challenges_of_credential ON challenges (credential, made)

CREATE INDEX IF NOT EXISTS challenges_of_account ON challenges (account, made)

CREATE INDEX IF NOT EXISTS challenges_of_transaction ON challenges (txn)

CREATE TABLE IF NOT EXISTS receipts (
    hash TEXT PRIMARY KEY,
    message TEXT NOT NULL,
    until BIGINT NOT NULL
)

CREATE TABLE IF NOT EXISTS proofs (
    jti TEXT PRIMARY KEY,
    until BIGINT NOT NULL
)

CREATE TABLE IF NOT EXISTS codes (
    account TEXT PRIMARY KEY REFERENCES accounts (id),
    secret BYTEA NOT NULL,
    last_step BIGINT NOT NULL
)

CREATE TABLE IF NOT EXISTS new_codes (
    account TEXT PRIMARY KEY REFERENCES accounts (id),
    secret BYTEA NOT NULL
)

CREATE TABLE IF NOT EXISTS phones (
    account TEXT PRIMARY KEY REFERENCES accounts (id),
    number BYTEA NOT NULL,
    is_confirmed BIGINT NOT NULL
)

CREATE TABLE IF NOT EXISTS sent_codes (
    account TEXT PRIMARY KEY REFERENCES accounts (id),
    code BYTEA NOT NULL,
    until BIGINT NOT NULL,
    tries BIGINT NOT NULL
)

CREATE TABLE IF NOT EXISTS recovery_codes (
    hash TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    is_used BIGINT NOT NULL
)

CREATE INDEX IF NOT EXISTS recovery_codes_of_account ON recovery_codes (account)

CREATE TABLE IF NOT EXISTS attempts (
    name TEXT PRIMARY KEY,
    failed BIGINT NOT NULL,
    since BIGINT NOT NULL
)

CREATE TABLE IF NOT EXISTS audit (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    account TEXT,
    event TEXT NOT NULL,
    address TEXT NOT NULL,
    detail TEXT NOT NULL
)

CREATE INDEX IF NOT EXISTS audit_by_time ON audit (at, id)
