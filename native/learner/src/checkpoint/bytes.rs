//! Numbers to bytes and back.

use super::format_error;
use crate::LearnerError;

#[derive(Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn put<T: Copy, const N: usize>(&mut self, values: &[T], to_bytes: impl Fn(T) -> [u8; N]) {
        let start = self.0.len();
        self.0.resize(start + values.len() * N, 0);
        for (bytes, &value) in self.0[start..].as_chunks_mut::<N>().0.iter_mut().zip(values) {
            *bytes = to_bytes(value);
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }
}

pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Bytes not yet read.
    pub(super) fn rest(&self) -> usize {
        self.0.len()
    }

    pub(super) fn raw(&mut self, len: usize) -> Result<&'a [u8], LearnerError> {
        let Some((head, rest)) = self.0.split_at_checked(len) else {
            return Err(format_error("its contents", format!("{len} more bytes"), format!("{} bytes", self.0.len())));
        };
        self.0 = rest;
        Ok(head)
    }

    pub(super) fn fill<T, const N: usize>(
        &mut self,
        values: &mut [T],
        from_bytes: impl Fn([u8; N]) -> T,
    ) -> Result<(), LearnerError> {
        let bytes = self.raw(values.len().saturating_mul(N))?.as_chunks::<N>().0;
        for (value, bytes) in values.iter_mut().zip(bytes) {
            *value = from_bytes(*bytes);
        }
        Ok(())
    }

    pub(super) fn take<T: Default + Copy, const C: usize, const N: usize>(
        &mut self,
        from_bytes: impl Fn([u8; N]) -> T,
    ) -> Result<[T; C], LearnerError> {
        let mut values = [T::default(); C];
        self.fill(&mut values, from_bytes)?;
        Ok(values)
    }
}
