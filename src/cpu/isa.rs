//! Instruction sets, detected at run time.
//!
//! Results do not depend on which is used: wherever a kernel adds up, the order is one of sizes, and every
//! multiplication that an addition follows is fused with it, or is not, on all of them.

use pulp::{Scalar128b, Simd, WithSimd};
#[cfg(test)]
use pulp::{Scalar256b, Scalar512b};
use std::str::FromStr;
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
    /// Any processor: 4 lanes, which the compiler maps to the instructions there are. Multiplications and
    /// additions are fused, by a slow library function where the processor has no instruction for it.
    ScalarFma(Scalar128b),
    /// 8 lanes, for tests on processors without such vectors.
    #[cfg(test)]
    Emulated8(Scalar256b),
    /// 16 lanes, for tests on processors without such vectors.
    #[cfg(test)]
    Emulated16(Scalar512b),
}

/// An instruction set that this processor does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this processor has no instruction set of that name; it has {has}", has = names())]
pub struct UnknownIsa;

/// What [`Isa::detect`] returns.
static CHOSEN: OnceLock<Isa> = OnceLock::new();

impl Isa {
    /// The instruction set that was chosen, or the best one of this processor.
    pub fn detect() -> Self {
        #[cfg(test)]
        if let Some(isa) = forced::get() {
            return isa;
        }
        *CHOSEN.get_or_init(|| Self::available()[0])
    }

    /// Makes [`Isa::detect`] return this one. Must come before anything computes.
    pub fn choose(self) {
        assert!(CHOSEN.set(self).is_ok(), "an instruction set is chosen once, before anything computes");
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
        available.push(Self::ScalarFma(Scalar128b));
        available
    }

    /// All instruction sets of this processor, and those that stand in for others.
    #[cfg(test)]
    pub fn tested() -> Vec<Self> {
        let emulated = [Self::Emulated8(Scalar256b), Self::Emulated16(Scalar512b)];
        Self::available().into_iter().chain(emulated).collect()
    }

    /// This instruction set, or one with shorter vectors where rows of `columns` values would leave half of
    /// every vector empty.
    #[cfg_attr(
        not(any(test, target_arch = "x86_64")),
        expect(unused_variables, reason = "only AVX-512 has shorter ones")
    )]
    pub fn for_columns(self, columns: usize) -> Self {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) if columns <= 8 => pulp::x86::V3::try_new().map_or(self, Self::Avx2),
            #[cfg(test)]
            Self::Emulated16(_) if columns <= 8 => Self::Emulated8(Scalar256b),
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
            Self::ScalarFma(simd) => emulate(simd, task),
            #[cfg(test)]
            Self::Emulated8(simd) => emulate(simd, task),
            #[cfg(test)]
            Self::Emulated16(simd) => emulate(simd, task),
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
            Self::ScalarFma(_) => "scalar-fma",
            #[cfg(test)]
            Self::Emulated8(_) => "emulated-8",
            #[cfg(test)]
            Self::Emulated16(_) => "emulated-16",
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

impl FromStr for Isa {
    type Err = UnknownIsa;

    fn from_str(name: &str) -> Result<Self, UnknownIsa> {
        Self::available().into_iter().find(|isa| isa.name() == name).ok_or(UnknownIsa)
    }
}

fn names() -> String {
    let names: Vec<_> = Isa::available().into_iter().map(Isa::name).collect();
    names.join(", ")
}

/// Runs `task` with arrays for vectors, compiled for the instruction that fuses a multiplication and an addition
/// where the processor has it.
fn emulate<S: Simd, T: WithSimd>(simd: S, task: T) -> T::Output {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "fma")]
        fn with_instruction<S: Simd, T: WithSimd>(simd: S, task: T) -> T::Output {
            task.with_simd(simd)
        }
        if std::arch::is_x86_feature_detected!("fma") {
            // SAFETY: the processor has the instruction.
            return unsafe { with_instruction(simd, task) };
        }
    }
    task.with_simd(simd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instruction_set_is_found_by_its_name() {
        for isa in Isa::available() {
            assert_eq!(isa.name().parse::<Isa>().unwrap().name(), isa.name());
        }
        let error = "avx1024".parse::<Isa>().unwrap_err().to_string();
        assert!(error.contains("no instruction set of that name; it has "), "{error}");
        assert!(error.ends_with("scalar-fma"), "{error}");
    }

    // (1 + 2⁻²³)² − (1 + 2⁻²²) = 2⁻⁴⁶, of which nothing is left where the square is rounded first.
    #[test]
    fn every_instruction_set_fuses() {
        struct Fused;
        impl WithSimd for Fused {
            type Output = Vec<f32>;
            #[inline(always)]
            fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
                let a = simd.splat_f32s(1.0 + f32::EPSILON);
                let c = simd.splat_f32s(-(1.0 + 2.0 * f32::EPSILON));
                pulp::bytemuck::cast_slice(&[simd.mul_add_f32s(a, a, c)]).to_vec()
            }
        }
        for isa in Isa::tested() {
            assert_eq!(isa.dispatch(Fused), vec![f32::EPSILON * f32::EPSILON; isa.lanes()], "{isa:?}");
        }
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
