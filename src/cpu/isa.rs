//! Instruction sets, detected at run time.

use pulp::{Scalar256b, Simd, WithSimd};
use std::sync::OnceLock;

/// A vector instruction set of this processor.
#[derive(Clone, Copy, Debug)]
pub enum Isa {
    /// AVX-512: 16 lanes, 32 registers.
    #[cfg(target_arch = "x86_64")]
    Avx512(pulp::x86::V4),
    /// AVX2 and fused multiply-add: 8 lanes, 16 registers.
    #[cfg(target_arch = "x86_64")]
    Avx2(pulp::x86::V3),
    /// NEON: 4 lanes, 32 registers.
    #[cfg(target_arch = "aarch64")]
    Neon(pulp::aarch64::Neon),
    /// Any processor: 8 lanes, which the compiler maps to the instructions there are.
    Portable(Scalar256b),
}

impl Isa {
    /// The best instruction set of this processor.
    pub fn detect() -> Self {
        #[cfg(test)]
        if let Some(isa) = forced::get() {
            return isa;
        }
        static BEST: OnceLock<Isa> = OnceLock::new();
        *BEST.get_or_init(|| Self::available()[0])
    }

    /// All instruction sets of this processor, the best first.
    pub fn available() -> Vec<Self> {
        let mut available = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            available.extend(pulp::x86::V4::try_new().map(Self::Avx512));
            available.extend(pulp::x86::V3::try_new().map(Self::Avx2));
        }
        #[cfg(target_arch = "aarch64")]
        available.extend(pulp::aarch64::Neon::try_new().map(Self::Neon));
        available.push(Self::Portable(Scalar256b));
        available
    }

    /// This instruction set, or one with shorter vectors where rows of `columns` values would leave half of
    /// every vector empty.
    #[cfg_attr(
        not(target_arch = "x86_64"),
        expect(unused_variables, reason = "only AVX-512 has shorter ones")
    )]
    pub fn for_columns(self, columns: usize) -> Self {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) if columns <= 8 => pulp::x86::V3::try_new().map_or(self, Self::Avx2),
            _ => self,
        }
    }

    /// Runs `task`, compiled for this instruction set.
    pub fn dispatch<T: WithSimd>(self, task: T) -> T::Output {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(simd) => Simd::vectorize(simd, task),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(simd) => Simd::vectorize(simd, task),
            #[cfg(target_arch = "aarch64")]
            Self::Neon(simd) => Simd::vectorize(simd, task),
            Self::Portable(simd) => Simd::vectorize(simd, task),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => "avx512",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => "avx2",
            #[cfg(target_arch = "aarch64")]
            Self::Neon(_) => "neon",
            Self::Portable(_) => "portable",
        }
    }

    /// Number of 32-bit values in a vector.
    pub fn lanes(self) -> usize {
        struct Lanes;
        impl WithSimd for Lanes {
            type Output = usize;
            fn with_simd<S: Simd>(self, _: S) -> usize {
                S::F32_LANES
            }
        }
        self.dispatch(Lanes)
    }

    /// Runs `task`, compiled for this instruction set: plain loops over slices, which the compiler
    /// vectorizes.
    pub fn run<T>(self, task: impl FnOnce() -> T) -> T {
        struct Plain<F>(F);
        impl<T, F: FnOnce() -> T> WithSimd for Plain<F> {
            type Output = T;
            #[inline(always)]
            fn with_simd<S: Simd>(self, _: S) -> T {
                (self.0)()
            }
        }
        self.dispatch(Plain(task))
    }
}

#[cfg(test)]
pub mod forced {
    //! Forces another instruction set than the best one, for a test.

    use super::Isa;
    use std::cell::Cell;

    thread_local! {
        static FORCED: Cell<Option<Isa>> = const { Cell::new(None) };
    }

    pub fn get() -> Option<Isa> {
        FORCED.get()
    }

    /// Until this is dropped, [`Isa::detect`] returns the forced instruction set on this thread.
    #[must_use]
    pub struct Forced;

    impl Drop for Forced {
        fn drop(&mut self) {
            FORCED.set(None);
        }
    }

    pub fn force(isa: Isa) -> Forced {
        FORCED.set(Some(isa));
        Forced
    }
}
