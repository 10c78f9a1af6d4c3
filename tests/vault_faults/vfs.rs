//! Between SQLite and the files: SQLite's own layer for the system, wrapped. What is called
//! is told to the [disk](super::disk), which says whether it happens.
//!
//! It is the default of this process. Nothing is made durable for real: what is durable,
//! the disk knows.

use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::ptr;
use std::sync::OnceLock;

use rusqlite::ffi;

use super::disk::{self, Answer, Kind, Part};

/// A file of SQLite's, with the wrapped one right behind it.
#[repr(C)]
struct Wrapped {
    base: ffi::sqlite3_file,
    /// The path, which the disk knows it by. `None` where it could not be opened.
    path: *mut PathBuf,
}

struct Layer(*mut ffi::sqlite3_vfs);

// SAFETY: what it points to is written before it is registered, and never after.
unsafe impl Send for Layer {}
// SAFETY: as above.
unsafe impl Sync for Layer {}

static SYSTEM: OnceLock<Layer> = OnceLock::new();

/// Puts the layer in place, once for all tests of the process.
pub(crate) fn install() {
    SYSTEM.get_or_init(|| {
        // SAFETY: the system's layer is there as long as the process, and is never changed;
        // the copy of it is leaked, so that it is, too.
        unsafe {
            let system = ffi::sqlite3_vfs_find(ptr::null());
            let mut layer = *system;
            layer.szOsFile += c_int::try_from(size_of::<Wrapped>()).unwrap();
            layer.zName = c"faults".as_ptr();
            layer.pNext = ptr::null_mut();
            layer.xOpen = Some(open);
            layer.xDelete = Some(delete);
            layer.xAccess = Some(access);
            let layer = Box::into_raw(Box::new(layer));
            assert_eq!(ffi::sqlite3_vfs_register(layer, 1), ffi::SQLITE_OK);
            Layer(system)
        }
    });
}

fn system() -> *mut ffi::sqlite3_vfs {
    SYSTEM.get().expect("it is installed before it is used").0
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    // No shared memory and no memory maps: the vault uses neither.
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

/// Calls a method of the file that is wrapped.
macro_rules! below {
    ($file:expr, $method:ident $(, $argument:expr)*) => {{
        let below = below($file);
        // SAFETY: SQLite gives files that `open` opened, and their methods are all there.
        unsafe { ((*(*below).pMethods).$method.unwrap())(below $(, $argument)*) }
    }};
}

fn below(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // SAFETY: `szOsFile` asked for room for both.
    unsafe { file.cast::<Wrapped>().add(1).cast() }
}

fn path<'a>(file: *mut ffi::sqlite3_file) -> &'a PathBuf {
    // SAFETY: `open` put it there, and `close` is the last to ask for it.
    unsafe { &*(*file.cast::<Wrapped>()).path }
}

/// The path that SQLite gives as bytes with a zero behind them.
unsafe fn path_of(name: *const c_char) -> PathBuf {
    // SAFETY: as the caller says.
    PathBuf::from(OsStr::from_bytes(unsafe { CStr::from_ptr(name) }.to_bytes()))
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives room for the file, and a name: a vault has no temporary files.
    unsafe {
        (*file).pMethods = ptr::null();
        assert!(!name.is_null(), "a file without a name");
        let path = path_of(name);
        if let Answer::Fail(code) = disk::ask(Kind::Open) {
            return code;
        }
        let kept = disk::opening(&path);
        let below = below(file);
        let opened = ((*system()).xOpen.unwrap())(system(), name, below, flags, flags_out);
        if opened != ffi::SQLITE_OK {
            return opened;
        }
        disk::opened(&path, kept);
        let wrapped = file.cast::<Wrapped>();
        (*wrapped).path = Box::into_raw(Box::new(path));
        (*file).pMethods = &raw const METHODS;
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, name: *const c_char, _: c_int) -> c_int {
    if let Answer::Fail(code) = disk::ask(Kind::Delete) {
        return code;
    }
    // SAFETY: SQLite gives a name. The folder is not made durable: the disk brings it back.
    unsafe {
        let deleted = ((*system()).xDelete.unwrap())(system(), name, 0);
        if deleted == ffi::SQLITE_OK {
            disk::deleted(&path_of(name));
        }
        deleted
    }
}

unsafe extern "C" fn access(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    if disk::is_dead() {
        return ffi::SQLITE_IOERR_ACCESS;
    }
    // SAFETY: what SQLite gave.
    unsafe { ((*system()).xAccess.unwrap())(system(), name, flags, out) }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    let closed = below!(file, xClose);
    // SAFETY: `open` made it, and nobody asks for it after this.
    drop(unsafe { Box::from_raw((*file.cast::<Wrapped>()).path) });
    closed
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    to: *mut c_void,
    length: c_int,
    at: i64,
) -> c_int {
    match disk::ask(Kind::Read) {
        Answer::Fail(code) => code,
        _ => below!(file, xRead, to, length, at),
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    length: c_int,
    at: i64,
) -> c_int {
    // SAFETY: SQLite gives as many bytes as it says.
    let bytes =
        unsafe { std::slice::from_raw_parts(from.cast::<u8>(), usize::try_from(length).unwrap()) };
    let (part, code) = match disk::ask(Kind::Write) {
        Answer::Go => (Part::All, ffi::SQLITE_OK),
        Answer::Fail(code) => return code,
        Answer::Partly(part, code) => (part, code),
    };
    for part in part.parts(bytes.len()) {
        let start = usize::try_from(at).unwrap() + part.start;
        let bytes = &bytes[part];
        let (from, length) = (bytes.as_ptr().cast(), c_int::try_from(bytes.len()).unwrap());
        let written = below!(file, xWrite, from, length, i64::try_from(start).unwrap());
        if written != ffi::SQLITE_OK {
            return written;
        }
        disk::written(path(file), start, bytes);
    }
    code
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: i64) -> c_int {
    if let Answer::Fail(code) = disk::ask(Kind::Truncate) {
        return code;
    }
    let truncated = below!(file, xTruncate, size);
    if truncated == ffi::SQLITE_OK {
        disk::truncated(path(file), usize::try_from(size).unwrap());
    }
    truncated
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    if let Answer::Fail(code) = disk::ask(Kind::Sync) {
        return code;
    }
    disk::synced(path(file));
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, size: *mut i64) -> c_int {
    if disk::is_dead() {
        return ffi::SQLITE_IOERR_FSTAT;
    }
    below!(file, xFileSize, size)
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    match disk::ask(Kind::Lock) {
        Answer::Fail(code) => code,
        _ => below!(file, xLock, level),
    }
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    below!(file, xUnlock, level)
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    below!(file, xCheckReservedLock, out)
}

unsafe extern "C" fn file_control(
    file: *mut ffi::sqlite3_file,
    what: c_int,
    argument: *mut c_void,
) -> c_int {
    below!(file, xFileControl, what, argument)
}

unsafe extern "C" fn sector_size(file: *mut ffi::sqlite3_file) -> c_int {
    below!(file, xSectorSize)
}

/// What phones' file systems promise, and no more: bytes beside those that are written
/// survive the loss of power. Whatever the system here says.
unsafe extern "C" fn characteristics(_: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}
