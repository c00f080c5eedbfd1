//! Where a path ends: aliases, re-exports, `self`, `super` and globs followed.

use std::collections::{HashMap, HashSet};

use crate::facts::{Facts, Names};

/// How far a chain of aliases is followed; a longer one is a cycle.
const LONGEST_CHAIN: usize = 16;

/// The modules of the crate and the names that imports bind in each.
pub(crate) struct Tree {
    modules: HashSet<Names>,
    /// The modules that have a file; the others are written out in one.
    files: HashSet<Names>,
    imports: HashMap<(Names, String), Vec<Names>>,
    globs: HashMap<Names, Vec<Names>>,
    macros: HashMap<String, Names>,
}

impl Tree {
    pub(crate) fn new(files: &[Facts], file_modules: impl Iterator<Item = Names>) -> Self {
        let with_file: HashSet<Names> = file_modules.collect();
        let mut tree = Self {
            modules: with_file.clone(),
            files: with_file,
            imports: HashMap::new(),
            globs: HashMap::new(),
            macros: HashMap::new(),
        };
        for file in files {
            tree.modules
                .extend(file.modules.iter().map(|(m, _)| m.clone()));
            tree.macros.extend(file.exported_macros.iter().cloned());
            for import in &file.imports {
                let key = (import.module.clone(), import.name.clone());
                let targets = tree.imports.entry(key).or_default();
                targets.push(import.target.clone());
            }
            for mention in file.mentions.iter().filter(|m| m.glob) {
                let globs = tree.globs.entry(mention.module.clone()).or_default();
                globs.push(mention.names.clone());
            }
        }
        tree
    }

    /// What `names` means inside `module`: absolute paths, `crate` first for
    /// ours, the name of another crate first for theirs; none for local names.
    pub(crate) fn resolve(&self, module: &Names, names: &Names) -> Vec<Names> {
        self.resolve_within(module, names, LONGEST_CHAIN)
    }

    fn resolve_within(&self, module: &Names, names: &Names, fuel: usize) -> Vec<Names> {
        let Some((first, rest)) = names.split_first() else {
            return Vec::new();
        };
        let join = |base: &[String]| [base, rest].concat();
        match first.as_str() {
            _ if fuel == 0 => Vec::new(),
            "crate" | "heptad" => vec![join(&["crate".into()])],
            "self" => vec![Self::climb(join(module), module.len())],
            "super" => {
                let path = [module.as_slice(), names.as_slice()].concat();
                vec![Self::climb(path, module.len())]
            }
            "std" | "core" | "alloc" | "loom" => vec![names.clone()],
            _ => {
                let bases = self.lookup(module, first, fuel - 1);
                bases.iter().map(|base| join(base)).collect()
            }
        }
    }

    /// Applies the `super`s that follow the first `depth` names.
    fn climb(path: Names, depth: usize) -> Names {
        let (base, rest) = path.split_at(depth);
        let ups = rest.iter().take_while(|name| *name == "super").count();
        [&base[..depth.saturating_sub(ups)], &rest[ups..]].concat()
    }

    /// What the single name `name` means inside `module`.
    fn lookup(&self, module: &Names, name: &String, fuel: usize) -> Vec<Names> {
        let child = [module.as_slice(), std::slice::from_ref(name)].concat();
        if self.modules.contains(&child) {
            return vec![child];
        }
        if let Some(targets) = self.imports.get(&(module.clone(), name.clone())) {
            let mut found = Vec::new();
            for target in targets.iter().filter(|target| target[0] != *name) {
                found.extend(self.resolve_within(module, target, fuel));
            }
            return found;
        }
        self.lookup_in_globs(module, name, fuel)
    }

    fn lookup_in_globs(&self, module: &Names, name: &String, fuel: usize) -> Vec<Names> {
        let mut found = Vec::new();
        for glob in self.globs.get(module).into_iter().flatten() {
            if fuel == 0 || glob.first() == Some(name) {
                continue;
            }
            for target in self.resolve_within(module, glob, fuel - 1) {
                if target != *module && target[0] == "crate" {
                    found.extend(self.lookup(&target, name, fuel - 1));
                }
            }
        }
        found
    }

    /// `path` and every path it stands for through re-exports.
    pub(crate) fn hops(&self, path: &Names) -> Vec<Names> {
        let mut hops = vec![path.clone()];
        let mut at = 0;
        while at < hops.len() && at < LONGEST_CHAIN {
            let next = self.reexports(&hops[at]);
            hops.extend(next.into_iter().filter(|hop| hop[0] == "crate"));
            at += 1;
        }
        hops
    }

    /// Replaces the first re-exported name of an absolute path by its target.
    fn reexports(&self, path: &Names) -> Vec<Names> {
        for end in 1..path.len() {
            let module = path[..end].to_vec();
            let child = path[..=end].to_vec();
            if self.modules.contains(&child) {
                continue;
            }
            let name = &path[end];
            let targets = self.lookup(&module, name, LONGEST_CHAIN);
            return targets
                .iter()
                .map(|target| [target.as_slice(), &path[end + 1..]].concat())
                .collect();
        }
        self.facade(path)
    }

    /// All that a module of re-exports stands for: one written out in `lib.rs`.
    fn facade(&self, path: &Names) -> Vec<Names> {
        if path.len() < 2 || self.files.contains(&path[..2]) {
            return Vec::new();
        }
        let inside = self
            .imports
            .iter()
            .filter(|((module, _), _)| module == path);
        let targets = inside.flat_map(|(_, targets)| targets);
        targets
            .flat_map(|target| self.resolve(path, target))
            .collect()
    }

    /// The module in which an exported macro is written.
    pub(crate) fn macro_home(&self, name: &str) -> Option<&Names> {
        self.macros.get(name)
    }
}
