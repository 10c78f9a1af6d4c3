//! Threads, processes and platforms that call at the same time, or back: threads wait, the
//! others get an answer or are refused; nothing is lost, and nobody waits for ever.

mod support;

use std::env;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, MutexGuard, OnceLock, PoisonError, Weak, mpsc};
use std::thread;
use std::time::Duration;

use authenticator_core::vault::{
    Entry, GuardError, KeyError, KeyWrapper, PinCost, RollbackGuard, SecurityLevel, VaultError,
    VaultId,
};
use authenticator_core::{Authenticator, Platform, Secret, SlotSecrets};
use support::memory::{MemoryGuard, PlainKeys};
use support::{Folder, add, memory, moment, pin, totp};

/// What the second process is told.
const PATH: &str = "AUTHENTICATOR_CORE_TEST_VAULT";

/// Each test by itself: a process that is being started has, for a moment, a copy of
/// everything that this one has open, the lock of another test's vault among it.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Another process that runs the test `name`, which then calls `second_process`.
fn spawn(name: &str, vault: &Path) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", name, "--nocapture", "--test-threads=1"]).env(PATH, vault);
    command.stdout(Stdio::piped()).spawn().unwrap()
}

/// In the second process: opens the vault and says what came of it.
fn second_process() -> bool {
    let Some(path) = env::var_os(PATH) else { return false };
    let opened = Authenticator::open(Path::new(&path), memory::platform().0);
    println!("opened: {:?}", opened.map(drop));
    true
}

fn answer(child: Child) -> String {
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find_map(|line| line.split_once("opened: "));
    line.expect("the second process answers").1.to_owned()
}

#[test]
fn a_second_process_is_refused_at_once() {
    let _alone = alone();
    if second_process() {
        return;
    }
    let folder = Folder::new();
    let vault = folder.create();

    let second = spawn("a_second_process_is_refused_at_once", &folder.vault());
    assert_eq!(answer(second), "Err(InUse)");
    // The first one goes on, and in the end gives the file away.
    add(&vault, Entry::new(totp("Ex", "al", 1)));
    drop(vault);
    let second = spawn("a_second_process_is_refused_at_once", &folder.vault());
    assert_eq!(answer(second), "Ok(())");
}

#[test]
fn a_second_process_gets_a_vault_that_is_suspended_or_closed() {
    let _alone = alone();
    if second_process() {
        return;
    }
    let name = "a_second_process_gets_a_vault_that_is_suspended_or_closed";
    let folder = Folder::new();
    let vault = folder.create();

    vault.suspend().unwrap();
    assert_eq!(answer(spawn(name, &folder.vault())), "Ok(())");
    vault.resume().unwrap();
    drop(vault);
    assert_eq!(answer(spawn(name, &folder.vault())), "Ok(())");
}

/// A lock on the vault's lock file, as another process holds it.
fn held_by_another(folder: &Folder) -> File {
    let lock = File::create(folder.path("vault.lock")).unwrap();
    lock.try_lock().unwrap();
    lock
}

fn create(folder: &Folder) -> Result<Authenticator, VaultError> {
    Authenticator::create(&folder.vault(), memory::platform().0, moment(0))
}

#[test]
fn a_vault_that_another_process_is_making_is_not_made_a_second_time() {
    let _alone = alone();
    let folder = Folder::new();
    let other = held_by_another(&folder);
    // What the other one has made so far.
    fs::write(folder.path("vault.part"), "half").unwrap();

    assert_eq!(create(&folder).map(drop), Err(VaultError::InUse));
    assert!(!folder.vault().exists());
    assert_eq!(fs::read(folder.path("vault.part")).unwrap(), b"half");

    // It has finished meanwhile.
    fs::write(folder.vault(), "the other's").unwrap();
    assert_eq!(create(&folder).map(drop), Err(VaultError::AlreadyExists));
    drop(other);
    assert_eq!(create(&folder).map(drop), Err(VaultError::AlreadyExists));
    assert_eq!(fs::read(folder.vault()).unwrap(), b"the other's");

    // Or it was broken off.
    fs::remove_file(folder.vault()).unwrap();
    let vault = create(&folder).unwrap();
    assert!(!folder.path("vault.part").exists());
    let lock = File::create(folder.path("vault.lock")).unwrap();
    assert!(lock.try_lock().is_err());
    drop(vault);
    lock.try_lock().unwrap();
}

