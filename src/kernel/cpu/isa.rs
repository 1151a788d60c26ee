//! The instructions a processor has, found out while the program runs.

use std::sync::OnceLock;

use pulp::{Scalar256b, Simd, WithSimd};

/// A set of vector instructions that this processor has.
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
    /// What every processor has: 8 lanes, made by the compiler of what there is.
    Portable(Scalar256b),
}

impl Isa {
    /// The best that this processor has.
    pub fn detect() -> Self {
        #[cfg(test)]
        if let Some(isa) = forced::get() {
            return isa;
        }
        static BEST: OnceLock<Isa> = OnceLock::new();
        *BEST.get_or_init(|| Self::available()[0])
    }

    /// All that this processor has, the best first.
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

    /// These instructions, or shorter vectors of the same processor where rows of `columns` values would
    /// leave half of every vector empty.
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

    /// Does `task`, compiled for these instructions.
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

    /// Values of 32 bits in a vector.
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

    /// Does `task`, plain loops over slices that the compiler makes vectors of, compiled for these
    /// instructions.
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
    //! Other instructions than the best, for a test.

    use super::Isa;
    use std::cell::Cell;

    thread_local! {
        static FORCED: Cell<Option<Isa>> = const { Cell::new(None) };
    }

    pub fn get() -> Option<Isa> {
        FORCED.get()
    }

    /// Until this is dropped, this thread finds no other instructions.
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
