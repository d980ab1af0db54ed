//! Long vectors in huge pages, where the system has them.
//!
//! A kernel that reads a vector at random misses the table of pages more often than the cache: with pages of 4 KiB it
//! reaches about 8 MiB, in a virtual machine at several reads a miss. Pages of 2 MiB are only a request: where the system
//! does not know it, or refuses, the vector is an ordinary one with the same content.

use bytemuck::Pod;
use std::ops::{Deref, DerefMut};

/// Below this many bytes a vector is an ordinary one.
const LEAST: usize = 1 << 21;

/// A fixed number of values, zero at first.
pub(crate) enum Buffer<T> {
    Pages(memmap2::MmapMut, usize),
    Plain(Vec<T>),
}

impl<T: Pod> Buffer<T> {
    /// `len` zeros.
    pub fn zeros(len: usize) -> Buffer<T> {
        let bytes = len * size_of::<T>();
        if bytes >= LEAST
            && let Ok(pages) = memmap2::MmapMut::map_anon(bytes.next_multiple_of(LEAST))
        {
            // What is asked for is speed alone; a refusal changes nothing else.
            #[cfg(target_os = "linux")]
            let _ = pages.advise(memmap2::Advice::HugePage);
            return Buffer::Pages(pages, len);
        }
        Buffer::Plain(vec![T::zeroed(); len])
    }
}

impl<T: Pod> Deref for Buffer<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Buffer::Pages(pages, len) => bytemuck::cast_slice(&pages[..len * size_of::<T>()]),
            Buffer::Plain(values) => values,
        }
    }
}

impl<T: Pod> DerefMut for Buffer<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match self {
            Buffer::Pages(pages, len) => {
                bytemuck::cast_slice_mut(&mut pages[..*len * size_of::<T>()])
            }
            Buffer::Plain(values) => values,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_zeros_of_the_length_asked_for() {
        for len in [0, 1, 1000, LEAST / 4 - 1, LEAST / 4, LEAST / 4 + 3] {
            let mut buffer = Buffer::<u32>::zeros(len);
            assert_eq!(buffer.len(), len);
            assert!(buffer.iter().all(|value| *value == 0));
            buffer.iter_mut().for_each(|value| *value = 7);
            assert!(buffer.iter().all(|value| *value == 7));
        }
    }
}