#[test]
fn a_vault_that_could_not_be_made_leaves_no_lock_behind_that_was_not_there() {
    let _alone = alone();
    let lock_of = |folder: &Folder| folder.path("vault.lock").exists();
    // A file that is something else, and a folder where the unfinished vault would stand.
    let (there, in_the_way) = (Folder::new(), Folder::new());
    fs::write(there.vault(), "something else").unwrap();
    fs::create_dir(in_the_way.path("vault.part")).unwrap();

    assert_eq!(create(&there).map(drop), Err(VaultError::AlreadyExists));
    assert!(create(&in_the_way).is_err());
    assert_eq!((lock_of(&there), lock_of(&in_the_way)), (false, false));
    assert_eq!(fs::read(there.vault()).unwrap(), b"something else");
    fs::write(in_the_way.path("vault.lock"), "").unwrap();
    assert!(create(&in_the_way).is_err());
    assert!(lock_of(&in_the_way));
}

#[test]
fn of_several_processes_that_make_a_vault_one_makes_it() {
    let _alone = alone();
    const NAME: &str = "of_several_processes_that_make_a_vault_one_makes_it";
    if let Some(path) = env::var_os(PATH) {
        let made = Authenticator::create(Path::new(&path), memory::platform().0, moment(0));
        println!("opened: {:?}", made.map(drop));
        return;
    }
    let folder = Folder::new();
    let processes: Vec<Child> = (0..6).map(|_| spawn(NAME, &folder.vault())).collect();
    let answers: Vec<String> = processes.into_iter().map(answer).collect();

    let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| *answer == "Ok(())");
    assert_eq!(made.len(), 1, "{answers:?}");
    let expected = ["Err(InUse)", "Err(AlreadyExists)"];
    assert!(refused.iter().all(|answer| expected.contains(&answer.as_str())), "{answers:?}");
}

/// Fails where `work` does not end: that it hangs is what is tested for.
fn ends<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, waiting) = mpsc::channel();
    let worker = thread::spawn(move || done.send(work()));
    match waiting.recv_timeout(Duration::from_secs(30)) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("it waits for ever"),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            std::panic::resume_unwind(worker.join().unwrap_err())
        }
    }
}

#[test]
fn what_several_threads_add_at_the_same_time_is_all_there() {
    let _alone = alone();
    let folder = Folder::new();
    let (platform, guard) = memory::platform();
    let vault = Authenticator::create(&folder.vault(), platform.clone(), moment(0)).unwrap();
    let together = Barrier::new(5);
    thread::scope(|threads| {
        for thread in 0..4_u8 {
            let (vault, together) = (&vault, &together);
            threads.spawn(move || {
                together.wait();
                for number in 0..25 {
                    add(vault, Entry::new(totp("Ex", &format!("{thread} {number}"), thread + 1)));
                }
            });
        }
        // Beside them, somebody reads.
        together.wait();
        for _ in 0..25 {
            let items = vault.items(moment(0)).unwrap();
            assert_eq!(
                vault.codes(moment(0).wall, moment(0)).map(|codes| codes.len() >= items.len()),
                Ok(true)
            );
        }
    });

    assert_eq!(vault.items(moment(0)).unwrap().len(), 100);
    // Made, and changed a hundred times: the guard has seen the last of it.
    assert_eq!(guard.only_state()[1..9], 101_u64.to_be_bytes());
    drop(vault);
    let vault = Authenticator::open(&folder.vault(), platform).unwrap();
    assert_eq!(vault.unlock_with_platform(moment(0)), Ok(Default::default()));
    assert_eq!(vault.items(moment(0)).unwrap().len(), 100);
}

/// A platform that calls back into the vault from each of its functions.
#[derive(Default)]
struct CallingBack {
    vault: OnceLock<Weak<Authenticator>>,
    guard: MemoryGuard,
    answers: Mutex<Vec<Result<(), VaultError>>>,
    depth: AtomicUsize,
}

impl CallingBack {
    fn call_back(&self) {
        let Some(vault) = self.vault.get().and_then(Weak::upgrade) else { return };
        // Once, and not for what that calls.
        if self.depth.fetch_add(1, Ordering::SeqCst) == 0 {
            let now = moment(0);
            // A guard that makes a change of every change would never be done.
            let few = self.answers.lock().unwrap().len() < 100;
            let items = vault.items(now).ok().filter(|_| few);
            let id = items.and_then(|items| Some(items.first()?.id()));
            let answers = [
                vault.items(now).map(drop),
                vault.codes(now.wall, now).map(drop),
                id.map_or(Ok(()), |id| vault.note_use(id, now)),
                vault.unlock_with_platform(now).map(drop),
                if few { vault.unlock_with_pin(&pin("482913"), now).map(drop) } else { Ok(()) },
                vault.prove_presence_with_platform(now),
                if few { vault.set_pin(&pin("482913"), PinCost::FLOOR, now) } else { Ok(()) },
                vault.protection().map(drop),
            ];
            vault.is_unlocked(now);
            self.answers.lock().unwrap().extend(answers);
        }
        self.depth.fetch_sub(1, Ordering::SeqCst);
    }
}

