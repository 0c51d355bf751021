//! Path templates of `google.api.http`: `/v1/orders/{order_id}:cancel`, `/v1/{name=shelves/*/books/**}`.
//!
//! The grammar is that of `google/api/http.proto`. A template is parsed once, at start; matching a path looks at its
//! raw, still percent-encoded segments, so that a `%2F` inside a sku never splits it.

use std::fmt;

/// One parsed template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    segments: Vec<Segment>,
    verb: Option<String>,
    variables: Vec<Variable>,
}

/// What one segment of a path must be. The order is that of specificity: a literal is tried first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(String),
    /// `*`: any one segment that is not empty.
    One,
    /// `**`: the rest of the path, at least one segment.
    Rest,
}

/// A part of the path that becomes a field of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Variable {
    /// `a.b`, in proto names.
    field: String,
    /// Index of its first segment.
    start: usize,
    /// How many segments of the template it spans.
    length: usize,
}

/// A variable's field path and what the path holds there, still percent-encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Capture<'t, 'p> {
    /// `a.b`, in proto names.
    pub(crate) field: &'t str,
    /// More than one when the variable may span several; a `%2F` in such a one is kept as it is.
    pub(crate) segments: Vec<&'p str>,
    /// Whether the variable may span several segments.
    pub(crate) multiple: bool,
}

/// A path cut at its slashes, and its verb.
#[derive(Debug, Clone)]
pub(crate) struct Path<'p> {
    segments: Vec<&'p str>,
    /// What follows the last `:` of the last segment.
    verb: Option<&'p str>,
    /// The last segment without its verb.
    last: &'p str,
}

/// How exactly a path must meet a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// A `:word` at the end is a verb and nothing else.
    Verb,
    /// A `:word` at the end that is nobody's verb belongs to the segment.
    Lenient,
}

impl<'p> Path<'p> {
    /// Cuts the path of a URI. `None` when it does not begin with a slash.
    pub(crate) fn new(path: &'p str) -> Option<Self> {
        let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        let whole = segments.last().copied().unwrap_or_default();
        let (last, verb) = match whole.rsplit_once(':') {
            Some((before, after)) => (before, Some(after)),
            None => (whole, None),
        };
        Some(Self {
            segments,
            verb,
            last,
        })
    }
}

