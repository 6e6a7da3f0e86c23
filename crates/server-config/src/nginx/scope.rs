//! The blocks around a directive, and inheritance between them.

use super::tree::Directive;

/// The blocks that the request is in, the outermost (`http`) first.
#[derive(Debug, Clone)]
pub(super) struct Scope<'a> {
    pub(super) levels: Vec<Level<'a>>,
}

/// One block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level<'a> {
    /// The directive that opens the block; `None` for `http`.
    pub(super) header: Option<&'a Directive>,
    pub(super) directives: &'a [Directive],
}

impl<'a> Scope<'a> {
    pub(super) fn server(http: &'a [Directive], server: &'a Directive) -> Self {
        let http = Level { header: None, directives: http };
        Self { levels: vec![http, Level::of(server)] }
    }

    pub(super) fn inside(&self, header: &'a Directive) -> Self {
        let mut levels = self.levels.clone();
        levels.push(Level::of(header));
        Self { levels }
    }

    /// All directives of these names in the innermost block that has one: lists replace, they do not add up.
    pub(super) fn inherited(&self, names: &[&str]) -> Vec<&'a Directive> {
        self.level_with(names).map_or(Vec::new(), |level| level.all(names).collect())
    }

    /// The innermost directive of that name.
    pub(super) fn one(&self, name: &str) -> Option<&'a Directive> {
        self.levels.iter().rev().find_map(|level| level.last(name))
    }

    pub(super) fn level_with(&self, names: &[&str]) -> Option<&Level<'a>> {
        self.levels.iter().rev().find(|level| level.all(names).next().is_some())
    }

    /// A flag: the innermost `NAME on|off`, or its default.
    pub(super) fn is_on(&self, name: &str, default: &str) -> bool {
        self.one(name).map_or(default, |directive| directive.arg(0)).eq_ignore_ascii_case("on")
    }

    pub(super) fn innermost(&self) -> Level<'a> {
        self.levels.last().copied().unwrap_or(Level { header: None, directives: &[] })
    }

    /// The scope of the location (or server) itself, without `if` and `limit_except` blocks inside it.
    pub(super) fn without_inner_blocks(&self) -> Self {
        let mut levels = self.levels.clone();
        while levels.last().is_some_and(Level::is_inner) {
            levels.pop();
        }
        Self { levels }
    }
}

impl<'a> Level<'a> {
    pub(super) fn of(header: &'a Directive) -> Self {
        Self { header: Some(header), directives: header.children() }
    }

    fn all<'b>(&self, names: &'b [&str]) -> impl Iterator<Item = &'a Directive> + use<'a, 'b> {
        self.directives.iter().filter(move |directive| names.contains(&directive.name()))
    }

    pub(super) fn last(&self, name: &str) -> Option<&'a Directive> {
        self.directives.iter().rev().find(|directive| directive.name() == name)
    }

    /// An `if` or `limit_except` block: nginx gives them an own, nameless location.
    pub(super) fn is_inner(&self) -> bool {
        self.header.is_some_and(|header| matches!(header.name(), "if" | "limit_except"))
    }
}

/// A fragment (`sites-enabled/shop`) put into the blocks that it is included in.
pub(super) fn in_context(directives: Vec<Directive>) -> Vec<Directive> {
    let has = |name: &str| directives.iter().any(|directive| directive.name() == name);
    if has("http") {
        return directives;
    }
    if has("server") || has("upstream") || has("map") {
        return vec![wrap("http", directives)];
    }
    if has("location") || has("server_name") || has("listen") {
        return vec![wrap("http", vec![wrap("server", directives)])];
    }
    directives
}

fn wrap(name: &str, children: Vec<Directive>) -> Directive {
    let (file, end_line) = children.last().map_or((0, 1), |last| (last.file, last.end_line));
    let line = children.first().map_or(1, |first| first.line);
    let block = Some(children.into());
    // Column 0 tells the block that nobody wrote from the first one inside it.
    Directive { words: Box::new([name.into()]), block, file, line, column: 0, end_line }
}
