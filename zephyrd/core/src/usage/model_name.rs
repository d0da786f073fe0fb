//! The names of models as requests and answers write them: with vendor, region, date, variant, in any case.

/// Longer names are of no model.
const LONGEST: usize = 256;

/// Path segments before a name that do not change what the model costs: vendors, and clouds and brokers that
/// pass on the vendor's price. Other hosts have prices of their own.
const PLACES: &[&str] = &[
    "alibaba",
    "anthropic",
    "bedrock",
    "bigmodel",
    "dashscope",
    "deepseek",
    "models",
    "moonshot",
    "moonshotai",
    "openai",
    "openrouter",
    "qwen",
    "vertex_ai",
    "z-ai",
    "zai",
    "zhipu",
    "zhipuai",
];
/// Behind a colon, without a price of their own.
const VARIANTS: &[&str] = &["beta", "extended", "thinking"];
/// How hard a model should think: brokers take it as part of the name.
const EFFORTS: &[&str] = &["-none", "-minimal", "-low", "-medium", "-high", "-xhigh"];
/// Regions that Bedrock puts before `anthropic.`
const REGIONS: &[&str] = &["apac", "au", "ca", "eu", "global", "jp", "us", "us-gov"];

/// The first candidates of a name that is written as vendors write it, without a copy of it.
pub(super) fn plain(name: &str) -> [&str; 2] {
    [name, without_date(name)]
}

/// The names under which a model may be known, the most exact first; all lower case, at most six.
pub(super) fn candidates(name: &str) -> Vec<String> {
    if name.len() > LONGEST {
        return Vec::new();
    }
    let name = name.trim().to_ascii_lowercase();
    let mut out = vec![name.clone()];
    let mut add = |form: String| {
        if !form.is_empty() && !out.contains(&form) {
            out.push(form);
        }
    };
    let (place, rest) = name.rsplit_once('/').unwrap_or(("", &name));
    if !place.is_empty() && !place.split('/').all(|segment| PLACES.contains(&segment)) {
        return out;
    }
    let Some(plain) = without_marks(rest, |variant| VARIANTS.contains(&variant)) else { return out };
    add(plain.clone());
    let undated = without_date(&plain).to_owned();
    add(undated.clone());
    let current = without_zero(undated.strip_suffix("-latest").unwrap_or(&undated)).to_owned();
    add(name_first(&current));
    add(current);
    out
}

/// `claude-4-5-sonnet`, as some brokers write it, is `claude-sonnet-4-5`.
fn name_first(name: &str) -> String {
    let Some(rest) = name.strip_prefix("claude-") else { return name.to_owned() };
    let number = |part: &&str| part.bytes().all(|b| b.is_ascii_digit());
    let (numbers, words): (Vec<&str>, Vec<&str>) = rest.split('-').partition(number);
    let mut parts = vec!["claude"];
    parts.extend(words);
    parts.extend(numbers);
    parts.join("-")
}

/// One name for all the ways to write a model; empty for what is none. Only to compare, never to look up.
pub(super) fn essence(name: &str) -> String {
    let name = name.trim().to_ascii_lowercase();
    let rest = name.rsplit_once('/').map_or(name.as_str(), |(_, rest)| rest);
    // A fine-tuned model begins with `ft:` and is compared as a whole.
    let plain = if rest.starts_with("ft:") { None } else { without_marks(rest, |_| true) };
    let mut out = plain.unwrap_or_else(|| rest.to_owned()).replace(['.', '_'], "-");
    loop {
        let mut next = without_date(&out);
        for suffix in ["-latest", "-preview", "-exp"].iter().chain(EFFORTS) {
            next = next.strip_suffix(suffix).unwrap_or(next);
        }
        next = without_zero(without_snapshot(next));
        if next.len() == out.len() {
            return name_first(&out.replacen("gpt-35", "gpt-3-5", 1));
        }
        out = next.to_owned();
    }
}

/// Without `[1m]`, `@…`, `:…` and what Bedrock adds; `None` where a variant behind a colon is not `known`.
fn without_marks(name: &str, known: impl Fn(&str) -> bool) -> Option<String> {
    let name = match name.split_once('[') {
        Some((before, _)) if name.ends_with(']') => before,
        _ => name,
    };
    let (name, variant) = name.split_once(':').map_or((name, ""), |(name, variant)| (name, variant));
    let number =
        variant.split(':').all(|part| part.trim_end_matches('k').bytes().all(|b| b.is_ascii_digit()));
    if !number && !known(variant) {
        return None;
    }
    let (name, version) = name.split_once('@').map_or((name, ""), |(name, version)| (name, version));
    let name =
        name.split_once(".anthropic.").filter(|(r, _)| REGIONS.contains(r)).map_or(name, |(_, rest)| rest);
    let name = name.strip_prefix("anthropic.").unwrap_or(name);
    let mut out = name.to_owned();
    if name.starts_with("claude") {
        let bare =
            name.rsplit_once("-v").filter(|(_, n)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
        out = bare.map_or(name, |(bare, _)| bare).replace('.', "-");
        out.truncate(out.strip_suffix("-thinking").unwrap_or(&out).len());
    }
    // A version that is a date may have a price of its own.
    if version.len() == 8 && version.bytes().all(|b| b.is_ascii_digit()) {
        out = format!("{out}-{version}");
    }
    Some(out)
}

/// Without `-20250929` or `-2025-09-29`.
fn without_date(name: &str) -> &str {
    for length in [8, 10] {
        let Some((before, date)) =
            name.len().checked_sub(length + 1).and_then(|at| name.split_at_checked(at))
        else {
            continue;
        };
        let dashes = |i: usize| length == 10 && (i == 4 || i == 7);
        let fits = date
            .bytes()
            .skip(1)
            .enumerate()
            .all(|(i, b)| if dashes(i) { b == b'-' } else { b.is_ascii_digit() });
        if fits && date.starts_with("-20") && !before.is_empty() {
            return before;
        }
    }
    name
}

/// Without `-0905`, `-05-06` or `-001`: snapshots of one model.
fn without_snapshot(name: &str) -> &str {
    let number =
        |s: &str, lengths: &[usize]| lengths.contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
    match name.rsplit_once('-') {
        Some((before, last)) if number(last, &[3, 4]) => before,
        Some((before, last)) if number(last, &[2]) && last != "00" => match before.rsplit_once('-') {
            Some((first, month)) if number(month, &[2]) => first,
            _ => name,
        },
        _ => name,
    }
}

/// `claude-opus-4-0` is `claude-opus-4`.
fn without_zero(name: &str) -> &str {
    if name.starts_with("claude") { name.strip_suffix("-0").unwrap_or(name) } else { name }
}
