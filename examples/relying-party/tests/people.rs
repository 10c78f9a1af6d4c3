//! Who signs in: passwords, sessions and codes, and how often somebody may guess.

mod support;

use authenticator_core::UnixTime;
use authenticator_core::otp::{Account, Generator};
use relying_party::codes::{self, Checked};
use relying_party::people::{self, SignIn, Unfit};
use relying_party::sealing::Sealer;
use relying_party::session::{Level, Session};
use relying_party::store::{Store, StoreError, Tx};

use support::on_each;

const NOW: u64 = 1_741_011_292;
const PASSWORD: &str = "correct horse";

fn with<T>(store: &Store, act: impl Fn(&mut dyn Tx) -> Result<T, StoreError>) -> T {
    store.transact(act).unwrap()
}

/// Adds an account, and gives its id.
fn add(store: &Store, name: &str) -> String {
    let hash = people::hashed(PASSWORD);
    with(store, |tx| people::add(tx, (name, &hash), false, NOW)).unwrap()
}

fn sign_in(store: &Store, (name, password): (&str, &str), address: &str, now: u64) -> SignIn {
    match with(store, |tx| people::begin_sign_in(tx, name, address, now)) {
        Err(wait) => SignIn::Wait(wait),
        Ok(hash) => {
            let fits = people::fits(password, &hash);
            with(store, |tx| people::finish_sign_in(tx, (name, address), (&hash, fits)))
        }
    }
}

#[test]
fn a_password_signs_in_and_a_wrong_one_waits_longer_each_time() {
    on_each(|store| {
        add(&store, "ann");
        let right = |address, now| sign_in(&store, ("ann", PASSWORD), address, now);
        let wrong = |address, now| sign_in(&store, ("ann", "wrong horse"), address, now);
        assert!(matches!(right("1", NOW), SignIn::Right(account) if account.name == "ann"));
        for _ in 0..5 {
            assert!(matches!(wrong("1", NOW), SignIn::Wrong));
        }
        assert!(matches!(right("1", NOW), SignIn::Wait(30)));
        // Whoever guesses from elsewhere keeps nobody out.
        assert!(matches!(right("2", NOW), SignIn::Right(_)));
        assert!(matches!(wrong("1", NOW + 30), SignIn::Wrong));
        assert!(matches!(right("1", NOW + 60), SignIn::Wait(30)));
        assert!(matches!(right("1", NOW + 90), SignIn::Right(_)));
        assert!(matches!(wrong("1", NOW + 90), SignIn::Wrong));
    });
}

#[test]
fn nobody_learns_whether_a_name_is_anybodys_and_an_address_cannot_try_them_all() {
    on_each(|store| {
        for count in 0..100 {
            let name = format!("nobody {count}");
            assert!(matches!(sign_in(&store, (&name, ""), "1", NOW), SignIn::Wrong));
        }
        assert!(matches!(sign_in(&store, ("another", ""), "1", NOW), SignIn::Wait(60)));
        assert!(matches!(sign_in(&store, ("another", ""), "2", NOW), SignIn::Wrong));
        let long = "x".repeat(100_000);
        assert!(matches!(sign_in(&store, (&long, &long), "3", NOW), SignIn::Wrong));
    });
}

#[test]
fn a_name_is_one_persons_and_has_nothing_that_is_not_seen() {
    on_each(|store| {
        add(&store, "ann");
        let hash = people::hashed(PASSWORD);
        let again = |name: &str| with(&store, |tx| people::add(tx, (name, &hash), false, NOW));
        assert_eq!(again("ann"), Err(Unfit::Taken));
        for name in ["", " ann", "ann ", "a\nb", &"x".repeat(129)] {
            assert_eq!(again(name), Err(Unfit::Name), "{name:?}");
        }
        assert_eq!(people::check_password("1234567"), Err(Unfit::Password));
        assert_eq!(people::check_password("12345678"), Ok(()));
    });
}

#[test]
fn a_session_is_its_secrets_and_gets_another_at_each_level() {
    on_each(|store| {
        let ann = add(&store, "ann");
        let begin =
            |level| with(&store, |tx| Session::begin(tx, &ann, level, ("Berlin", "Firefox"), NOW));
        let of = |secret: &str, now| with(&store, |tx| Session::of(tx, secret, now));
        let (secret, first) = begin(Level::Password);
        assert_eq!(of(&secret, NOW + 899).unwrap().level, Level::Password);
        assert!(of(&secret, NOW + 900).is_none());
        assert!(of(&first.hash, NOW).is_none());
        assert!(first.has_sent(&first.csrf) && !first.has_sent("") && !first.has_sent("other"));

        let (next, full) = with(&store, |tx| first.clone().renew(tx, Level::Full, NOW + 60));
        assert!(of(&secret, NOW + 60).is_none());
        assert_eq!(of(&next, NOW + 60).unwrap().level, Level::Full);
        assert_ne!((&first.hash, &first.csrf), (&full.hash, &full.csrf));
        let (other, _) = begin(Level::Full);
        with(&store, |tx| full.end(tx));
        assert!(of(&next, NOW + 60).is_none() && of(&other, NOW + 60).is_some());
        with(&store, |tx| Session::end_all(tx, &ann));
        assert!(of(&other, NOW + 60).is_none());
    });
}

