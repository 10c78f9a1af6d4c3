//! Whatever an app calls, in whatever order and with whatever bytes: each call gives an answer or an
//! error, and none panics. A panic would be an error without a name in Kotlin, and in Swift, of a
//! call that cannot throw, the end of the app.

mod approvals;
mod phone;

use std::sync::Arc;
use std::time::{Duration, Instant};

use approval_service::{Policy, Service};
use authenticator_core_ffi::{
    AccountDraft, AccountKind, AuthenticatorHandle, AutoLock, ClockSample, DeviceKeys, Edit,
    MigrationCollector, Moment, PinCost, PlatformAnswers, PlatformEnrolment, PlatformError,
    Protection, QrCode, RecoveryKey, check_new_pin, read_qr_codes, usual_account_kind,
};
use phone::Phone;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// One call: which, and what it is given.
#[derive(Clone, Debug)]
struct Call {
    which: u8,
    bytes: Vec<u8>,
    number: i64,
    flag: bool,
    /// How many seconds after the call before.
    later: u32,
}

fn call() -> impl Strategy<Value = Call> {
    let known: Vec<&'static [u8]> = vec![
        b"482913",
        b"739105",
        b"otpauth://totp/Ex:al?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ex",
        b"otpauth://hotp/Ex:bo?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=1",
        b"motp://Ex:carol?secret=7ac61d4736f51a2b",
        b"otpauth-migration://offline?data=CjEKCkhlbGxvId6tvu8SGEV4YW1wbGU6YWxpY2VAZ29vZ2xlLmNvbRoHRXhhbXBsZTAC",
        b"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        b"55",
    ];
    let bytes = prop_oneof![
        3 => proptest::sample::select(known).prop_map(<[u8]>::to_vec),
        1 => proptest::collection::vec(any::<u8>(), 0..64),
        1 => ".{0,24}".prop_map(String::into_bytes),
    ];
    let number = prop_oneof![4 => 0..4_i64, 1 => any::<i64>()];
    // It locks itself after a while.
    let later = prop_oneof![4 => 0..5_u32, 1 => 0..400_u32];
    // Approvals take several calls in the right order to get anywhere.
    let which = prop_oneof![1 => 0..62_u8, 1 => 62..84_u8];
    (which, bytes, number, any::<bool>(), later)
        .prop_map(|(which, bytes, number, flag, later)| Call { which, bytes, number, flag, later })
}

/// What an app holds on to between its calls.
struct App {
    vault: Option<Arc<AuthenticatorHandle>>,
    path: String,
    phone: Arc<Phone>,
    seconds: i64,
    recovery: Option<Arc<RecoveryKey>>,
    enrolment: Option<Arc<PlatformEnrolment>>,
    collector: MigrationCollector,
    service: Service,
    pushed: Vec<String>,
}

const START: u64 = 1_741_011_292;
const ACCOUNT: &str = "ann@example.com";
const COST: PinCost = PinCost { memory_kib: 19_456, passes: 2 };

impl App {
    fn new(folder: &std::path::Path) -> Self {
        Self {
            vault: None,
            path: folder.join("vault").to_str().unwrap().to_owned(),
            phone: Arc::default(),
            seconds: 1_000,
            recovery: None,
            enrolment: None,
            collector: MigrationCollector::new(),
            service: Service::new(Policy::default(), START),
            pushed: Vec::new(),
        }
    }

    fn moment(&self) -> Moment {
        Moment {
            wall_millis: i64::try_from(START).unwrap() * 1_000 + self.seconds * 1_000,
            monotonic_millis: self.seconds * 1_000,
            boot_id: vec![1; 16],
        }
    }

    /// The ids that there are, and one that there is not.
    fn id(&self, call: &Call) -> String {
        let items = self.vault.as_ref().and_then(|vault| {
            let trash = vault.trash(self.moment()).unwrap_or_default();
            Some(vault.items(self.moment()).ok()?.into_iter().chain(trash).collect::<Vec<_>>())
        });
        let items = items.unwrap_or_default();
        let place = usize::try_from(call.number).unwrap_or(usize::MAX);
        items.get(place).map_or_else(|| text(&call.bytes), |item| item.id.clone())
    }

