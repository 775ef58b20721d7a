//! What people type who know other tools: templates of CI services and task runners. Each is pointed to what it is here.

/// What to write instead, where a text that should be an expression is none.
pub(super) fn in_expression(text: &str) -> Option<String> {
    let bare = without_strings(text);
    let word = |wanted: &str| bare.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == wanted);
    let hint = if bare.contains("${") {
        "a condition is an expression: write `params.x`, not `${params.x}`"
    } else if bare.contains("{{") {
        "an expression stands alone, without braces: `when: params.x == \"y\"`"
    } else if bare.contains("$(") {
        "an expression runs no shell: a step before it can `register` what a command says, and this asks for its `stdout`"
    } else if bare.contains('$') {
        "names have no `$` here: `params.x`, `env.X`, `vars.x`"
    } else if word("and") || word("or") || word("not") {
        "write `&&` for and, `||` for or, `!` for not"
    } else if bare.contains("=~") {
        "`params.x.contains(\"y\")` and `starts_with` look into text"
    } else {
        return None;
    };
    Some(hint.to_owned())
}

/// The text without what stands in double quotes.
fn without_strings(text: &str) -> String {
    text.split('"').step_by(2).collect::<Vec<_>>().join("\"\"")
}

/// A place in the text of a command where it is written in another tool's way: its offset and length, words and a hint.
pub(super) struct Foreign {
    pub(super) offset: usize,
    pub(super) len: usize,
    pub(super) message: String,
    pub(super) hint: String,
}

/// `{{ name }}`, `{{.name}}`, `$(params.name)` and `$params.name` of a parameter of the task: a shell makes something else of
/// the last two, and nothing of the others.
pub(super) fn in_command<'a>(text: &str, mut params: impl Iterator<Item = &'a str>) -> Option<Foreign> {
    params.find_map(|name| {
        let hint = format!("a value is written `${{params.{name}}}`");
        let braces = ["{{NAME}}", "{{ NAME }}", "{{.NAME}}", "{{ .NAME }}", "{{params.NAME}}", "{{ params.NAME }}"];
        let found = braces.into_iter().find_map(|form| at(text, &form.replace("NAME", name)));
        if let Some((offset, len)) = found {
            let message = format!("`{}` is no value here", &text[offset..offset + len]);
            let hint = format!("{hint}; where the braces are meant, quote one of them: '{{'{{{name}}}}}");
            return Some(Foreign { offset, len, message, hint });
        }
        let found = at(text, &format!("$(params.{name})")).map(|found| (found, "a command of that name would run"));
        let bare = || {
            let (offset, len) = at(text, &format!("$params.{name}"))?;
            let ends = !text[offset + len..].starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-'));
            (ends && !text.contains("params=")).then_some(((offset, len), "the shell reads a variable `params`"))
        };
        let ((offset, len), what) = found.or_else(bare)?;
        let message = format!("`{}` is no value here: {what}", &text[offset..offset + len]);
        Some(Foreign { offset, len, message, hint })
    })
}

/// Where a form stands in a text, outside comments and not after a backslash.
fn at(text: &str, form: &str) -> Option<(usize, usize)> {
    let is_text = |offset: &usize| {
        let line = text[..*offset].rsplit('\n').next().unwrap_or_default();
        !line.trim_start().starts_with('#') && !line.ends_with('\\')
    };
    text.match_indices(form).map(|(offset, _)| offset).find(is_text).map(|offset| (offset, form.len()))
}