impl Template {
    /// Parses a template, or says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = |what: &str| format!("path template {text:?}: {what}");
        let rest = text
            .strip_prefix('/')
            .ok_or_else(|| wrong("does not begin with /"))?;
        let (rest, verb) = split_verb(rest);
        let mut template = Self {
            segments: Vec::new(),
            verb: verb.map(str::to_owned),
            variables: Vec::new(),
        };
        for part in split_outside_braces(rest) {
            match part.strip_prefix('{') {
                Some(inner) => {
                    let inner = inner
                        .strip_suffix('}')
                        .ok_or_else(|| wrong("a brace is not closed"))?;
                    template.variable(inner).map_err(|what| wrong(&what))?;
                }
                None => template
                    .segments
                    .push(Segment::parse(part).map_err(|what| wrong(&what))?),
            }
        }
        let rest_before_end = template
            .segments
            .iter()
            .rev()
            .skip(1)
            .any(|segment| *segment == Segment::Rest);
        if rest_before_end {
            return Err(wrong("** may only be the last segment"));
        }
        Ok(template)
    }

    fn variable(&mut self, inner: &str) -> Result<(), String> {
        let (field, pattern) = inner.split_once('=').unwrap_or((inner, "*"));
        let is_path = !field.is_empty() && field.split('.').all(|name| !name.is_empty());
        if !is_path
            || self
                .variables
                .iter()
                .any(|variable| variable.field == field)
        {
            return Err(format!("{field:?} is not a field path that occurs once"));
        }
        let start = self.segments.len();
        for part in pattern.split('/') {
            self.segments.push(Segment::parse(part)?);
        }
        self.variables.push(Variable {
            field: field.to_owned(),
            start,
            length: self.segments.len().saturating_sub(start),
        });
        Ok(())
    }

    /// The field paths of the variables.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        self.variables
            .iter()
            .map(|variable| variable.field.as_str())
    }

    /// What the variables hold when the path meets the template.
    pub(crate) fn matches<'t, 'p>(
        &'t self,
        path: &Path<'p>,
        strictness: Strictness,
    ) -> Option<Vec<Capture<'t, 'p>>> {
        let open_ended = self.segments.last() == Some(&Segment::Rest);
        let fits = match open_ended {
            true => path.segments.len() >= self.segments.len(),
            false => path.segments.len() == self.segments.len(),
        };
        if !fits {
            return None;
        }
        let cut_verb = match (&self.verb, path.verb) {
            (Some(mine), Some(verb)) if mine == verb => true,
            (Some(_), _) => return None,
            (None, Some(_)) if strictness == Strictness::Verb => return None,
            (None, _) => false,
        };
        let count = path.segments.len();
        let segment = |index: usize| -> Option<&'p str> {
            let is_last = index.saturating_add(1) == count;
            if is_last && cut_verb {
                Some(path.last)
            } else {
                path.segments.get(index).copied()
            }
        };
        for (index, wanted) in self.segments.iter().enumerate() {
            let found = segment(index)?;
            match wanted {
                Segment::Literal(text) if text != found => return None,
                Segment::One if found.is_empty() => return None,
                _ => {}
            }
        }
        Some(
            self.variables
                .iter()
                .map(|variable| self.capture(variable, count, segment))
                .collect(),
        )
    }

    fn capture<'t, 'p>(
        &'t self,
        variable: &'t Variable,
        count: usize,
        segment: impl Fn(usize) -> Option<&'p str>,
    ) -> Capture<'t, 'p> {
        let end = variable.start.saturating_add(variable.length);
        let spans_rest = end == self.segments.len() && self.segments.last() == Some(&Segment::Rest);
        let end = if spans_rest { count } else { end };
        Capture {
            field: &variable.field,
            segments: (variable.start..end).filter_map(segment).collect(),
            multiple: spans_rest || variable.length > 1,
        }
    }

    /// Equal for two templates that the same paths meet.
    pub(crate) fn shape(&self) -> String {
        let mut text = String::new();
        for segment in &self.segments {
            text.push('/');
            text.push_str(&segment.to_string());
        }
        if let Some(verb) = &self.verb {
            text.push(':');
            text.push_str(verb);
        }
        text
    }

    /// The path as OpenAPI writes it, with these names for the variables; what a variable's segments must be is not told there.
    pub(crate) fn openapi(&self, names: &[String]) -> String {
        let mut text = String::new();
        let mut index = 0_usize;
        while let Some(segment) = self.segments.get(index) {
            text.push('/');
            let variable = self
                .variables
                .iter()
                .zip(names)
                .find(|(variable, _)| variable.start == index);
            match variable {
                Some((variable, name)) => {
                    text.push_str(&format!("{{{name}}}"));
                    index = index.saturating_add(variable.length.max(1));
                }
                None => {
                    text.push_str(&segment.to_string());
                    index = index.saturating_add(1);
                }
            }
        }
        if let Some(verb) = &self.verb {
            text.push(':');
            text.push_str(verb);
        }
        text
    }

    /// The order in which templates are tried: with a verb first, then the more literal one.
    pub(crate) fn rank(&self) -> impl Ord + use<> {
        (self.verb.is_none(), self.segments.clone())
    }
}

impl Segment {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "*" => Ok(Self::One),
            "**" => Ok(Self::Rest),
            "" => Err("a segment is empty".to_owned()),
            _ if text.contains(['{', '}', '*', '=']) => Err(format!("{text:?} is not a segment")),
            _ => Ok(Self::Literal(text.to_owned())),
        }
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(text) => f.write_str(text),
            Self::One => f.write_str("*"),
            Self::Rest => f.write_str("**"),
        }
    }
}

/// Cuts off `:verb`; a colon inside braces is none.
fn split_verb(text: &str) -> (&str, Option<&str>) {
    let after_braces = text.rfind('}').map_or(0, |at| at.saturating_add(1));
    let tail = text.get(after_braces..).unwrap_or_default();
    match tail.rfind(':') {
        Some(at) => {
            let at = after_braces.saturating_add(at);
            let verb = text.get(at.saturating_add(1)..).unwrap_or_default();
            (text.get(..at).unwrap_or_default(), Some(verb))
        }
        None => (text, None),
    }
}

/// Splits at the slashes that stand outside braces.
fn split_outside_braces(text: &str) -> Vec<&str> {
    let mut inside = false;
    text.split(move |letter| {
        match letter {
            '{' => inside = true,
            '}' => inside = false,
            _ => {}
        }
        letter == '/' && !inside
    })
    .collect()
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
