use super::*;

#[test]
fn times_are_written_to_the_second_and_logs_by_the_month() {
    for (milliseconds, at, of) in [
        (0, "1970-01-01T00:00:00Z", "1970-01"),
        (1_763_700_000_999, "2025-11-21T04:40:00Z", "2025-11"),
        (951_782_400_000, "2000-02-29T00:00:00Z", "2000-02"),
    ] {
        assert_eq!((timestamp(milliseconds).as_str(), month(milliseconds).as_str()), (at, of));
    }
    assert_eq!(timestamp(u64::MAX), "", "no time that can be written");
    assert!(now() > 1_763_700_000_000);
}

#[test]
fn what_cannot_be_written_to_is_told_from_other_errors() {
    use std::io::{Error, ErrorKind};
    for (kind, unwritable) in [
        (ErrorKind::PermissionDenied, true),
        (ErrorKind::ReadOnlyFilesystem, true),
        (ErrorKind::StorageFull, true),
        (ErrorKind::QuotaExceeded, true),
        (ErrorKind::NotFound, false),
        (ErrorKind::InvalidData, false),
    ] {
        assert_eq!(is_unwritable(&Error::from(kind)), unwritable, "{kind}");
    }
}

#[test]
fn two_calls_give_different_numbers() {
    let numbers: HashSet<u32> = (0..8).map(|_| distinct()).collect();
    assert!(numbers.len() > 1);
}
