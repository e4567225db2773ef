//! Which instructions the kernels may use: the one place where that is decided, for this crate and for those above.
//!
//! | level | what it takes |
//! |---|---|
//! | `scalar` | nothing beyond the architecture's baseline |
//! | `avx2` | AVX2 |
//! | `avx512` | AVX2, AVX-512 F, BW, VBMI and GFNI: Ice Lake, Zen 4 and later |
//!
//! The fastest that the processor has is taken, unless the environment names another ([`VARIABLE`]). No result depends on the
//! level: every form of a kernel does the same operations on the same numbers in the same order, none fuses a
//! multiplication with an addition, and functions that the system's C library computes otherwise on another processor
//! (`exp`, `atan2`, `hypot` and their like) are taken from the crate `libm`. So the variable is for tests, and for whoever
//! wants to see that it is so.

use std::sync::OnceLock;

/// Names the level; see [`Processor::of_environment`].
pub const VARIABLE: &str = "TRAINYARD_PROCESSOR";

/// A level that this processor is known to have: there is no other way to get one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Processor(Form);

/// In order of preference, last first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// The environment asks for a level that there is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{VARIABLE} is `{asked}`\nhint: it must be one of {}, which this processor has; the last is taken when it is not set", names(.has))]
pub struct UnknownProcessor {
    asked: String,
    has: Vec<Processor>,
}

impl Processor {
    /// Every level of this processor, the fastest last; `scalar` is always there.
    pub fn available() -> impl Iterator<Item = Self> {
        let runs = |form: &Form| match form {
            Form::Scalar => true,
            #[cfg(target_arch = "x86_64")]
            Form::Avx2 => is_x86_feature_detected!("avx2"),
            #[cfg(target_arch = "x86_64")]
            Form::Avx512 => {
                is_x86_feature_detected!("avx2")
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vbmi")
                    && is_x86_feature_detected!("gfni")
            }
        };
        let forms = [
            Form::Scalar,
            #[cfg(target_arch = "x86_64")]
            Form::Avx2,
            #[cfg(target_arch = "x86_64")]
            Form::Avx512,
        ];
        forms.into_iter().filter(runs).map(Self)
    }

    /// The fastest level of this processor.
    pub fn best() -> Self {
        Self::available().last().unwrap_or(Self::SCALAR)
    }

    /// The level without any wider instructions.
    pub const SCALAR: Self = Self(Form::Scalar);

    /// The level that the environment names; the fastest when it names none.
    ///
    /// # Errors
    /// When this processor has no level of that name.
    pub fn of_environment() -> Result<Self, UnknownProcessor> {
        match std::env::var_os(VARIABLE) {
            Some(asked) => Self::named(&asked.to_string_lossy()),
            None => Ok(Self::best()),
        }
    }

    fn named(asked: &str) -> Result<Self, UnknownProcessor> {
        let unknown = || UnknownProcessor { asked: asked.to_string(), has: Self::available().collect() };
        Self::available().find(|level| level.name() == asked.trim()).ok_or_else(unknown)
    }

    /// The level that kernels take, asked for once in a process. A name that is unknown gives `scalar`: the program has
    /// refused it by then, and to whoever calls a kernel otherwise the results are the same.
    pub fn chosen() -> Self {
        static CHOSEN: OnceLock<Processor> = OnceLock::new();
        *CHOSEN.get_or_init(|| Self::of_environment().unwrap_or(Self::SCALAR))
    }

    /// The name of the level.
    pub fn name(self) -> &'static str {
        match self.0 {
            Form::Scalar => "scalar",
            #[cfg(target_arch = "x86_64")]
            Form::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Form::Avx512 => "avx512",
        }
    }

    /// Whether code for AVX2 may run.
    pub fn has_avx2(self) -> bool {
        self.0 != Form::Scalar
    }

    /// Whether AVX-512 F may be used: kernels of the crates above ask.
    pub fn has_avx512(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        return self.0 == Form::Avx512;
        #[cfg(not(target_arch = "x86_64"))]
        false
    }

    pub(crate) fn form(self) -> Form {
        self.0
    }
}

fn names(levels: &[Processor]) -> String {
    levels.iter().map(|level| format!("`{}`", level.name())).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_found_by_name() {
        for level in Processor::available() {
            assert_eq!(Processor::named(level.name()), Ok(level));
            assert_eq!(level.has_avx2(), level != Processor::SCALAR);
        }
        assert_eq!(Processor::available().next(), Some(Processor::SCALAR));
        assert_eq!(Processor::available().last(), Some(Processor::best()));
    }

    #[test]
    fn what_this_processor_lacks_is_refused_with_what_it_has() {
        for wrong in ["", "AVX2", "sse9", "scalar,avx2"] {
            let message = Processor::named(wrong).map_err(|e| e.to_string()).unwrap_err();
            assert!(
                message.starts_with(&format!("{VARIABLE} is `{wrong}`\nhint: it must be one of `scalar`")),
                "{message}"
            );
        }
    }
}
