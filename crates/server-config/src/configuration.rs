//! A configuration of any product: the one place where products are told apart.

use crate::apache;
use crate::caddy;
use crate::chain::Listener;
use crate::check::Finding;
use crate::envoy;
use crate::fix::{self, Fix, header};
use crate::haproxy;
use crate::kong;
use crate::nginx;
use crate::product::{self, Product, recognise};
use crate::request::Request;
use crate::source::{FileTree, ReadError, Sources, Warning};
use crate::squid;
use crate::traefik;
use crate::walk::Walk;

/// A configuration as it was read, of any product that can be simulated.
///
/// A new product is a variant here, an arm of [`Configuration::load`] and an arm of `each_product!`.
#[derive(Debug, Clone)]
pub enum Configuration {
    /// Apache httpd.
    Apache(apache::Config),
    /// Caddy.
    Caddy(caddy::Config),
    /// Envoy.
    Envoy(envoy::Config),
    /// HAProxy.
    HaProxy(haproxy::Config),
    /// Kong, declarative.
    Kong(kong::Config),
    /// nginx.
    Nginx(nginx::Config),
    /// Squid.
    Squid(squid::Config),
    /// Traefik, file provider.
    Traefik(traefik::Config),
}

/// Evaluates an expression on the configuration of whichever product it is.
macro_rules! each_product {
    ($configuration:expr, $config:ident => $value:expr) => {
        match $configuration {
            Configuration::Apache($config) => $value,
            Configuration::Caddy($config) => $value,
            Configuration::Envoy($config) => $value,
            Configuration::HaProxy($config) => $value,
            Configuration::Kong($config) => $value,
            Configuration::Nginx($config) => $value,
            Configuration::Squid($config) => $value,
            Configuration::Traefik($config) => $value,
        }
    };
}

/// Why a text is no configuration that can be simulated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The main file.
    #[error("{0}: {1}")]
    Unreadable(String, ReadError),
    /// No product's words are in it.
    #[error("{0} is no configuration of a product that is known here")]
    Unrecognised(String),
    /// It is known, and not simulated.
    #[error("{0} is a configuration of {1}, which is not simulated")]
    NotSimulated(String, Product),
}

impl Configuration {
    /// Reads the configuration that starts at `main`, of the product that its words name.
    ///
    /// # Errors
    /// When the main file cannot be read, or holds the configuration of no product that is simulated.
    pub fn load_recognised(files: &FileTree, main: &str) -> Result<Self, LoadError> {
        let product = Self::recognise_main(files, main)?;
        Self::load(product, files, main).ok_or_else(|| LoadError::NotSimulated(main.to_owned(), product))
    }

    /// The product that the words of the main file name, or its own name where it has too few; a `.htaccess` names itself.
    ///
    /// # Errors
    /// When the main file cannot be read, or is of no product that is known.
    pub fn recognise_main(files: &FileTree, main: &str) -> Result<Product, LoadError> {
        let bytes = files.read(main).map_err(|error| LoadError::Unreadable(main.to_owned(), error))?;
        let is_htaccess = main.rsplit('/').next().is_some_and(|name| name.starts_with(".htaccess"));
        let named = is_htaccess.then_some(Product::Apache);
        let product = named.or_else(|| recognise(&bytes)).or_else(|| product::named(main));
        product.ok_or_else(|| LoadError::Unrecognised(main.to_owned()))
    }

    /// Reads a product's configuration; `None` when the product is not simulated. What cannot be read is a warning.
    pub fn load(product: Product, files: &FileTree, main: &str) -> Option<Self> {
        match product {
            Product::Apache => Some(Self::Apache(apache::load(files, main))),
            Product::Caddy => Some(Self::Caddy(caddy::load(files, main))),
            Product::Envoy => Some(Self::Envoy(envoy::load(files, main))),
            Product::HaProxy => Some(Self::HaProxy(haproxy::load(files, main))),
            Product::Kong => Some(Self::Kong(kong::load(files, main))),
            Product::Nginx => Some(Self::Nginx(nginx::load(files, main))),
            Product::Squid => Some(Self::Squid(squid::load(files, main))),
            Product::Traefik => Some(Self::Traefik(traefik::load(files, main))),
        }
    }

    /// The product.
    pub fn product(&self) -> Product {
        match self {
            Self::Apache(_) => Product::Apache,
            Self::Caddy(_) => Product::Caddy,
            Self::Envoy(_) => Product::Envoy,
            Self::HaProxy(_) => Product::HaProxy,
            Self::Kong(_) => Product::Kong,
            Self::Nginx(_) => Product::Nginx,
            Self::Squid(_) => Product::Squid,
            Self::Traefik(_) => Product::Traefik,
        }
    }

    /// What the server does with a request, rule by rule. `files` is the server's file tree.
    pub fn simulate(&self, request: &Request, files: &FileTree) -> Walk {
        each_product!(self, config => config.simulate(request, files))
    }

    /// Changes that let a refused request pass, the smallest first; each was simulated and does.
    pub fn fixes(&self, request: &Request, files: &FileTree) -> Vec<Fix> {
        each_product!(self, config => config.fixes(request, files))
    }

    /// Changes that let a header field of the request reach the next hop as it came, where this server drops or rewrites
    /// it; each was simulated and does.
    pub fn header_fixes(&self, request: &Request, files: &FileTree, name: &str) -> Vec<Fix> {
        let walk = self.simulate(request, files);
        let Some(change) = header::change(request, &walk, name) else { return Vec::new() };
        let candidates = match self {
            Self::Apache(config) => config.header_fixes(&change),
            Self::Caddy(config) => config.header_fixes(&change),
            Self::HaProxy(config) => config.header_fixes(&change),
            Self::Nginx(config) => config.header_fixes(&change),
            Self::Envoy(_) | Self::Kong(_) | Self::Squid(_) | Self::Traefik(_) => Vec::new(),
        };
        let helps = |fix: &Fix| {
            let fixed = self.with_fix(fix, files);
            fixed.is_some_and(|(fixed, files)| {
                header::arrives(request, &fixed.simulate(request, &files), name)
            })
        };
        candidates.into_iter().filter(helps).collect()
    }

    /// Rules that cannot do what they seem to, in the order of the configuration.
    pub fn check(&self) -> Vec<Finding> {
        each_product!(self, config => config.check())
    }

    /// The sockets that the server listens on.
    pub fn listeners(&self) -> Vec<Listener> {
        each_product!(self, config => config.listeners())
    }

    /// Whether clients name the URL they want to this server, which is no origin of its own.
    pub fn is_forward_proxy(&self) -> bool {
        matches!(self, Self::Squid(config) if config.is_forward_proxy())
    }

    /// The servers that a destination stands for: those of a group of that name, else itself.
    pub fn members(&self, destination: &str) -> Vec<String> {
        let members = match self {
            Self::Nginx(config) => config.members(destination),
            _ => Vec::new(),
        };
        if members.is_empty() { vec![destination.to_owned()] } else { members }
    }

    /// What could not be read.
    pub fn warnings(&self) -> &[Warning] {
        each_product!(self, config => &config.warnings)
    }

    /// All files, verbatim, the main one first.
    pub fn sources(&self) -> &Sources {
        each_product!(self, config => &config.sources)
    }

    /// The same configuration after a fix, with the file tree that has it.
    #[must_use]
    pub fn with_fix(&self, fix: &Fix, files: &FileTree) -> Option<(Self, FileTree)> {
        let main = &self.sources().iter().next()?.name;
        let fixed = fix::patched(files, fix);
        Some((Self::load(self.product(), &fixed, main)?, fixed))
    }
}
