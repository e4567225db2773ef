//! Names of objects inside a file.

/// `a.b` -> `a/b`: keys are written with dots and stored as groups.
pub(super) fn key_path(key: &str) -> String {
    key.replace('.', "/")
}

/// The index group of an INSTRUMENT key and the rest: `image.data` -> (`image`, `data`).
pub(super) fn split_key(key: &str) -> Option<(&str, &str)> {
    key.split_once(['.', '/']).filter(|(group, rest)| !group.is_empty() && !rest.is_empty())
}

/// The path above; `None` for a name without one.
pub(super) fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(parent, _)| parent).filter(|parent| !parent.is_empty())
}

/// Why a path cannot name an object, if it cannot: HDF5 takes `.` for the group itself and an empty name for nothing.
pub(super) fn fault(path: &str) -> Option<&'static str> {
    if path.split('/').any(|part| part.is_empty() || part == ".") {
        Some("a name is empty or a single dot")
    } else if path.contains('\0') {
        Some("a name holds a zero byte")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_paths() {
        assert_eq!(key_path("pulseEnergy.photonFlux"), "pulseEnergy/photonFlux");
        assert_eq!(split_key("data.image.pixels"), Some(("data", "image.pixels")));
        assert_eq!(split_key("data"), None);
        assert_eq!(split_key(".data"), None);
    }

    #[test]
    fn names_that_hdf5_would_misread_are_refused() {
        assert!(fault("CONTROL/A/B/value").is_none());
        for path in ["", "CONTROL//x", "CONTROL/./x", "x/", "a\0b"] {
            assert!(fault(path).is_some(), "{path:?}");
        }
    }
}
