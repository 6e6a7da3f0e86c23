//! A server that runs on loopback from a folder of its own, and its configuration as the simulator reads it.

use std::fs;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use server_config::product::Product;
use server_config::{Configuration, FileTree, Request, Walk};

/// How long a server may take to listen; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// The ports that are tried: below those that the system gives to clients, so that one stays free until a server takes it.
const PORTS: std::ops::Range<u32> = 10_000..32_000;

/// A fresh folder; it goes when this does.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("why403-{name}-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    /// Writes a file, and the folders above it.
    pub(crate) fn write(&self, file: &str, text: impl AsRef<[u8]>) {
        let path = self.join(file);
        fs::create_dir_all(path.parent().unwrap_or(&self.0)).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// The path as text.
    pub(crate) fn text(&self) -> String {
        self.display().to_string()
    }
}

impl Deref for Folder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A server that runs until this goes out of scope.
pub(crate) struct Server {
    command: Box<dyn Fn() -> Command>,
    /// Where it listens once it has started.
    listens: Vec<SocketAddr>,
    /// Where it says why it does not start.
    messages: PathBuf,
    child: Child,
}

impl Server {
    /// Starts a program, and waits until it listens on all its addresses.
    pub(crate) fn start(
        folder: &Folder,
        listens: Vec<SocketAddr>,
        command: impl Fn() -> Command + 'static,
    ) -> Self {
        let messages = folder.join("messages");
        let command = Box::new(command);
        let child = started(&command, &listens, &messages);
        Self { command, listens, messages, child }
    }

    fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn started(command: &dyn Fn() -> Command, listens: &[SocketAddr], messages: &Path) -> Child {
    let mut command = command();
    let output = fs::File::create(messages).expect("a file");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(output);
    let mut child = command.spawn().unwrap_or_else(|error| missing(&command, &error));
    let begin = Instant::now();
    while begin.elapsed() < PATIENCE {
        if listens.iter().all(|address| TcpStream::connect(address).is_ok()) {
            return child;
        }
        if child.try_wait().is_ok_and(|ended| ended.is_some()) {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = child.kill();
    let _ = child.wait();
    let said = fs::read_to_string(messages).unwrap_or_default();
    panic!("{command:?} does not listen on {listens:?}: {said}");
}

/// Runs a program to its end.
pub(crate) fn output(mut command: Command) -> Output {
    command.output().unwrap_or_else(|error| missing(&command, &error))
}

fn missing(command: &Command, error: &std::io::Error) -> ! {
    panic!("{:?} must be installed for these tests (lab/install.sh): {error}", command.get_program());
}

/// Takes the files of sites away that the server refuses to load: `check` is the command that says so, and `is_named`
/// tells whether its message names a site.
pub(crate) fn drop_refused(
    check: impl Fn() -> Command,
    sites: &mut Vec<String>,
    is_named: impl Fn(&str, &str) -> bool,
    file: impl Fn(&str) -> PathBuf,
) {
    loop {
        let output = output(check());
        if output.status.success() {
            return;
        }
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        let refused = sites.iter().position(|name| is_named(&message, name));
        let Some(refused) = refused else { panic!("{:?}: {message}", check()) };
        fs::remove_file(file(&sites.remove(refused))).expect("the site's file");
    }
}

/// A program among the lab's Python packages, by a path below its environment or below its packages.
pub(crate) fn lab_program(path: &str) -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.lab");
    let venv = std::env::var_os("WHY403_LAB_HOME").map_or(own, PathBuf::from).join("venv");
    let packages = fs::read_dir(venv.join("lib")).into_iter().flatten().flatten();
    let packages = packages.map(|python| python.path().join("site-packages").join(path));
    let mut found = std::iter::once(venv.join(path)).chain(packages);
    let found = found.find(|program| program.is_file());
    found.unwrap_or_else(|| panic!("`{path}` must be installed for these tests (lab/install.sh)"))
}

/// Ports that are free on all these addresses; no two calls of one process get the same. Another process looks from
/// another port on.
pub(crate) fn free_ports(count: usize, addresses: &[IpAddr]) -> Vec<u16> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let first = std::process::id().wrapping_mul(617);
    let mut ports = Vec::new();
    for _ in 0..PORTS.len() {
        if ports.len() == count {
            return ports;
        }
        let offset = first.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % PORTS.len() as u32;
        let port = (PORTS.start + offset) as u16;
        if addresses.iter().all(|address| TcpListener::bind((*address, port)).is_ok()) {
            ports.push(port);
        }
    }
    panic!("no free ports");
}

/// A port on 127.0.0.1.
pub(crate) fn free_port() -> u16 {
    free_ports(1, &[[127, 0, 0, 1].into()])[0]
}

/// A running server, and what the simulator knows of it.
pub(crate) struct Stand {
    // Fields are dropped in their order: the server ends before its folder goes.
    server: Server,
    pub(crate) folder: Folder,
    product: Product,
    /// The file or folder that the server was started with.
    main: String,
    pub(crate) config: Configuration,
    pub(crate) files: FileTree,
}

impl Stand {
    /// Reads the configuration that a server was started with; `main` is a name in its folder.
    pub(crate) fn new(product: Product, main: &str, folder: Folder, server: Server) -> Self {
        let files = FileTree::live();
        let main = folder.join(main).display().to_string();
        let config = Configuration::load(product, &files, &main).expect("a product that is simulated");
        assert!(config.warnings().is_empty(), "{:?}", config.warnings());
        Self { server, folder, product, main, config, files }
    }

    /// The configuration as it is in other files.
    pub(crate) fn load(&self, files: &FileTree) -> Configuration {
        Configuration::load(self.product, files, &self.main).expect("a product that is simulated")
    }

    pub(crate) fn simulate(&self, request: &Request) -> Walk {
        self.config.simulate(request, &self.files)
    }

    /// Starts again with the files as they are on the disk now; `config` stays as it was.
    pub(crate) fn restart(&mut self) {
        self.server.stop();
        self.server.child = started(&self.server.command, &self.server.listens, &self.server.messages);
    }
}
