//! What a file says: its paths, imports, modules, functions and attributes.
//! Nothing is judged here.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// A path as a list of names; `crate` first when it is known to be ours.
pub(crate) type Names = Vec<String>;

/// One file of `src/`, by its path below `src/`.
pub(crate) struct SourceFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl SourceFile {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.into(),
            text: text.into(),
        }
    }

    pub(crate) fn module(&self) -> Names {
        module_of(&self.path)
    }
}

/// The module a file holds: `value/trie/mod.rs` is `crate::value::trie`.
fn module_of(path: &str) -> Names {
    let root = ["crate".to_string()].into_iter();
    if path == "lib.rs" {
        return root.collect();
    }
    let parts = path.trim_end_matches(".rs").split('/');
    root.chain(parts.filter(|part| *part != "mod").map(String::from))
        .collect()
}

/// A path that the file names, in an import, an expression, a type or a macro.
#[derive(Clone, Debug)]
pub(crate) struct Mention {
    pub(crate) module: Names,
    pub(crate) names: Names,
    pub(crate) glob: bool,
    pub(crate) line: usize,
    pub(crate) in_tests: bool,
}

/// A name that `use` (or `extern crate self as`) brings into a module.
pub(crate) struct Import {
    pub(crate) module: Names,
    pub(crate) name: String,
    pub(crate) target: Names,
}

/// Everything the rules need to know about one file.
#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) path: String,
    pub(crate) mentions: Vec<Mention>,
    pub(crate) imports: Vec<Import>,
    pub(crate) modules: Vec<(Names, usize)>,
    pub(crate) test_modules: Vec<Names>,
    pub(crate) exported_macros: Vec<(String, Names)>,
    pub(crate) long_functions: Vec<(String, usize, usize)>,
    pub(crate) let_chains: Vec<usize>,
    pub(crate) path_attributes: Vec<usize>,
    pub(crate) unsafe_lines: Vec<usize>,
    pub(crate) inner_unsafe_allowances: Vec<usize>,
    pub(crate) opens_unsafe: bool,
    pub(crate) has_docs: bool,
    pub(crate) lines_without_tests: usize,
    pub(crate) other_items: Vec<usize>,
}

impl Facts {
    pub(crate) fn module(&self) -> Names {
        module_of(&self.path)
    }
}

/// Reads one file.
///
/// # Errors
/// The parser's message with its line, when the file is not Rust.
pub(crate) fn read(file: &SourceFile) -> Result<Facts, String> {
    let tree = syn::parse_file(&file.text)
        .map_err(|e| format!("src/{}:{}: {e}", file.path, e.span().start().line))?;
    let mut reader = Reader {
        module: file.module(),
        tests: 0,
        test_lines: 0,
        facts: Facts {
            path: file.path.clone(),
            has_docs: tree.attrs.iter().any(|a| a.path().is_ident("doc")),
            opens_unsafe: tree.attrs.iter().any(allows_unsafe_with_reason),
            other_items: other_items(&tree.items),
            ..Facts::default()
        },
    };
    reader.visit_file(&tree);
    let tokens: TokenStream = file.text.parse().map_err(|e| format!("{e}"))?;
    find_word(tokens, "unsafe", &mut reader.facts.unsafe_lines);
    reader.facts.lines_without_tests = file.text.lines().count() - reader.test_lines;
    Ok(reader.facts)
}

struct Reader {
    module: Names,
    tests: usize,
    test_lines: usize,
    facts: Facts,
}

impl Reader {
    fn mention(&mut self, names: Names, glob: bool, span: Span) {
        self.facts.mentions.push(Mention {
            module: self.module.clone(),
            names,
            glob,
            line: span.start().line,
            in_tests: self.tests > 0,
        });
    }

    fn import(&mut self, name: &str, target: Names) {
        self.facts.imports.push(Import {
            module: self.module.clone(),
            name: name.into(),
            target,
        });
    }

