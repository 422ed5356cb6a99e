//! What goes wrong with batches on request: `NAME[=VALUE][*TIMES]`, a list with commas. Each happens to the first so many
//! that it can happen to, once if nothing else is said.

use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};

use super::faults::FaultError;

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchFault {
    /// A batch expires after a share of its requests (the value, in percent).
    Expire,
    /// A batch is not known any more once it has begun.
    Vanish,
    /// A batch is `completed` before its files are named: for as many looks as the value says.
    LateOutput,
    /// Every request of a batch fails, so there is only an error file.
    ErrorOnly,
    /// A batch is refused because of the line that the value names.
    Invalid,
    /// A batch is refused because too many tokens are waiting.
    TokenLimit,
    /// A batch is made, and the connection is closed without a reply.
    DropCreate,
    /// Making a batch is answered 503, and there is none.
    RefuseCreate,
    /// An upload is answered 429.
    BusyUpload,
    /// A download breaks off in the middle.
    CutDownload,
    /// A batch has a state that nobody knows, until it is over.
    OddState,
}

const NAMES: [(&str, BatchFault, u32); 11] = [
    ("expire", BatchFault::Expire, 50),
    ("vanish", BatchFault::Vanish, 0),
    ("late-output", BatchFault::LateOutput, 2),
    ("error-only", BatchFault::ErrorOnly, 0),
    ("invalid", BatchFault::Invalid, 1),
    ("token-limit", BatchFault::TokenLimit, 0),
    ("drop-create", BatchFault::DropCreate, 0),
    ("refuse-create", BatchFault::RefuseCreate, 0),
    ("busy-upload", BatchFault::BusyUpload, 0),
    ("cut-download", BatchFault::CutDownload, 0),
    ("odd-state", BatchFault::OddState, 0),
];

/// What goes wrong with batches.
#[derive(Debug, Default)]
pub struct BatchFaults(Vec<(BatchFault, u32, AtomicU32)>);

impl Clone for BatchFaults {
    fn clone(&self) -> Self {
        let copy = |(fault, value, left): &(BatchFault, u32, AtomicU32)| {
            (*fault, *value, AtomicU32::new(left.load(Ordering::Relaxed)))
        };
        Self(self.0.iter().map(copy).collect())
    }
}

impl BatchFaults {
    /// The value of a fault, if it is to happen now; one time less is left.
    pub fn take(&self, wanted: BatchFault) -> Option<u32> {
        let (_, value, left) = self.0.iter().find(|(fault, ..)| *fault == wanted)?;
        left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).ok().map(|_| *value)
    }
}

impl FromStr for BatchFaults {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let one = |part: &str| {
            let wrong = || FaultError::batch(part);
            let (part, times) = match part.split_once('*') {
                Some((part, times)) => (part, times.parse().map_err(|_| wrong())?),
                None => (part, 1),
            };
            let (name, value) = match part.split_once('=') {
                Some((name, value)) => (name, Some(value.parse().map_err(|_| wrong())?)),
                None => (part, None),
            };
            let (_, fault, usual) = NAMES.iter().find(|(known, ..)| *known == name).ok_or_else(wrong)?;
            Ok((*fault, value.unwrap_or(*usual), AtomicU32::new(times)))
        };
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(one).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_happens_as_often_as_it_was_asked_for() {
        let faults: BatchFaults = "expire=25*2, drop-create".parse().unwrap();
        assert_eq!([(); 3].map(|()| faults.take(BatchFault::Expire)), [Some(25), Some(25), None]);
        assert_eq!([(); 2].map(|()| faults.take(BatchFault::DropCreate)), [Some(0), None]);
        assert_eq!(faults.take(BatchFault::Vanish), None);
        for bad in ["explode", "expire=x", "expire*y"] {
            assert!(bad.parse::<BatchFaults>().is_err(), "{bad}");
        }
    }
}
