//! What is bound to a statement, and what it finds.

use super::StoreError;

/// A value of a column; each may be missing.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A whole number, a time among them: seconds since 1970.
    Number(Option<i64>),
    /// A text.
    Text(Option<String>),
    /// Bytes.
    Bytes(Option<Vec<u8>>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(Some(text.clone()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        Self::Text(text.map(str::to_owned))
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        // No number here comes near: what is larger stays larger than any that is kept.
        Self::Number(Some(i64::try_from(number).unwrap_or(i64::MAX)))
    }
}

impl From<Option<u64>> for Value {
    fn from(number: Option<u64>) -> Self {
        number.map_or(Self::Number(None), Self::from)
    }
}

impl From<bool> for Value {
    fn from(is: bool) -> Self {
        Self::Number(Some(is.into()))
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(Some(bytes.to_vec()))
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(Some(bytes))
    }
}

impl From<Option<Vec<u8>>> for Value {
    fn from(bytes: Option<Vec<u8>>) -> Self {
        Self::Bytes(bytes)
    }
}

/// A row, whose columns are taken in their order.
#[derive(Debug)]
pub struct Row(std::vec::IntoIter<Value>);

impl Row {
    pub(super) fn of(values: Vec<Value>) -> Self {
        Self(values.into_iter())
    }

    /// The next column, a text.
    ///
    /// # Errors
    ///
    /// [`StoreError::Failed`]: it is none.
    pub fn text(&mut self) -> Result<String, StoreError> {
        self.text_if_any()?.ok_or_else(other)
    }

    /// The next column, a text or nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError::Failed`]: it is something else.
    pub fn text_if_any(&mut self) -> Result<Option<String>, StoreError> {
        match self.0.next() {
            Some(Value::Text(text)) => Ok(text),
            Some(value) if value.is_missing() => Ok(None),
            _ => Err(other()),
        }
    }

    /// The next column, a whole number that is not negative.
    ///
    /// # Errors
    ///
    /// [`StoreError::Failed`]: it is none.
    pub fn number(&mut self) -> Result<u64, StoreError> {
        self.number_if_any()?.ok_or_else(other)
    }

    /// The next column, a whole number that is not negative, or nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError::Failed`]: it is something else.
    pub fn number_if_any(&mut self) -> Result<Option<u64>, StoreError> {
        match self.0.next() {
            Some(Value::Number(Some(number))) => {
                u64::try_from(number).map(Some).map_err(|_| other())
            }
            Some(value) if value.is_missing() => Ok(None),
            _ => Err(other()),
        }
    }

    /// The next column, whether something is so.
    ///
    /// # Errors
    ///
    /// [`StoreError::Failed`]: it is neither 0 nor 1.
    pub fn is(&mut self) -> Result<bool, StoreError> {
        match self.number()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(other()),
        }
    }

    /// The next column, bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Failed`]: it is none.
    pub fn bytes(&mut self) -> Result<Vec<u8>, StoreError> {
        self.bytes_if_any()?.ok_or_else(other)
    }

    /// The next column, bytes or nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError::Failed`]: it is something else.
    pub fn bytes_if_any(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        match self.0.next() {
            Some(Value::Bytes(bytes)) => Ok(bytes),
            Some(value) if value.is_missing() => Ok(None),
            _ => Err(other()),
        }
    }
}

impl Value {
    /// SQLite does not say of what kind a missing value is.
    fn is_missing(&self) -> bool {
        matches!(self, Self::Number(None) | Self::Text(None) | Self::Bytes(None))
    }
}

fn other() -> StoreError {
    StoreError::Failed("a column has not what the program expects".to_owned())
}
