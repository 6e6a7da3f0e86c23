//! Sections as layers: the directives that hold for a request, the most general first.
//!
//! httpd merges the sections in the order of <https://httpd.apache.org/docs/2.4/sections.html#merging>. How two
//! layers merge is the business of each module, so a layer keeps all its directives.

use std::cell::OnceCell;
use std::rc::Rc;

use super::methods;
use super::parse::Parsed;
use super::tree::Directive;
use crate::source::Place;

/// One directive of a layer, and the `<Limit>` or `<LimitExcept>` around it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule<'a> {
    pub(super) directive: &'a Directive,
    pub(super) limit: Option<&'a Directive>,
}

impl Rule<'_> {
    /// Whether it holds for a method.
    pub(super) fn covers(&self, method: &str) -> bool {
        self.limit.is_none_or(|limit| methods::is_limited(limit, method))
    }
}

/// The directives of one section, conditions resolved.
#[derive(Debug, Clone)]
pub(super) struct Layer<'a> {
    /// The section; `None` for the server itself and for `.htaccess`.
    pub(super) section: Option<&'a Directive>,
    pub(super) rules: Vec<Rule<'a>>,
    /// The sections inside: `<Files>`, `<If>` and, in a server, all others.
    pub(super) sections: Vec<&'a Directive>,
    /// The path that relative rewrites start from, with a slash at its end; `None` in a server.
    pub(super) directory: Option<String>,
}

impl<'a> Layer<'a> {
    pub(super) fn new(
        section: Option<&'a Directive>,
        directives: &'a [Directive],
        directory: Option<&str>,
    ) -> Rc<Self> {
        let directory =
            directory.map(|path| if path.ends_with('/') { path.to_owned() } else { format!("{path}/") });
        let mut layer = Self { section, rules: Vec::new(), sections: Vec::new(), directory };
        layer.take(directives, None);
        Rc::new(layer)
    }

    fn take(&mut self, directives: &'a [Directive], limit: Option<&'a Directive>) {
        for directive in directives.iter().filter(|directive| directive.is_active) {
            match directive.block {
                None => self.rules.push(Rule { directive, limit }),
                Some(_) if is_condition(directive) => self.take(directive.children(), limit),
                Some(_) if directive.is_any(&["Limit", "LimitExcept"]) => {
                    self.take(directive.children(), Some(directive));
                }
                Some(_) if is_container(directive) => self.rules.push(Rule { directive, limit }),
                Some(_) => self.sections.push(directive),
            }
        }
    }

    /// The last directive of that name.
    pub(super) fn last(&self, name: &str) -> Option<&'a Directive> {
        self.named(name).last()
    }

    /// All directives of that name, in order.
    pub(super) fn named<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'a Directive> + 'b {
        self.rules.iter().map(|rule| rule.directive).filter(move |directive| directive.is(name))
    }

    pub(super) fn has_any(&self, names: &[&str]) -> bool {
        self.rules.iter().any(|rule| rule.directive.is_any(names))
    }
}

/// Sections that are judged while reading; what stands in them belongs to the outer section.
pub(super) fn is_condition(directive: &Directive) -> bool {
    directive.is_any(&["IfModule", "IfDefine", "IfVersion", "IfFile", "IfDirective", "IfSection"])
}

/// `<RequireAll>` and its relatives.
pub(super) fn is_container(directive: &Directive) -> bool {
    directive.is_any(&["RequireAll", "RequireAny", "RequireNone", "RequireNotAll"])
}

/// All layers that hold at some point of the request.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope<'a> {
    pub(super) layers: Vec<Rc<Layer<'a>>>,
}

impl<'a> Scope<'a> {
    /// The last directive of that name in the innermost layer that has it.
    pub(super) fn last(&self, name: &str) -> Option<&'a Directive> {
        self.layers.iter().rev().find_map(|layer| layer.last(name))
    }

    /// All directives of that name, the outermost first.
    pub(super) fn all(&self, name: &str) -> Vec<&'a Directive> {
        self.layers.iter().flat_map(|layer| layer.named(name)).collect()
    }

    /// The directive at a place.
    pub(super) fn at(&self, place: &Place) -> Option<&'a Directive> {
        let mut rules = self.layers.iter().flat_map(|layer| layer.rules.iter().map(|rule| rule.directive));
        rules.find(|rule| rule.place == *place)
    }

    /// Whether a subrequest or a redirect has the very settings of the request before it, which passed its checks: the
    /// same sections and `.htaccess` files, as the walks keep what they merged. `<Location>` and `<If>` are merged anew each
    /// time (`ap_process_request_internal()`, which then leaves authentication and access out).
    pub(super) fn is_kept_from(&self, before: &Self) -> bool {
        let is_anew = |layer: &Layer<'_>| {
            layer
                .section
                .is_some_and(|section| section.is_any(&["Location", "LocationMatch", "If", "ElseIf", "Else"]))
        };
        let is_same = |(one, other): (&Rc<Layer<'_>>, &Rc<Layer<'_>>)| match (one.section, other.section) {
            (Some(own), Some(earlier)) => std::ptr::eq(own, earlier),
            // A walk that was not kept reads the `.htaccess` files again.
            (None, None) => Rc::ptr_eq(one, other),
            _ => false,
        };
        self.layers.len() == before.layers.len()
            && !self.layers.iter().any(|layer| is_anew(layer))
            && self.layers.iter().zip(&before.layers).all(is_same)
    }

    /// The innermost layer that has one of a module's directives: a module without a merge function takes its
    /// settings from there alone (`ap_merge_per_dir_configs()`).
    pub(super) fn innermost_with(&self, names: &[&str]) -> Option<&Rc<Layer<'a>>> {
        self.layers.iter().rev().find(|layer| layer.has_any(names))
    }

    /// `On` or `Off`; `default` when it is not set.
    pub(super) fn is_on(&self, name: &str, default: bool) -> bool {
        self.last(name).map_or(default, |rule| rule.arg(0).eq_ignore_ascii_case("on"))
    }
}

/// `.htaccess` files that were read for a request; they stay where they are while it runs.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    first: OnceCell<Box<Kept>>,
}

#[derive(Debug)]
struct Kept {
    path: String,
    parsed: Option<Parsed>,
    next: Shelf,
}

impl Shelf {
    /// The file at a path, read at most once.
    pub(super) fn keep(&self, path: &str, read: impl FnOnce() -> Option<Parsed>) -> Option<&Parsed> {
        let mut shelf = self;
        while let Some(kept) = shelf.first.get() {
            if kept.path == path {
                return kept.parsed.as_ref();
            }
            shelf = &kept.next;
        }
        let kept = Kept { path: path.to_owned(), parsed: read(), next: Self::default() };
        shelf.first.get_or_init(|| Box::new(kept)).parsed.as_ref()
    }
}
