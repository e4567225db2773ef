//! Which forms of the transpositions this processor runs.

/// A form that this processor is known to run: there is no other way to get one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level(Form);

/// In order of preference, last first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX-512 F, BW, VBMI and GFNI: Ice Lake, Zen 4 and later.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Level {
    /// Every form that runs here, the fastest last.
    pub(crate) fn available() -> impl Iterator<Item = Self> {
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

    /// The fastest form that runs here.
    pub(crate) fn best() -> Self {
        Self::available().last().unwrap_or(Self(Form::Scalar))
    }

    pub(super) fn form(self) -> Form {
        self.0
    }
}
