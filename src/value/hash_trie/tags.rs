//! Search among the tag bytes of a leaf, sixteen at a time.
#![allow(unsafe_code, reason = "SIMD loads and prefetch, fenced in this file")]

/// Tags looked at in one step; tag arrays are padded to a multiple of it.
pub(super) const GROUP: usize = 16;

/// Bit `i` of the result is set when byte `i` of the group equals `tag`.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(super) fn matches(group: &[u8; GROUP], tag: u8) -> u32 {
    use std::arch::x86_64::{_mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_set1_epi8};
    // SAFETY: SSE2 is part of the x86-64 baseline; the load reads the sixteen
    // bytes that the reference covers and needs no alignment.
    unsafe {
        let bytes = _mm_loadu_si128(group.as_ptr().cast());
        let equal = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(tag as i8));
        _mm_movemask_epi8(equal) as u32
    }
}

/// Bit `i` of the result is set when byte `i` of the group equals `tag`.
#[cfg(not(target_arch = "x86_64"))]
#[inline]
pub(super) fn matches(group: &[u8; GROUP], tag: u8) -> u32 {
    portable(group, tag)
}

/// The same on plain words. Exact: no false positive, whatever the bytes.
#[cfg(any(test, not(target_arch = "x86_64")))]
#[inline]
fn portable(group: &[u8; GROUP], tag: u8) -> u32 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let half = |bytes: &[u8]| {
        let word = u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
        let differ = word ^ (u64::from(tag) * 0x0101_0101_0101_0101);
        // The top bit of each byte of `zero` is set when that byte is zero.
        let zero = !(((differ & LOW) + LOW) | differ | LOW);
        // Gathers the eight top bits into the lowest byte.
        ((zero >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u32
    };
    half(&group[..8]) | half(&group[8..]) << 8
}

/// Asks the cache for the line at `at`, which is not dereferenced.
#[inline]
pub(super) fn prefetch(at: *const u8) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch is a hint; it never faults, whatever the address.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(at.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = at;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vector_and_portable_search_agree() {
        let mut state = 0x9e37_79b9_u32;
        for round in 0..10_000_u32 {
            let group: [u8; GROUP] = std::array::from_fn(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                // Few distinct values, the extremes among them.
                [0, 1, 0x7f, 0x80, 0xff][(state >> 24) as usize % 5]
            });
            for tag in [0, 1, 0x7f, 0x80, 0xff, round as u8] {
                let expected = (0..GROUP).fold(0, |mask, i| mask | u32::from(group[i] == tag) << i);
                assert_eq!(matches(&group, tag), expected);
                assert_eq!(portable(&group, tag), expected);
            }
        }
    }
}
