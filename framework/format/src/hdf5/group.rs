//! Groups: listing links with their kind, creating groups and soft links.

use super::dataset::Dataset;
use super::existence;
use super::file::{File, FileInner};
use super::handle::{c_string, check, clear, failure, locked, Failure, Handle};
use super::spec::DatasetSpec;
use super::virtual_sources::candidates;
use crate::bounded::look;
use crate::error::Result;
use crate::map::Attribute;
use hdf5_sys::h5::{herr_t, H5_INDEX_NAME, H5_ITER_INC};
use hdf5_sys::h5g::{H5Gcreate2, H5Gopen2};
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5l::{
    H5L_info2_t, H5Lcreate_soft, H5Lget_info2, H5Lget_val, H5Literate2, H5Lunpack_elink_val, H5L_TYPE_EXTERNAL,
    H5L_TYPE_HARD, H5L_TYPE_SOFT,
};
use hdf5_sys::h5o::{H5O_info2_t, H5Oget_info_by_name3, H5O_INFO_BASIC, H5O_TYPE_DATASET, H5O_TYPE_GROUP};
use hdf5_sys::h5p::{H5Pcreate, H5Pset_obj_track_times, H5P_CLS_GROUP_CREATE, H5P_DEFAULT};
use std::ffi::CStr;
use std::os::raw::{c_char, c_int, c_uint, c_void};
use std::sync::Arc;

/// Longest link target we read.
pub(super) const MAX_TARGET: usize = 64 * 1024;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    Hard,
    Soft(String),
    External {
        file: String,
        path: String,
    },
    /// user-defined or damaged
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    pub name: String,
    pub link: Link,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    Group,
    Dataset,
    Other,
}

#[derive(Debug)]
pub struct Group {
    pub(crate) handle: Handle,
    pub(crate) file: Arc<FileInner>,
    pub(crate) path: String,
}

/// What the listing callback fills.
struct Listing {
    entries: Vec<(Vec<u8>, c_int, usize)>,
    limit: usize,
    overflow: bool,
}

/// Kind of a link, as an integer because a damaged file may hold a value outside the enum, and bytes of its target.
///
/// # Safety
/// `info` must point to a record the library has filled.
pub(super) unsafe fn kind_and_size(info: *const H5L_info2_t) -> (c_int, usize) {
    // SAFETY: the caller vouches for `info`; the size is read for the kinds that have one only.
    unsafe {
        let kind = std::ptr::addr_of!((*info).type_).cast::<c_int>().read();
        if kind == H5L_TYPE_HARD as c_int {
            return (kind, 0);
        }
        let mut target = std::ptr::addr_of!((*info).u).read();
        (kind, target.val_size().read())
    }
}

unsafe extern "C" fn list_one(
    _group: hid_t,
    name: *const c_char,
    info: *const H5L_info2_t,
    data: *mut c_void,
) -> herr_t {
    // SAFETY: `data` is the `Listing` of `children`, alive during the iteration; `name` is a C string and `info` a valid
    // record for the time of the callback.
    unsafe {
        let listing = &mut *data.cast::<Listing>();
        if listing.entries.len() >= listing.limit {
            listing.overflow = true;
            return 1;
        }
        let (kind, size) = kind_and_size(info);
        listing.entries.push((CStr::from_ptr(name).to_bytes().to_vec(), kind, size));
    }
    0
}

impl Group {
    pub(crate) fn open(file: &Arc<FileInner>, path: &str) -> Result<Group> {
        Self::open_below(&file.handle, path, file, path)
    }

    /// Opens `name` below a group, which spares looking up the way there; `path` is its absolute path.
    fn open_below(above: &Handle, name: &str, file: &Arc<FileInner>, path: &str) -> Result<Group> {
        let handle = locked(|| -> Result<_, Failure> {
            let name = c_string(name)?;
            // SAFETY: the file or group is open, `name` a C string.
            Handle::new(unsafe { H5Gopen2(above.id(), name.as_ptr(), H5P_DEFAULT) })
        })
        .map_err(|failure| file.fault("open the group", path, failure))?;
        Ok(Group { handle, file: Arc::clone(file), path: path.into() })
    }

    /// Absolute path inside the file.
    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn file(&self) -> File {
        File { inner: Arc::clone(&self.file) }
    }

    /// Absolute path of a child.
    pub fn join(&self, name: &str) -> String {
        if self.path.ends_with('/') {
            format!("{}{name}", self.path)
        } else {
            format!("{}/{name}", self.path)
        }
    }

