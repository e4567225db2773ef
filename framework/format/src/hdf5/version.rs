//! Which release of libhdf5 is linked.

use hdf5_sys::h5::H5get_libversion;

/// `1.14.6`; nothing when the library does not say.
pub fn version() -> Option<String> {
    let (mut major, mut minor, mut release) = (0, 0, 0);
    let answer = super::handle::locked(|| {
        // SAFETY: under the library's lock; three numbers of ours that outlive the call are written.
        unsafe { H5get_libversion(&mut major, &mut minor, &mut release) }
    });
    (answer >= 0).then(|| format!("{major}.{minor}.{release}"))
}
