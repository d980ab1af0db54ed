//! Parquet's hybrid of runs and packed bits, for codes and for "is there a value".
//!
//! A stretch is a varint header and its data: `count << 1` and one value in whole bytes (a run), or
//! `groups << 1 | 1` and `groups * 8` values of `width` bits each, lowest bit first.

/// Bits that the codes below `count` need.
pub fn width(count: usize) -> u32 {
    usize::BITS - count.saturating_sub(1).leading_zeros()
}

/// Appends `values` to `out`; each is below `2^width`.
pub fn encode(values: &[u16], width: u32, out: &mut Vec<u8>) {
    let run_at = |i: usize| {
        let first = values[i];
        values[i..].iter().take_while(|v| **v == first).count()
    };
    let mut at = 0;
    while at < values.len() {
        // Packed in groups of eight until a run starts that is worth its header.
        let start = at;
        let mut run = 0;
        while at < values.len() {
            let rest = values.len() - at;
            let head = &values[at..at + rest.min(8)];
            if head.len() < 8 && at > start || head.iter().any(|v| *v != head[0]) {
                at += rest.min(8);
                continue;
            }
            run = run_at(at);
            break;
        }
        if at > start {
            let groups = (at - start).div_ceil(8);
            varint((groups as u64) << 1 | 1, out);
            let (mut bits, mut held) = (0u64, 0u32);
            for i in start..start + groups * 8 {
                bits |= u64::from(values.get(i).copied().unwrap_or(0)) << held;
                held += width;
                while held >= 8 {
                    out.push(bits as u8);
                    bits >>= 8;
                    held -= 8;
                }
            }
        }
        if run > 0 {
            varint((run as u64) << 1, out);
            out.extend_from_slice(&values[at].to_le_bytes()[..width.div_ceil(8) as usize]);
            at += run;
        }
    }
}

/// Reads `count` values of `width` bits; nothing if the bytes hold fewer.
pub fn decode(mut bytes: &[u8], width: u32, count: usize) -> Option<Vec<u16>> {
    if width > 16 {
        return None;
    }
    let mut out = Vec::with_capacity(count);
    let mask = (1u64 << width) - 1;
    while out.len() < count {
        let header = read_varint(&mut bytes)?;
        if header & 1 == 0 {
            let (value, rest) = bytes.split_at_checked(width.div_ceil(8) as usize)?;
            bytes = rest;
            let value = value.iter().rev().fold(0u16, |v, b| v.wrapping_shl(8) | u16::from(*b));
            let run = usize::try_from(header >> 1).ok()?.min(count - out.len());
            if run == 0 {
                return None;
            }
            out.resize(out.len() + run, value);
        } else {
            let groups = usize::try_from(header >> 1).ok()?;
            let wanted = groups.checked_mul(8)?.min(count - out.len());
            if wanted == 0 {
                return None;
            }
            // Some writers cut the padding of the last group.
            let length = groups.checked_mul(width as usize)?.min(bytes.len());
            let (packed, rest) = bytes.split_at(length);
            bytes = rest;
            if packed.len() * 8 < wanted * width as usize {
                return None;
            }
            if width == 0 {
                out.resize(out.len() + wanted, 0);
                continue;
            }
            let (mut bits, mut held) = (0u64, 0u32);
            let mut source = packed.iter();
            for _ in 0..wanted {
                while held < width {
                    bits |= u64::from(*source.next()?) << held;
                    held += 8;
                }
                out.push((bits & mask) as u16);
                bits >>= width;
                held -= width;
            }
        }
    }
    Some(out)
}

/// If `bytes` is one single run of `count` values, its value: the common case of a column that is full or empty.
pub fn single(mut bytes: &[u8], count: usize) -> Option<u8> {
    let header = read_varint(&mut bytes)?;
    (header & 1 == 0 && (header >> 1) as usize >= count).then(|| bytes.first().copied()).flatten()
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..63).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_width_holds_every_code() {
        for (count, bits) in [(0, 0), (1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (65_536, 16)] {
            assert_eq!(width(count), bits, "{count}");
        }
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded(
            runs in prop::collection::vec((0u16..1000, 1usize..40), 0..60), width in 10u32..=16,
        ) {
            let values: Vec<u16> =
                runs.iter().flat_map(|(value, times)| std::iter::repeat_n(*value, *times)).collect();
            let mut bytes = Vec::new();
            encode(&values, width, &mut bytes);
            prop_assert_eq!(decode(&bytes, width, values.len()), Some(values));
        }

        #[test]
        fn any_bytes_are_refused_or_read(
            bytes in prop::collection::vec(any::<u8>(), 0..200), width in 0u32..40, count in 0usize..5000,
        ) {
            if let Some(values) = decode(&bytes, width, count) {
                prop_assert_eq!(values.len(), count);
            }
            let _ = single(&bytes, count);
        }
    }
}