impl KeyWrapper for CallingBack {
    fn security_level(&self) -> SecurityLevel {
        self.call_back();
        SecurityLevel::Software
    }

    fn wrap(&self, key: &Secret) -> Result<Vec<u8>, KeyError> {
        self.call_back();
        PlainKeys.wrap(key)
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Secret, KeyError> {
        self.call_back();
        PlainKeys.unwrap(wrapped)
    }

    fn prf(&self, input: &[u8; 32]) -> Result<Option<Secret>, KeyError> {
        self.call_back();
        PlainKeys.prf(input)
    }

    fn delete(&self) -> Result<(), KeyError> {
        self.call_back();
        Ok(())
    }
}

impl RollbackGuard for CallingBack {
    fn read(&self, vault: &VaultId) -> Result<Option<Vec<u8>>, GuardError> {
        self.call_back();
        self.guard.read(vault)
    }

    fn replace(&self, vault: &VaultId, state: &[u8]) -> Result<(), GuardError> {
        self.call_back();
        self.guard.replace(vault, state)
    }
}

#[test]
fn a_platform_that_calls_back_gets_an_answer_or_is_refused() {
    let _alone = alone();
    let answers = ends(|| {
        let folder = Folder::new();
        let calling = Arc::new(CallingBack::default());
        let platform = Platform { keys: calling.clone(), guard: calling.clone() };
        let vault = Authenticator::create(&folder.vault(), platform, moment(0)).unwrap();
        let vault = Arc::new(vault);
        calling.vault.set(Arc::downgrade(&vault)).unwrap();
        let now = moment(0);

        add(&vault, Entry::new(totp("Ex", "al", 1)));
        let _ = vault.security_level();
        vault.set_pin(&pin("482913"), PinCost::FLOOR, now).unwrap();
        vault
            .rotate(
                SlotSecrets { pin: Some((&pin("482913"), PinCost::FLOOR)), recovery_key: None },
                now,
            )
            .unwrap();
        vault.lock();
        let _ = vault.unlock_with_pin(&pin("482913"), now).unwrap();
        vault.lock();
        let _ = vault.unlock_with_platform(now).unwrap();
        assert_eq!(vault.items(now).unwrap().len(), 1);
        std::mem::take(&mut *calling.answers.lock().unwrap())
    });

    assert!(answers.len() > 50, "{answers:?}");
    for answer in &answers {
        let known = [VaultError::Busy, VaultError::Locked, VaultError::SlotMissing];
        assert!(answer.is_ok() || known.iter().any(|error| *answer == Err(*error)), "{answer:?}");
    }
    assert!(answers.contains(&Err(VaultError::Busy)));
    assert!(answers.contains(&Ok(())));
}

/// A guard in which one write waits until it is let go.
#[derive(Default)]
struct Slow {
    guard: MemoryGuard,
    /// The write that comes next says that it is there, and waits.
    hold: Mutex<Option<(mpsc::Sender<()>, mpsc::Receiver<()>)>>,
}

impl RollbackGuard for Slow {
    fn read(&self, vault: &VaultId) -> Result<Option<Vec<u8>>, GuardError> {
        self.guard.read(vault)
    }

    fn replace(&self, vault: &VaultId, state: &[u8]) -> Result<(), GuardError> {
        let hold = self.hold.lock().unwrap().take();
        if let Some((here, go)) = hold {
            here.send(()).unwrap();
            go.recv().unwrap();
        }
        self.guard.replace(vault, state)
    }
}

#[test]
fn a_try_that_was_counted_is_not_forgotten_by_a_slower_write_of_the_guard() {
    let _alone = alone();
    ends(|| {
        let folder = Folder::new();
        let slow = Arc::new(Slow::default());
        let platform = Platform { keys: Arc::new(PlainKeys), guard: Arc::clone(&slow) as _ };
        let vault = Authenticator::create(&folder.vault(), platform, moment(0)).unwrap();
        let id = add(&vault, Entry::new(totp("Ex", "al", 1)));
        vault.set_pin(&pin("482913"), PinCost::FLOOR, moment(0)).unwrap();
        let (here, is_here) = mpsc::channel();
        let (go, goes) = mpsc::channel();
        *slow.hold.lock().unwrap() = Some((here, goes));

        let tried = thread::scope(|threads| {
            threads.spawn(|| vault.note_use(id, moment(0)).unwrap());
            is_here.recv().unwrap();
            let tried = vault.prove_presence_with_pin(&pin("482914"), moment(0));
            go.send(()).unwrap();
            tried
        });

        let counted = slow.guard.only_state()[9];
        match tried {
            Err(VaultError::WrongSecret { .. }) => assert_eq!(counted, 1),
            // It was not made.
            refused => assert_eq!((refused, counted), (Err(VaultError::Busy), 0)),
        }
    });
}