    fn open(&mut self, which: u8) {
        self.vault = None;
        let (keys, guard) = (self.phone.clone(), self.phone.clone());
        let device: Option<Arc<dyn DeviceKeys>> = Some(self.phone.clone());
        let path = self.path.clone();
        let opened = match which {
            0 => AuthenticatorHandle::create(path, keys, guard, device, self.moment()),
            1 => AuthenticatorHandle::open_damaged(path, keys, guard, device),
            _ => AuthenticatorHandle::open(path, keys, guard, device),
        };
        self.vault = opened.ok().map(Arc::new);
    }

    fn answers(&mut self, call: &Call) -> Option<Arc<PlatformAnswers>> {
        if !call.flag {
            return None;
        }
        let enrolment = self.enrolment.take();
        let wrapped = enrolment.as_ref().and_then(|it| it.reveal().ok()).unwrap_or_default();
        PlatformAnswers::new(enrolment, wrapped, &call.bytes).ok().map(Arc::new)
    }

    /// Makes the call; what it gives is looked at by nobody.
    fn make(&mut self, call: &Call) {
        self.seconds += i64::from(call.later);
        let now = self.moment();
        let (bytes, flag) = (&call.bytes[..], call.flag);
        let small = u32::try_from(call.number).unwrap_or(u32::MAX);
        let kind: AccountKind = usual_account_kind();
        match call.which {
            0 => return self.open(0),
            1 => return self.open(1),
            2..=4 => return self.open(2),
            5 => drop(check_new_pin(bytes)),
            6 => drop(read_qr_codes(small, small, small, bytes)),
            7 => drop(QrCode::encode(bytes).map(|code| (code.side(), code.modules()))),
            8 => drop(self.collector.add(bytes)),
            9 => drop(self.collector.take()),
            10 => self.recovery = RecoveryKey::parse(bytes).ok().map(Arc::new),
            11 => self.enrolment = PlatformEnrolment::for_new_vault().ok().map(Arc::new),
            12 => {
                let refusals = [
                    PlatformError::Cancelled,
                    PlatformError::Invalidated,
                    PlatformError::Unavailable,
                ];
                let refusal = usize::try_from(call.number).ok().and_then(|it| refusals.get(it));
                *self.phone.refusal.lock().unwrap() = refusal.copied().filter(|_| flag);
            }
            13 => drop(AccountDraft::from_typed_secret(bytes, text(bytes), text(bytes), kind)),
            _ => {}
        }
        let Some(vault) = self.vault.clone() else { return self.open(if flag { 0 } else { 2 }) };
        let id = self.id(call);
        match call.which {
            14..=18 => {
                if let Ok(draft) = AccountDraft::from_uri(bytes) {
                    let _ = draft.set_recovery_codes(b"one\ntwo");
                    let _ = draft.edit(vec![Edit::Group { group: Some(text(bytes)) }]);
                    let _ = (draft.issuer(), draft.name(), draft.kind(), draft.warnings());
                    let _ = vault.add(Arc::new(draft), flag, now);
                }
            }
            19 | 20 => drop(vault.codes(flag, now)),
            21 => drop(vault.search(text(bytes), now)),
            22 => drop(vault.next_hotp_code(id, now)),
            23 => drop(vault.note_use(id, now)),
            24 => drop(vault.reveal(id, now).map(|it| (it.uri(), it.qr_code(), it.pin()))),
            25 => drop(vault.export_migration(vec![id], now)),
            26 => drop(vault.icon(id, now)),
            27 => drop(vault.edit(id, vec![Edit::Name { name: text(bytes) }], now)),
            28 => drop(vault.set_account_pin(id, bytes, now)),
            29 => drop(vault.set_recovery_codes(id, bytes, now)),
            30 => drop(vault.mark_recovery_code(id, small, flag, now)),
            31 => drop(vault.move_before(id.clone(), flag.then_some(id), now)),
            32 => drop(vault.put_in_trash(vec![id], now)),
            33 => drop(vault.take_from_trash(vec![id], now)),
            34 => drop(vault.purge(vec![id], now)),
            35 => drop(vault.undo(now)),
            36 => drop(vault.verify(now)),
            37..=39 => drop(vault.unlock_with_platform(now)),
            40 | 41 => drop(vault.unlock_with_pin(bytes, now)),
            42 => {
                if let Some(key) = self.recovery.clone() {
                    let _ = vault.unlock_with_recovery_key(key.clone(), now.clone());
                    let _ = vault.confirm_recovery_key(key, now);
                }
            }
            43 => drop(vault.prove_presence_with_platform(now)),
            44 => drop(vault.prove_presence_with_pin(bytes, now)),
            45 => drop(vault.finish_platform_unlock(bytes, now)),
            46 => drop(vault.finish_pin_unlock(bytes, bytes, now)),
            47 => drop(vault.pin_tries(now)),
            48 => self.enrolment = vault.begin_platform_enrolment().ok().map(Arc::new),
            49 => {
                let answers = self.answers(call);
                let _ = vault.set_pin(bytes, COST, answers, now);
            }
            50 => {
                let protections = [
                    Protection::Platform,
                    Protection::Pin,
                    Protection::PlatformOrPin,
                    Protection::PlatformAndPin,
                ];
                let protection = protections[usize::try_from(small % 4).unwrap()];
                let (answers, key) = (self.answers(call), self.recovery.clone());
                let _ = vault.protect(protection, bytes, COST, key, answers, now);
            }
            51 => {
                let answers = self.answers(call);
                let _ = vault.rotate(bytes, COST, self.recovery.clone(), answers, now);
            }
            52 => {
                let answers = self.answers(call);
                let issued = vault.issue_recovery_key(bytes, COST, answers, now);
                self.recovery = issued.ok().map(Arc::new);
            }
            53 => drop(vault.waive_recovery(text(bytes), now)),
            54 => vault.lock(),
            55 => drop(vault.suspend()),
            56 => drop(vault.resume()),
            57 => drop((vault.enter_background(now.clone()), vault.enter_foreground(now))),
            58 => {
                let limit = flag.then_some(small);
                let auto_lock = AutoLock { foreground_seconds: limit, background_seconds: limit };
                let _ = vault.set_auto_lock(auto_lock, small, now);
            }
            59 => {
                let server_millis = call.number;
                let _ = vault.learn_time(ClockSample {
                    server_millis,
                    sent: now.clone(),
                    received: now,
                });
            }
            60 => drop(vault.wipe(now)),
            61 => drop((vault.accept_rollback(now.clone()), vault.repair(flag, now))),
            _ => self.make_approval(call, &vault),
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// For so many minutes where `AUTHENTICATOR_CORE_DOOR_MINUTES` says so; 40 orders otherwise.
#[test]
fn any_order_of_calls_with_any_bytes_ends_without_a_panic() {
    let minutes = std::env::var("AUTHENTICATOR_CORE_DOOR_MINUTES").ok();
    let minutes: Option<u64> = minutes.map(|minutes| minutes.parse().unwrap());
    let (start, mut orders) = (Instant::now(), 0_u64);
    let config =
        ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() };
    loop {
        // A new one each time: one that has run its cases runs none again.
        TestRunner::new(config.clone())
            .run(&proptest::collection::vec(call(), 1..120), |calls| {
                let folder = tempfile::tempdir().unwrap();
                let mut app = App::new(folder.path());
                app.open(0);
                for call in &calls {
                    app.make(call);
                }
                Ok(())
            })
            .unwrap();
        orders += 40;
        let over = |minutes| start.elapsed() >= Duration::from_secs(60 * minutes);
        if minutes.is_none_or(over) {
            break;
        }
    }
    eprintln!("{orders} orders of calls");
}