    /// Links sorted by name; more than `limit` is an error.
    pub fn children(&self, limit: usize) -> Result<Vec<Child>> {
        let mut listing = Listing { entries: Vec::new(), limit, overflow: false };
        locked(|| {
            let mut position = 0;
            // SAFETY: the group is open; the callback matches and its data outlives the iteration.
            check(unsafe {
                H5Literate2(
                    self.handle.id(),
                    H5_INDEX_NAME,
                    H5_ITER_INC,
                    &mut position,
                    Some(list_one),
                    std::ptr::from_mut(&mut listing).cast(),
                )
            })
        })
        .map_err(|failure| self.file.fault("list the group", &self.path, failure))?;
        if listing.overflow {
            let failure = Failure::new(format!("it has more than {limit} members"));
            return Err(self.file.fault("list the group", &self.path, failure));
        }
        listing.entries.into_iter().map(|(name, kind, size)| self.child(name, kind, size)).collect()
    }

    fn child(&self, name: Vec<u8>, kind: c_int, size: usize) -> Result<Child> {
        let link = if kind == H5L_TYPE_HARD as c_int {
            Link::Hard
        } else if kind == H5L_TYPE_SOFT as c_int || kind == H5L_TYPE_EXTERNAL as c_int {
            let value = self.link_value(&name, size)?;
            if kind == H5L_TYPE_SOFT as c_int {
                Link::Soft(text_until_nul(&value))
            } else {
                external_target(&value).unwrap_or(Link::Other)
            }
        } else {
            Link::Other
        };
        Ok(Child { name: String::from_utf8_lossy(&name).into_owned(), link })
    }

    fn link_value(&self, name: &[u8], size: usize) -> Result<Vec<u8>> {
        locked(|| -> Result<_, Failure> {
            if size > MAX_TARGET {
                return Err(Failure::new(format!("its target is {size} bytes long")));
            }
            let name = std::ffi::CString::new(name).map_err(|_| Failure::new("its name contains a NUL byte"))?;
            let mut value = vec![0u8; size];
            // SAFETY: `value` has the `size` bytes announced.
            check(unsafe {
                H5Lget_val(self.handle.id(), name.as_ptr(), value.as_mut_ptr().cast(), size, H5P_DEFAULT)
            })?;
            Ok(value)
        })
        .map_err(|failure| self.file.fault("read the link", &self.join(&String::from_utf8_lossy(name)), failure))
    }

    /// Whether a link `path` is there (whatever it points to); not if a group on the way is missing.
    ///
    /// # Errors
    /// When the file does not tell: it is damaged there, or storage failed.
    pub fn has(&self, path: &str) -> Result<bool> {
        existence::has(&self.handle, path)
            .map_err(|failure| self.file.fault("look for the object", &self.join(path), failure))
    }

    /// The link `path` below this group; `None` when it, or a group on the way, is missing.
    ///
    /// # Errors
    /// As [`has`](Self::has).
    pub fn link(&self, path: &str) -> Result<Option<Link>> {
        let found = locked(|| -> Result<_, Failure> {
            let name = c_string(path)?;
            let mut info = std::mem::MaybeUninit::<H5L_info2_t>::zeroed();
            // SAFETY: `info` is written by the call before it is read; the kind is read as an integer because a damaged
            // file may hold a value outside the enum, the size only for the kinds that have one.
            unsafe {
                if H5Lget_info2(self.handle.id(), name.as_ptr(), info.as_mut_ptr(), H5P_DEFAULT) >= 0 {
                    return Ok(Some(kind_and_size(info.as_ptr())));
                }
            }
            let refused = failure();
            match existence::has(&self.handle, path)? {
                true => Err(refused),
                false => Ok(None),
            }
        });
        let found = found.map_err(|failure| self.file.fault("look for the link", &self.join(path), failure))?;
        let Some((kind, size)) = found else { return Ok(None) };
        Ok(Some(self.child(path.as_bytes().to_vec(), kind, size)?.link))
    }

    /// Whether the soft link `name` leads to something in the file.
    ///
    /// # Errors
    /// As [`has`](Self::has).
    pub fn leads_somewhere(&self, name: &str) -> Result<bool> {
        existence::leads_somewhere(&self.handle, name)
            .map(|found| found.unwrap_or(true))
            .map_err(|failure| self.file.fault("follow the link", &self.join(name), failure))
    }

    /// Sees that the link `name` out of this file leads somewhere, to `target` in the file named `file`.
    ///
    /// # Errors
    /// [`Error::Input`](crate::Error::Input) when it leads nowhere, with the place of the link; what storage says otherwise.
    pub fn follow(&self, name: &str, file: &str, target: &str) -> Result<()> {
        let missing = |what: String| {
            self.file.fault("follow the link", &self.join(name), Failure::new(format!("{what}, which it leads to")))
        };
        let mut found = None;
        for candidate in candidates(&self.file.path, file)? {
            if look(&candidate)?.is_some_and(|about| about.is_file()) {
                found = Some(candidate);
                break;
            }
        }
        let found = found.ok_or_else(|| missing(format!("the file `{file}` is not there")))?;
        if File::open(&found)?.root()?.has(target.trim_start_matches('/'))? {
            Ok(())
        } else {
            Err(missing(format!("`{target}` is not in the file `{file}`")))
        }
    }

