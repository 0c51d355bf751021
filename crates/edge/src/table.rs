//! Which binding a request means: by path, then by method.

use http::Method;

use crate::binding::Binding;
use crate::template::{Capture, Path, Strictness};

/// All bindings, in the order in which they are tried.
#[derive(Debug)]
pub(crate) struct Table {
    bindings: Vec<Binding>,
}

/// What a look-up finds.
#[derive(Debug)]
pub(crate) enum Found<'t, 'p> {
    /// The binding, and what its variables hold.
    Binding(&'t Binding, Vec<Capture<'t, 'p>>),
    /// The path exists with these methods only.
    OtherMethods(Vec<Method>),
    /// No binding has this path.
    Nothing,
}

impl Table {
    pub(crate) fn new(bindings: Vec<Binding>) -> Self {
        Self { bindings }
    }

    pub(crate) fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    /// Looks a request up. HEAD means GET. A `:word` that is nobody's verb is part of the last segment.
    pub(crate) fn find<'t, 'p>(&'t self, method: &Method, path: &'p str) -> Found<'t, 'p> {
        let Some(path) = Path::new(path) else {
            return Found::Nothing;
        };
        let method = if method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        for strictness in [Strictness::Verb, Strictness::Lenient] {
            let mut with_method = self
                .bindings
                .iter()
                .filter(|binding| binding.method == method);
            let found = with_method.find_map(|it| {
                it.template
                    .matches(&path, strictness)
                    .map(|captures| (it, captures))
            });
            if let Some((binding, captures)) = found {
                return Found::Binding(binding, captures);
            }
        }
        match self.methods(&path) {
            methods if methods.is_empty() => Found::Nothing,
            methods => Found::OtherMethods(methods),
        }
    }

    /// The methods with which a path exists, HEAD where GET does.
    fn methods(&self, path: &Path<'_>) -> Vec<Method> {
        let mut methods: Vec<Method> = Vec::new();
        for binding in &self.bindings {
            let meets = binding.template.matches(path, Strictness::Verb).is_some();
            if meets && !methods.contains(&binding.method) {
                methods.push(binding.method.clone());
            }
        }
        if methods.contains(&Method::GET) {
            methods.push(Method::HEAD);
        }
        if !methods.is_empty() {
            methods.push(Method::OPTIONS);
        }
        methods.sort_by_key(ToString::to_string);
        methods
    }
}
