//! Runs to reduce. They are made once for each build of the program and kept below the target folder.

use crate::{program, python, real_data, trainyard};
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, SystemTime};

/// After this a kept run of another build is removed.
const KEPT: Duration = Duration::from_secs(24 * 3600);

/// A folder for this build of the program.
fn cache() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let test = std::env::current_exe().expect("the path of this test");
        let target = test.ancestors().nth(3).expect("a test lies in target/<profile>/deps");
        crate::room::say(target);
        let all = target.join("tmp").join("trainyard-runs");
        let built = std::fs::metadata(program()).expect("the program");
        let mut hasher = DefaultHasher::new();
        (built.len(), built.modified().ok()).hash(&mut hasher);
        let own = all.join(format!("{:016x}", hasher.finish()));
        std::fs::create_dir_all(&own).expect("a folder for runs");
        for entry in std::fs::read_dir(&all).expect("a folder for runs").flatten() {
            let age =
                entry.metadata().and_then(|m| m.modified()).ok().and_then(|m| SystemTime::now().duration_since(m).ok());
            if entry.path() != own && age.is_some_and(|age| age > KEPT) {
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
        own
    })
}

/// A copy of a folder with everything below it, to be changed.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// The run `name`, made by `make` in a folder that then gets this name.
fn kept(name: &str, make: impl FnOnce(&Path)) -> PathBuf {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(|e| e.into_inner());
    let folder = cache().join(name);
    if !folder.is_dir() {
        let temporary = tempfile::tempdir_in(cache()).expect("a temporary folder");
        let new = temporary.path().join("run");
        make(&new);
        // another test process may have been faster
        if std::fs::rename(&new, &folder).is_err() {
            assert!(folder.is_dir(), "failed to keep the run {}", folder.display());
        }
    }
    folder
}

/// `trainyard simulate ARGUMENTS`, arguments separated by blanks.
#[track_caller]
pub fn simulated(arguments: &str) -> PathBuf {
    let name: String = arguments.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    kept(&name, |folder| {
        let arguments = arguments.split_whitespace().map(std::ffi::OsStr::new);
        trainyard(
            ["simulate", "--output"].map(std::ffi::OsStr::new).into_iter().chain([folder.as_os_str()]).chain(arguments),
        )
        .expect(0);
    })
}

/// A folder of inputs that do not depend on the program, made by the first of some scripts in `python/` (the others are
/// its modules) and kept until one of them changes. Nothing, said so, without an interpreter.
///
/// Made in place, because virtual files name those behind them: whoever creates the folder fills it, others wait.
#[track_caller]
pub fn made_by(scripts: &[&str]) -> Option<PathBuf> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("python");
    let mut hasher = DefaultHasher::new();
    for script in scripts {
        std::fs::read(python.join(script)).expect("a script").hash(&mut hasher);
    }
    let stem = scripts.first()?.trim_end_matches(".py");
    let all = cache().parent()?.parent()?.join("trainyard-inputs");
    let folder = all.join(format!("{stem}-{:016x}", hasher.finish()));
    let whole = folder.join("made");
    std::fs::create_dir_all(&all).expect("a folder for inputs");
    if std::fs::create_dir(&folder).is_ok() {
        for old in std::fs::read_dir(&all).expect("a folder for inputs").flatten() {
            if old.path() != folder && old.file_name().to_string_lossy().starts_with(stem) {
                let _ = std::fs::remove_dir_all(old.path());
            }
        }
        let made = crate::python(scripts.first()?, [&folder]);
        if made.as_ref().is_none_or(|made| made.code != Some(0)) {
            let _ = std::fs::remove_dir_all(&folder);
        }
        made?.expect(0);
        std::fs::write(&whole, b"").expect("a note");
    }
    let since = std::time::Instant::now();
    while !whole.exists() {
        assert!(since.elapsed() < crate::PATIENCE, "{} was never finished: remove it", folder.display());
        std::thread::sleep(Duration::from_millis(100));
    }
    Some(folder)
}

/// A run of real frames, by the `make_runs.py` of the folder of real frames.
#[track_caller]
pub fn real_run(name: &str) -> Option<PathBuf> {
    let data = real_data()?;
    let interpreter = std::env::var_os("TRAINYARD_PYTHON");
    if interpreter.is_none() {
        println!("skipped: TRAINYARD_PYTHON is not set");
        return None;
    }
    Some(kept(name, |folder| {
        let parent = folder.parent().expect("a parent");
        let arguments = [parent.as_os_str(), name.as_ref()];
        python::run(&data.join("make_runs.py"), arguments, &[]).expect("an interpreter").expect(0);
        std::fs::rename(parent.join(name), folder).expect("the run is there");
    }))
}

/// Small simulated powder runs for tests that only need one.
pub struct Powder;

impl Powder {
    /// Raw AGIPD, every second cell lit, 4 of the modules.
    pub fn raw() -> PathBuf {
        simulated("powder --raw --trains 8 --pulses 12 --lit-stride 2 --modules 0,5,10,15 --codec bitshuffle-lz4 --empty-train 3 --missing 5:6 --trains-per-sequence 5")
    }

    /// Corrected AGIPD with mask and gain, 4 of the modules.
    pub fn corrected() -> PathBuf {
        simulated("powder --trains 8 --pulses 8 --lit-stride 2 --modules 0,5,10,15 --codec bitshuffle-lz4 --bad-pixels 0.01 --missing 10:2")
    }
}
