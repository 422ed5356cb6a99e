//! Hashes that are the same on every machine and in every version: files, orders and samples depend on them.

/// The first `N` bytes of the BLAKE3 hash, at most 32.
#[must_use]
pub(crate) fn head<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut head = [0; N];
    head.iter_mut().zip(blake3::hash(bytes).as_bytes()).for_each(|(to, from)| *to = *from);
    head
}

/// FNV-1a over numbers; over bytes it is the usual one. Quick, and nothing that somebody else may choose freely.
#[must_use]
pub(crate) fn fnv(numbers: impl IntoIterator<Item = u64>) -> u64 {
    let step = |hash: u64, number: u64| (hash ^ number).wrapping_mul(0x0100_0000_01b3);
    numbers.into_iter().fold(0xcbf2_9ce4_8422_2325, step)
}

/// A step of splitmix64: every bit of the input changes half of the output.
#[must_use]
pub(crate) fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the papers and reference programs of each.
    #[test]
    fn the_hashes_are_the_known_ones() {
        assert_eq!(head::<4>(b""), [0xaf, 0x13, 0x49, 0xb9]);
        let bytes = |text: &'static str| text.bytes().map(u64::from);
        assert_eq!(fnv(bytes("")), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv(bytes("foobar")), 0x8594_4171_f739_67e8);
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
    }
}