    /// Flattens `use a::{b, c as d, self, e::*}`.
    fn use_tree(&mut self, tree: &syn::UseTree, mut prefix: Names) {
        match tree {
            syn::UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.use_tree(&path.tree, prefix);
            }
            syn::UseTree::Name(name) => self.used(&name.ident, &name.ident, prefix),
            syn::UseTree::Rename(rename) => self.used(&rename.ident, &rename.rename, prefix),
            syn::UseTree::Glob(glob) => self.mention(prefix, true, glob.span()),
            syn::UseTree::Group(group) => {
                for item in &group.items {
                    self.use_tree(item, prefix.clone());
                }
            }
        }
    }

    fn used(&mut self, ident: &syn::Ident, name: &syn::Ident, mut path: Names) {
        let mut bound = name.to_string();
        if ident == "self" && !path.is_empty() {
            if name == "self" {
                bound = path.last().expect("checked").clone();
            }
        } else {
            path.push(ident.to_string());
        }
        self.import(&bound, path.clone());
        self.mention(path, false, ident.span());
    }

    /// Paths in tokens that `syn` does not parse: macro bodies and arguments.
    fn scan(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => self.scan(group.stream()),
                TokenTree::Ident(_) if !is_metavariable(&tokens, at) => {
                    at = self.scan_path(&tokens, at, Vec::new());
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// The path that starts at `at` below `names`; returns where it ends.
    fn scan_path(&mut self, tokens: &[TokenTree], mut at: usize, mut names: Names) -> usize {
        let span = tokens[at].span();
        let (mut glob, mut grouped) = (false, false);
        while let Some(TokenTree::Ident(ident)) = tokens.get(at) {
            names.push(ident.to_string());
            at += 1;
            if !(is_punct(tokens, at, ':') && is_punct(tokens, at + 1, ':')) {
                break;
            }
            at += 2;
            glob = is_punct(tokens, at, '*');
            if let Some(TokenTree::Group(group)) = tokens.get(at) {
                if group.delimiter() == Delimiter::Brace {
                    self.scan_group(group.stream(), &names);
                    grouped = true;
                    at += 1;
                }
            }
        }
        self.scan_rename(tokens, at, &names);
        if !grouped && (names.len() > 1 || glob) {
            self.mention(names, glob, span);
        }
        at
    }

    /// `{b, c::d, self as e}` below `prefix`.
    fn scan_group(&mut self, tokens: TokenStream, prefix: &Names) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for part in tokens.split(|token| matches!(token, TokenTree::Punct(p) if p.as_char() == ','))
        {
            match part.first() {
                Some(TokenTree::Ident(ident)) if ident == "self" => {
                    self.scan_rename(part, 1, prefix);
                }
                Some(TokenTree::Ident(_)) => {
                    self.scan_path(part, 0, prefix.clone());
                }
                Some(TokenTree::Punct(star)) if star.as_char() == '*' => {
                    self.mention(prefix.clone(), true, star.span());
                }
                _ => {}
            }
        }
    }

    /// `crate::a as b` in tokens is an import; `n as usize` is a cast.
    fn scan_rename(&mut self, tokens: &[TokenTree], at: usize, names: &Names) {
        let ours = ["crate", "self", "super"];
        if let (Some(TokenTree::Ident(word)), Some(TokenTree::Ident(name))) =
            (tokens.get(at), tokens.get(at + 1))
        {
            if word == "as" && ours.contains(&names[0].as_str()) {
                self.import(&name.to_string(), names.clone());
            }
        }
    }

    fn function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let from = signature.span().start().line;
        let lines = block.span().end().line - from + 1;
        if self.tests == 0 {
            let name = signature.ident.to_string();
            self.facts.long_functions.push((name, from, lines));
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let (outermost, is_test) = (self.tests == 0, attributes(item).iter().any(is_test_cfg));
        if is_test {
            self.tests += 1;
            if outermost {
                let span = item.span();
                self.test_lines += span.end().line - span.start().line + 1;
            }
        }
        visit::visit_item(self, item);
        self.tests -= usize::from(is_test);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.module.push(item.ident.to_string());
        let line = item.ident.span().start().line;
        self.facts.modules.push((self.module.clone(), line));
        if self.tests > 0 {
            self.facts.test_modules.push(self.module.clone());
        }
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.use_tree(&item.tree, Vec::new());
    }

    fn visit_item_extern_crate(&mut self, item: &'ast syn::ItemExternCrate) {
        if let Some((_, name)) = &item.rename {
            let real = if item.ident == "self" {
                "crate".into()
            } else {
                item.ident.to_string()
            };
            self.import(&name.to_string(), vec![real]);
        }
    }

    fn visit_item_macro(&mut self, item: &'ast syn::ItemMacro) {
        let exported = item.attrs.iter().any(|a| a.path().is_ident("macro_export"));
        if let (Some(name), true) = (&item.ident, exported) {
            let macros = &mut self.facts.exported_macros;
            macros.push((name.to_string(), self.module.clone()));
        }
        visit::visit_item_macro(self, item);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Names = path.segments.iter().map(|s| s.ident.to_string()).collect();
        if names.len() > 1 {
            self.mention(names, false, path.span());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        self.visit_path(&mac.path);
        self.scan(mac.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        let line = attribute.span().start().line;
        if attribute.path().is_ident("path") {
            self.facts.path_attributes.push(line);
        }
        if let syn::Meta::List(list) = &attribute.meta {
            let outer = matches!(attribute.style, syn::AttrStyle::Outer);
            if outer && opens(list, "unsafe_code") {
                self.facts.inner_unsafe_allowances.push(line);
            }
            self.scan(list.tokens.clone());
        }
    }

    // `pub(in crate::a)` says who may look, it imports nothing.
    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.sig, block);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_expr_binary(&mut self, expr: &'ast syn::ExprBinary) {
        let is_let = |side: &syn::Expr| matches!(side, syn::Expr::Let(_));
        if is_let(&expr.left) || is_let(&expr.right) {
            self.facts.let_chains.push(expr.span().start().line);
        }
        visit::visit_expr_binary(self, expr);
    }
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(i) => &i.attrs,
        syn::Item::Enum(i) => &i.attrs,
        syn::Item::ExternCrate(i) => &i.attrs,
        syn::Item::Fn(i) => &i.attrs,
        syn::Item::Impl(i) => &i.attrs,
        syn::Item::Macro(i) => &i.attrs,
        syn::Item::Mod(i) => &i.attrs,
        syn::Item::Static(i) => &i.attrs,
        syn::Item::Struct(i) => &i.attrs,
        syn::Item::Trait(i) => &i.attrs,
        syn::Item::Type(i) => &i.attrs,
        syn::Item::Use(i) => &i.attrs,
        _ => &[],
    }
}

