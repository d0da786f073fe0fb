//! The built-in table, read once.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use super::rates::{Level, Price, Rates};
use crate::usage::Tier;
use crate::usage::money::{NANOS, parse};

/// Prices in dollars per million tokens; the head of the file says where they come from.
const TEXT: &str = include_str!("prices.csv");

/// Ten dollars for a thousand searches, where nothing else is known: what both large vendors ask.
pub(super) const DEFAULT_WEB_SEARCH: i64 = 10 * NANOS;

/// The price of a model that nobody knows, on the side of too much: that of Claude Opus 4 and 4.1, the dearest
/// models that agents were in wide use with.
const DEFAULT: Rates = Rates {
    input: 15 * NANOS,
    output: 75 * NANOS,
    cache_write_5m: 18_750_000_000,
    cache_write_1h: 30 * NANOS,
    cache_read: 1_500_000_000,
    reasoning: 75 * NANOS,
};

type Table = HashMap<&'static str, Arc<Price>>;

static TABLE: LazyLock<Table> = LazyLock::new(|| read(TEXT));
static UNKNOWN: LazyLock<Arc<Price>> = LazyLock::new(|| Arc::new(Price::flat(DEFAULT, DEFAULT_WEB_SEARCH)));

/// The price of the model with exactly this name.
pub(super) fn find(name: &str) -> Option<&'static Arc<Price>> {
    TABLE.get(name)
}

/// See [`DEFAULT`].
pub(super) fn default_price() -> Arc<Price> {
    Arc::clone(&UNKNOWN)
}

/// One line of the table.
struct Row<'t> {
    model: &'t str,
    above: u64,
    tier: Tier,
    rates: Rates,
    web_search: Option<i64>,
}

/// Every model; lines that are none are left out, and a test says that there are none.
fn read(text: &'static str) -> Table {
    let mut models: HashMap<&'static str, Vec<Row<'static>>> = HashMap::new();
    for row in lines(text).filter_map(row) {
        models.entry(row.model).or_default().push(row);
    }
    models.into_iter().filter_map(|(name, rows)| Some((name, Arc::new(price(&rows)?)))).collect()
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).skip(1)
}

fn row(line: &str) -> Option<Row<'_>> {
    let fields: Vec<&str> = line.split(',').collect();
    let &[model, tier, above, input, output, write_5m, write_1h, read, reasoning, search] = fields.as_slice()
    else {
        return None;
    };
    let output = parse(output)?;
    let rates = Rates {
        input: parse(input)?,
        output,
        cache_write_5m: parse(write_5m)?,
        cache_write_1h: parse(write_1h)?,
        cache_read: parse(read)?,
        reasoning: if reasoning.is_empty() { output } else { parse(reasoning)? },
    };
    let web_search = if search.is_empty() { None } else { Some(parse(search)?) };
    let tier = Tier::ALL.into_iter().find(|t| t.name() == tier)?;
    Some(Row { model, above: above.parse().ok()?, tier, rates, web_search })
}

fn price(rows: &[Row<'_>]) -> Option<Price> {
    let mut levels: Vec<Level> = rows
        .iter()
        .filter(|row| row.tier == Tier::Standard)
        .map(|row| {
            let same = rows.iter().filter(|r| r.above == row.above && r.tier != Tier::Standard);
            Level { above: row.above, standard: row.rates, tiers: same.map(|r| (r.tier, r.rates)).collect() }
        })
        .collect();
    levels.sort_by_key(|level| level.above);
    let mut levels = levels.into_iter();
    let base = levels.next()?;
    let search = rows.iter().find_map(|row| row.web_search).unwrap_or(DEFAULT_WEB_SEARCH);
    Some(Price::of_levels(base, levels.collect(), search))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Every model and its price.
    pub(in super::super) fn all() -> impl Iterator<Item = (&'static str, &'static Arc<Price>)> {
        TABLE.iter().map(|(name, price)| (*name, price))
    }

    #[test]
    fn every_line_is_read_and_no_two_say_the_same_thing() {
        let mut seen = std::collections::BTreeSet::new();
        for line in lines(TEXT) {
            let row = row(line).unwrap_or_else(|| panic!("{line}"));
            assert!(seen.insert((row.model, row.above, row.tier.name())), "twice: {line}");
        }
        assert!(seen.len() > 100, "{}", seen.len());
        for (model, _, _) in &seen {
            assert!(seen.contains(&(*model, 0, "standard")), "{model} has no ordinary price");
        }
    }

    #[test]
    fn longer_answers_are_never_cheaper_and_no_cache_is_dearer_than_twice_its_input() {
        for (name, price) in all() {
            let levels: Vec<_> = price.levels().collect();
            assert!(levels.is_sorted_by_key(|level| level.above), "{name}");
            for pair in levels.windows(2) {
                let (a, b) = (&pair[0].standard, &pair[1].standard);
                assert!(a.input <= b.input && a.output <= b.output && a.cache_read <= b.cache_read, "{name}");
            }
            for rates in
                levels.iter().flat_map(|l| std::iter::once(&l.standard).chain(l.tiers.iter().map(|(_, r)| r)))
            {
                assert!(
                    rates.cache_read <= rates.input && rates.cache_write_1h >= rates.cache_write_5m,
                    "{name}"
                );
                assert!(rates.cache_write_1h <= rates.input * 5 / 2, "{name}: {rates:?}");
                assert!(rates.input <= rates.output && rates.output <= rates.reasoning, "{name}: {rates:?}");
            }
        }
    }
}