    /// What the link `name` leads to.
    pub fn kind(&self, name: &str) -> Result<ObjectKind> {
        locked(|| -> Result<_, Failure> {
            let name = c_string(name)?;
            let mut info = std::mem::MaybeUninit::<H5O_info2_t>::zeroed();
            // SAFETY: `info` is written by the call before it is read; its `type_` is set from a checked object header,
            // and its zeroed value is a valid kind.
            unsafe {
                let status = H5Oget_info_by_name3(
                    self.handle.id(),
                    name.as_ptr(),
                    info.as_mut_ptr(),
                    H5O_INFO_BASIC,
                    H5P_DEFAULT,
                );
                if status < 0 {
                    return Err(failure());
                }
                Ok(match info.assume_init().type_ {
                    H5O_TYPE_GROUP => ObjectKind::Group,
                    H5O_TYPE_DATASET => ObjectKind::Dataset,
                    _ => ObjectKind::Other,
                })
            }
        })
        .map_err(|failure| self.file.fault("look at the object", &self.join(name), failure))
    }

    pub fn group(&self, name: &str) -> Result<Group> {
        Group::open_below(&self.handle, name, &self.file, &self.join(name))
    }

    pub fn dataset(&self, name: &str) -> Result<Dataset> {
        Dataset::open_below(&self.handle, name, &self.file, &self.join(name))
    }

    pub fn attributes(&self) -> Result<Vec<Attribute>> {
        super::attribute::read_all(&self.handle, &self.file, &self.path)
    }

    pub fn write_attribute(&self, attribute: &Attribute) -> Result<()> {
        super::attribute::write(&self.handle, &self.file, &self.path, attribute)
    }

    pub fn create_dataset(&self, name: &str, spec: &DatasetSpec<'_>) -> Result<Dataset> {
        Dataset::create(&self.file, &self.join(name), spec)
    }

    /// Creates the group below this one, and the groups on the way there; those that exist are opened.
    pub fn create_group(&self, path: &str) -> Result<Group> {
        let mut group = Group::open(&self.file, &self.path)?;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            group = if group.has(name)? { group.group(name)? } else { group.create_one(name)? };
        }
        Ok(group)
    }

    fn create_one(&self, name: &str) -> Result<Group> {
        let path = self.join(name);
        let _underway = self.file.writing();
        let handle = locked(|| -> Result<_, Failure> {
            let name = c_string(name)?;
            // SAFETY: the group and the property list are open, `name` a C string.
            unsafe {
                let creation = Handle::new(H5Pcreate(*H5P_CLS_GROUP_CREATE))?;
                check(H5Pset_obj_track_times(creation.id(), 0))?;
                Handle::new(H5Gcreate2(self.handle.id(), name.as_ptr(), H5P_DEFAULT, creation.id(), H5P_DEFAULT))
            }
        })
        .map_err(|failure| self.file.fault("create the group", &path, failure))?;
        Ok(Group { handle, file: Arc::clone(&self.file), path })
    }

    /// Creates the soft link `name` that leads to `target`.
    pub fn create_soft_link(&self, name: &str, target: &str) -> Result<()> {
        locked(|| -> Result<_, Failure> {
            let (name, target) = (c_string(name)?, c_string(target)?);
            // SAFETY: the group is open, both names are C strings.
            check(unsafe { H5Lcreate_soft(target.as_ptr(), self.handle.id(), name.as_ptr(), H5P_DEFAULT, H5P_DEFAULT) })
        })
        .map_err(|failure| self.file.fault("create the link", &self.join(name), failure))
    }
}

pub(super) fn text_until_nul(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

fn external_target(value: &[u8]) -> Option<Link> {
    let (mut flags, mut file, mut path): (c_uint, *const c_char, *const c_char) =
        (0, std::ptr::null(), std::ptr::null());
    locked(|| {
        // SAFETY: the library checks that the value of the given length holds two terminated strings before it points
        // `file` and `path` into it; `value` outlives their use.
        unsafe {
            if H5Lunpack_elink_val(value.as_ptr().cast(), value.len(), &mut flags, &mut file, &mut path) < 0 {
                clear();
                return None;
            }
            if file.is_null() || path.is_null() {
                return None;
            }
            Some(Link::External {
                file: CStr::from_ptr(file).to_string_lossy().into_owned(),
                path: CStr::from_ptr(path).to_string_lossy().into_owned(),
            })
        }
    })
}
