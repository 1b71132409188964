//! The keys of the model catalog. Those of the traits come from the catalog's own table.

use std::sync::LazyLock;

use super::Effect::{Runtime, Within};
use super::{Key, row};
use crate::catalog::{Effort, Holds, Trait, Traits};
use crate::config::kind::Kind::{self, Level, OneOf, Price, Section, Switch, Text, Texts, Whole};

/// What can be said of the prices of a place.
const PRICES: [(&str, &str); 11] = [
    ("input", "USD per million tokens of input."),
    ("output", "The same of output."),
    ("cache_read", "The same of input that was read from the cache; as much as input when left out."),
    ("cache_write", "The same of input that was written to the cache; as much as input when left out."),
    (
        "cache_write_1h",
        "The same of input that was written for an hour; as much as `cache_write` when left out.",
    ),
    ("input_flex", "Input in the tier `flex`; as much as in the standard tier when left out, as below."),
    ("output_flex", "Output in the tier `flex`."),
    ("input_priority", "Input in the tier `priority`."),
    ("output_priority", "Output in the tier `priority`."),
    ("input_batch", "Input of batch inference."),
    ("output_batch", "Output of batch inference."),
];

/// One row per key: skipping rustfmt keeps them so.
#[rustfmt::skip]
const FIXED: [Key; 6] = [
    row("catalog.resolve_profiles", Switch, "true", Runtime, "Ask Bedrock which model an application inference profile stands for (`bedrock:GetInferenceProfile`), once, when it is first used. A profile that `catalog.models` names is not asked for."),
    row("catalog.models", Section, "", Runtime, "Changes and additions to the built-in model catalog (docs/catalog.md), by base id, inference profile id or ARN."),
    row("catalog.models.*.family", Text, "", Within, "The family that the model builds on."),
    row("catalog.models.*.model", Text, "", Within, "The known model that this is another name for: what an opaque ARN stands for."),
    row("catalog.models.*.profiles", Texts, "", Within, "The geographies of its inference profiles."),
    row("catalog.models.*.on_demand", Switch, "", Within, "Whether the base id alone can be called."),
];

/// Every row. Paths are made once, and live as long as the program.
pub(super) static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
    let prices = ["prices", "prices.*"].into_iter().flat_map(|place| {
        PRICES.into_iter().map(move |(name, about)| below(&format!("{place}.{name}"), Price, about))
    });
    let traits = Traits::TABLE.iter().flat_map(|row| match row.holds {
        Holds::Levels => levels(row),
        Holds::Switch => vec![one(row, Switch)],
        Holds::Whole => vec![one(row, Whole(0, u32::MAX as u64))],
        Holds::Word(words) => vec![one(row, OneOf(words, &[]))],
    });
    FIXED.into_iter().chain(prices).chain(traits).collect()
});

fn one(row: &Trait, kind: Kind) -> Key {
    below(row.name, kind, row.about.trim_start())
}

fn levels(row: &Trait) -> Vec<Key> {
    let effort = |effort| below(&format!("{}.{effort}", row.name), Level, row.about.trim_start());
    Effort::NAMES.into_iter().map(effort).collect()
}

fn below(name: &str, kind: Kind, about: &'static str) -> Key {
    row(format!("catalog.models.*.{name}").leak(), kind, "", Within, about)
}