/// What the app shows.
fn code(app: &Account, now: u64) -> String {
    let Generator::Totp(totp) = app.generator(None).unwrap() else { panic!("it goes by the time") };
    totp.code_at(UnixTime::from_secs(now)).code.as_str().to_owned()
}

#[test]
fn a_code_of_the_library_is_right_once() {
    on_each(|store| {
        let (ann, sealer) = (add(&store, "ann"), Sealer::new(&[7; 32]));
        let begin = || with(&store, |tx| codes::begin(tx, &sealer, (&ann, "ann", "Example: Mail")));
        let new = begin();
        let app = Account::from_uri(&new.link).unwrap().account;
        assert_eq!((app.issuer(), app.name()), (Some("Example  Mail"), "ann"));
        assert_eq!(format!("{new:?}"), "NewSecret(..)");
        let confirm =
            |typed: &str| with(&store, |tx| codes::confirm(tx, &sealer, &ann, typed, NOW));
        let check =
            |typed: &str, now| with(&store, |tx| codes::check(tx, &sealer, &ann, typed, now));
        assert_eq!(check(&code(&app, NOW), NOW), Checked::Wrong);
        assert_eq!(confirm("000000"), Checked::Wrong);
        assert_eq!(confirm(&code(&app, NOW)), Checked::Right);

        assert_eq!(check(&code(&app, NOW), NOW), Checked::Wrong);
        assert_eq!(check(&code(&app, NOW + 30), NOW), Checked::Right);
        // It was used, and so was every one before it.
        assert_eq!(check(&code(&app, NOW + 30), NOW + 30), Checked::Wrong);
        assert_eq!(check(&code(&app, NOW), NOW + 30), Checked::Wrong);
        assert_eq!(check(&code(&app, NOW + 120), NOW + 60), Checked::Wrong);
        assert_eq!(check(&format!(" {} ", code(&app, NOW + 60)), NOW + 60), Checked::Right);

        // Another app's, and until then the one before.
        let other = Account::from_uri(&begin().link).unwrap().account;
        assert_eq!(check(&code(&app, NOW + 90), NOW + 90), Checked::Right);
        assert_eq!(confirm(&code(&other, NOW)), Checked::Right);
        assert_eq!(check(&code(&app, NOW + 120), NOW + 120), Checked::Wrong);
        assert_eq!(check(&code(&other, NOW + 120), NOW + 120), Checked::Right);
    });
}

#[test]
fn codes_are_guessed_five_times_whatever_they_are_of() {
    on_each(|store| {
        let (ann, sealer) = (add(&store, "ann"), Sealer::new(&[7; 32]));
        let sent =
            |typed: &str, now| with(&store, |tx| codes::check_sent(tx, &sealer, &ann, typed, now));
        let make = |now| with(&store, |tx| codes::make_sent(tx, &sealer, &ann, now));
        let code = make(NOW);
        assert_eq!(sent(&code, NOW + 300), Checked::Wrong);
        let code = make(NOW + 300);
        assert_eq!(sent(&code, NOW + 301), Checked::Right);
        assert_eq!(sent(&code, NOW + 301), Checked::Wrong);
        let code = make(NOW + 301);
        let wrong = if code == "000000" { "000001" } else { "000000" };
        for _ in 0..3 {
            assert_eq!(sent(wrong, NOW + 301), Checked::Wrong);
        }
        assert_eq!(sent(&code, NOW + 301), Checked::Wrong);
        let typed =
            |typed: &str, now| with(&store, |tx| codes::check_recovery(tx, &ann, typed, now));
        assert_eq!(typed("AAAA", NOW + 301), Checked::Wait(30));
        assert_eq!(sent(&make(NOW + 331), NOW + 331), Checked::Right);

        let codes = with(&store, |tx| codes::make_recovery(tx, &ann));
        let left = || with(&store, |tx| codes::recovery_left(tx, &ann));
        assert_eq!((codes.len(), left()), (10, 10));
        assert_eq!(typed(&codes[3].to_lowercase().replace('-', " "), NOW + 331), Checked::Right);
        assert_eq!((typed(&codes[3], NOW + 331), left()), (Checked::Wrong, 9));
        let newer = with(&store, |tx| codes::make_recovery(tx, &ann));
        assert_eq!(typed(&codes[4], NOW + 331), Checked::Wrong);
        assert_eq!((typed(&newer[0], NOW + 331), left()), (Checked::Right, 9));
    });
}
