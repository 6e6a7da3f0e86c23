//! The users' pages: the comment of each cause's module, written where the crate includes it.

use std::fs;
use std::path::Path;

/// The text of a module's comment, without the marks.
pub(crate) fn text(source: &str) -> String {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    let lines: Vec<&str> = lines.map(|line| line.strip_prefix(' ').unwrap_or("")).collect();
    lines.join("\n")
}

/// Writes the pages of all causes, as `pages/FAMILY/NAME`.
pub(crate) fn write(out: &Path) {
    for family in folders(Path::new("src/causes")) {
        let name = family.file_name().expect("a folder has a name");
        let folder = out.join("pages").join(name);
        fs::create_dir_all(&folder).expect("a writable OUT_DIR");
        for file in fs::read_dir(&family).expect("a readable folder") {
            let file = file.expect("a readable folder").path();
            println!("cargo:rerun-if-changed={}", file.display());
            let source = fs::read_to_string(&file).expect("a readable file");
            let page = folder.join(file.file_stem().expect("a file has a name"));
            fs::write(page, text(&source)).expect("a writable OUT_DIR");
        }
    }
}

fn folders(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder of causes is part of the crate");
    entries.map(|entry| entry.expect("a readable folder").path()).filter(|path| path.is_dir()).collect()
}
