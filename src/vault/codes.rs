//! The codes of a vault's accounts: the keys that were absorbed for them, and the codes that were
//! made last.

use std::collections::{BTreeMap, BTreeSet};

use zeroize::{Zeroize, Zeroizing};

use super::accounts::view;
use super::by_row::ByRow;
use super::entry::{CodePair, Codes};
use super::item::Item;
use super::vault::Vault;
use super::{EntryId, VaultError};
use crate::UnixTime;
use crate::otp::{CodeError, Generator, TimedCode, Totp};

/// So many records are read one by one; more of them, in one walk over all.
const FEW: usize = 16;

/// What was absorbed of the accounts whose codes were asked for; one that is changed, or put into
/// the trash, loses its row. Boxed, since a list moves what it holds and leaves copies behind,
/// which nobody wipes.
pub(super) type Board = ByRow<Box<Row>>;

/// An account's key, and the codes that it gave last.
pub(super) struct Row {
    generator: Result<Generator, CodeError>,
    last: Option<Zeroizing<Last>>,
}

struct Last(CodePair);

impl Zeroize for Last {
    fn zeroize(&mut self) {
        self.0.code.code.wipe();
        if let Some(next) = &mut self.0.next {
            next.code.wipe();
        }
    }
}

impl Row {
    fn absorb(item: &[u8]) -> Result<Box<Self>, VaultError> {
        let view = view(item)?.ok_or(VaultError::Damaged)?;
        let account = view.account().ok_or(VaultError::Damaged)?;
        Ok(Box::new(Self { generator: account.generator(view.pin().as_ref()), last: None }))
    }

    fn totp(&self) -> Result<&Totp, CodeError> {
        match &self.generator {
            Ok(Generator::Totp(totp)) => Ok(totp),
            Ok(Generator::Hotp(_)) => Err(CodeError::CounterBased),
            Err(error) => Err(*error),
        }
    }

    /// The codes at `time`. Most screens ask again while they live, or when the next one has become
    /// the one of the moment: what is known is not computed again.
    fn around(&mut self, time: UnixTime) -> Result<CodePair, CodeError> {
        let totp = self.totp()?;
        let lives = |code: &TimedCode| {
            (1..=code.period.as_secs().into()).contains(&code.seconds_left_at(time))
        };
        let last = self.last.as_ref().map(|last| last.0);
        if let Some(last) = last
            && lives(&last.code)
        {
            return Ok(last);
        }
        let known = last.and_then(|last| last.next).filter(lives);
        let code = known.unwrap_or_else(|| totp.code_at(time));
        let pair = CodePair { code, next: totp.next_code_at(time) };
        self.last = Some(Zeroizing::new(Last(pair)));
        Ok(pair)
    }
}

impl Vault {
    /// The code at `time` of every account outside the trash, in no order.
    pub(crate) fn codes_at(&mut self, time: UnixTime) -> Result<Codes, VaultError> {
        self.of_each(|row| Ok(row.totp()?.code_at(time)))
    }

    /// As `codes_at`, each with the one that follows it.
    pub(crate) fn codes_around(&mut self, time: UnixTime) -> Result<Codes<CodePair>, VaultError> {
        self.of_each(|row| row.around(time))
    }

    fn of_each<T>(
        &mut self,
        of: impl Fn(&mut Row) -> Result<T, CodeError>,
    ) -> Result<Codes<T>, VaultError> {
        self.absorb_keys()?;
        let contents = self.contents_mut()?;
        // Both ascend by id, and no row is of an account that is not shown.
        let mut rows = contents.board.iter_mut().peekable();
        let shown = contents.index.all().filter(|item| item.trashed().is_none());
        let codes = shown.map(|item| {
            let id = item.id();
            let row = rows.next_if(|(row, _)| *row == id);
            // An account that cannot be read does not keep the others from theirs.
            (id, row.map_or(Err(CodeError::Unreadable), |(_, row)| of(row)))
        });
        Ok(codes.collect())
    }

    /// The accounts outside the trash whose keys were not absorbed yet.
    fn without_key(&self) -> Result<BTreeSet<EntryId>, VaultError> {
        let contents = self.contents()?;
        let mut rows = contents.board.iter().map(|(id, _)| id).peekable();
        let shown = contents.index.all().filter(|item| item.trashed().is_none()).map(Item::id);
        Ok(shown.filter(|id| rows.next_if_eq(id).is_none()).collect())
    }

    /// Absorbs the keys of the accounts that have none yet and can be read.
    pub(super) fn absorb_keys(&mut self) -> Result<(), VaultError> {
        let missing = self.without_key()?;
        let mut absorbed = BTreeMap::new();
        if missing.len() > FEW {
            // In one walk. Where that ends early, what is left is asked for one by one.
            let _ = self.each_item(|id, item| {
                if missing.contains(&id) {
                    absorbed.insert(id, Row::absorb(item)?);
                }
                Ok(())
            });
        }
        for id in missing {
            if !absorbed.contains_key(&id)
                && let Ok(Some(item)) = self.item(id)
                && let Ok(row) = Row::absorb(&item)
            {
                absorbed.insert(id, row);
            }
        }
        let board = &mut self.contents_mut()?.board;
        for (id, row) in absorbed {
            board.insert(id, row);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::otp::Account;

    fn row() -> Row {
        let uri = "otpauth://totp/a?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        Row { generator: Account::from_uri(uri).unwrap().account.generator(None), last: None }
    }

    #[test]
    fn both_codes_that_were_made_last_are_wiped() {
        let mut last = Last(row().around(UnixTime::from_secs(59)).unwrap());
        assert_eq!(last.0.code.code.as_str(), "287082");
        last.zeroize();
        for code in [Some(last.0.code), last.0.next].map(Option::unwrap) {
            assert!(code.code.as_str().bytes().all(|byte| byte == 0));
        }
    }

    proptest! {
        /// Whatever was asked before: forwards, backwards, far away, at the end of time.
        #[test]
        fn what_is_known_is_what_would_be_computed(
            times in prop::collection::vec(
                prop_oneof![0_u64..200, any::<u64>(), (0_u64..200).prop_map(|ago| u64::MAX - ago)],
                1..20,
            ),
        ) {
            let mut row = row();
            let totp = row.totp().unwrap().clone();
            let text = |code: TimedCode| (code.code.as_str().to_owned(), code.valid_from);
            for time in times.into_iter().map(UnixTime::from_secs) {
                let pair = row.around(time).unwrap();
                prop_assert_eq!(text(pair.code), text(totp.code_at(time)));
                prop_assert_eq!(pair.next.map(text), totp.next_code_at(time).map(text));
            }
        }
    }
}
