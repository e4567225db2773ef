//! Two questions to a file system that the standard library does not ask.

use std::ffi::CString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Bytes that may still be written to the file system of `folder`.
pub(super) fn free(folder: &Path) -> io::Result<u64> {
    let path = c_path(folder)?;
    let mut about = std::mem::MaybeUninit::<libc::statvfs>::zeroed();
    // SAFETY: `path` is a C string that lives through the call, `about` a record that it fills; all zeros are a valid one.
    let (done, about) = unsafe { (libc::statvfs(path.as_ptr(), about.as_mut_ptr()), about.assume_init()) };
    if done != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(about.f_bavail.saturating_mul(about.f_frsize))
}

/// # Errors
/// Nothing can be made in `folder` by this process, or it cannot be told.
pub(super) fn may_write(folder: &Path) -> io::Result<()> {
    let path = c_path(folder)?;
    // SAFETY: `path` is a C string that lives through the call; nothing else is touched.
    let done = unsafe { libc::faccessat(libc::AT_FDCWD, path.as_ptr(), libc::W_OK | libc::X_OK, libc::AT_EACCESS) };
    if done != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

fn c_path(path: &Path) -> io::Result<CString> {
    CString::new(path.as_os_str().as_bytes()).map_err(|_| io::ErrorKind::InvalidInput.into())
}