/// `#[cfg(test)]`, `#[cfg(all(test, ..))]`, `#[test]`; not `#[cfg(not(test))]`.
fn is_test_cfg(attribute: &syn::Attribute) -> bool {
    fn says_test(tokens: TokenStream) -> bool {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        tokens.iter().enumerate().any(|(at, token)| match token {
            TokenTree::Ident(ident) => ident == "test",
            TokenTree::Group(group) => {
                let before = at.checked_sub(1).map(|i| &tokens[i]);
                let word = matches!(before, Some(TokenTree::Ident(i)) if i == "not" || i == "any");
                !word && says_test(group.stream())
            }
            _ => false,
        })
    }
    match &attribute.meta {
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::List(list) => list.path.is_ident("cfg") && says_test(list.tokens.clone()),
        syn::Meta::NameValue(_) => false,
    }
}

/// Whether an attribute is `allow(.. lint ..)` or `expect(.. lint ..)`.
fn opens(list: &syn::MetaList, lint: &str) -> bool {
    let mut found = Vec::new();
    find_word(list.tokens.clone(), lint, &mut found);
    !found.is_empty() && (list.path.is_ident("allow") || list.path.is_ident("expect"))
}

fn allows_unsafe_with_reason(attribute: &syn::Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else {
        return false;
    };
    let mut reason = Vec::new();
    find_word(list.tokens.clone(), "reason", &mut reason);
    opens(list, "unsafe_code") && !reason.is_empty()
}

/// Lines of the items that are neither modules nor imports, in the root and in
/// the modules written out there: `lib.rs` has none.
fn other_items(items: &[syn::Item]) -> Vec<usize> {
    let mut lines = Vec::new();
    for item in items {
        match item {
            syn::Item::Mod(module) => {
                if let Some((_, items)) = &module.content {
                    lines.extend(other_items(items));
                }
            }
            syn::Item::Use(_) => {}
            _ => lines.push(item.span().start().line),
        }
    }
    lines
}

fn find_word(tokens: TokenStream, word: &str, lines: &mut Vec<usize>) {
    for token in tokens {
        match token {
            TokenTree::Ident(ident) if ident == word => lines.push(ident.span().start().line),
            TokenTree::Group(group) => find_word(group.stream(), word, lines),
            _ => {}
        }
    }
}

fn is_punct(tokens: &[TokenTree], at: usize, sign: char) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == sign)
}

/// `$name` stands for something else at the call; `$crate` does not.
fn is_metavariable(tokens: &[TokenTree], at: usize) -> bool {
    let crate_word = matches!(&tokens[at], TokenTree::Ident(ident) if ident == "crate");
    at > 0 && is_punct(tokens, at - 1, '$') && !crate_word
}
