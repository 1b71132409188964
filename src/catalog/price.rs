//! What a model costs: decimals of USD, kept as whole micro-dollars, never as floats.

use serde::{Deserialize, Deserializer, de};
use std::{collections::BTreeMap, fmt};

/// The place whose prices hold wherever no others are listed: the id without a geography.
const BASE: &str = "base";

/// Decimal places of a price.
const PLACES: usize = 6;

/// Digits before the point that a price may have; with [`PLACES`] they are few enough that a YAML reader, which
/// goes through binary numbers, still gives the very decimal that was written.
const WHOLE_DIGITS: usize = 6;

/// A price in micro-dollars per million tokens, which is also USD per million million.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Price(u64);

/// Not a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a price: USD per million tokens, from 0 to 999999, with at most six decimal places")]
pub struct NoPrice;

/// Which of Bedrock's service tiers serves a call (`serviceTier` of the Converse API, and batch inference).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tier {
    /// The usual one.
    #[default]
    Standard,
    /// Cheaper, and slower when there is much to do.
    Flex,
    /// Dearer, and served first.
    Priority,
    /// Batch inference.
    Batch,
}

/// The prices of a model by geography or region; `base` stands for all that are not listed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "BTreeMap<String, Listed>")]
pub struct Prices(BTreeMap<String, Listed>);

/// What is listed for one place, each in USD per million tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Listed {
    input: Option<Price>,
    output: Option<Price>,
    cache_read: Option<Price>,
    cache_write: Option<Price>,
    cache_write_1h: Option<Price>,
    input_flex: Option<Price>,
    output_flex: Option<Price>,
    input_priority: Option<Price>,
    output_priority: Option<Price>,
    input_batch: Option<Price>,
    output_batch: Option<Price>,
}

/// What a call costs in one place and tier.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rates {
    /// Input that was neither read from nor written to the cache.
    pub input: Price,
    /// Output, reasoning included.
    pub output: Price,
    /// Input read from the cache.
    pub cache_read: Price,
    /// Input written to the cache for five minutes.
    pub cache_write: Price,
    /// Input written to the cache for an hour.
    pub cache_write_1h: Price,
}

// === impl Price ===

impl Price {
    /// Reads USD per million tokens: `0.0825` is 82,500 micro-dollars.
    ///
    /// # Errors
    /// When it is not a decimal of that size.
    pub fn parse(usd: &str) -> Result<Self, NoPrice> {
        let (whole, fraction) = usd.split_once('.').unwrap_or((usd, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || whole.len() > WHOLE_DIGITS || fraction.len() > PLACES {
            return Err(NoPrice);
        }
        format!("{whole}{fraction:0<PLACES$}").parse().map(Self).map_err(|_| NoPrice)
    }

    /// Micro-dollars per million tokens.
    pub fn micro_dollars(self) -> u64 {
        self.0
    }

    /// This price, and in proportion more where `tier` is above `standard`; rounded up.
    fn raised(self, standard: Self, tier: Self) -> Self {
        if tier <= standard || standard.0 == 0 {
            return self;
        }
        let raised = (u128::from(self.0) * u128::from(tier.0)).div_ceil(u128::from(standard.0));
        Self(u64::try_from(raised).unwrap_or(u64::MAX))
    }
}

/// As it is written: `0.0825`.
impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl<'de> Deserialize<'de> for Price {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Decimal;
        impl de::Visitor<'_> for Decimal {
            type Value = Price;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("USD per million tokens")
            }

            fn visit_u64<E: de::Error>(self, usd: u64) -> Result<Price, E> {
                self.visit_str(&usd.to_string())
            }

            fn visit_f64<E: de::Error>(self, usd: f64) -> Result<Price, E> {
                self.visit_str(&usd.to_string())
            }

            fn visit_str<E: de::Error>(self, usd: &str) -> Result<Price, E> {
                Price::parse(usd).map_err(|error| E::custom(format_args!("`{usd}` {error}")))
            }
        }
        deserializer.deserialize_any(Decimal)
    }
}

// === impl Prices ===

impl Prices {
    /// What a call costs: under the geography of the inference profile that is called (`eu`), or in the region of the
    /// gateway when a base id is. A place that is not listed costs what `base` says, and without that as much as the
    /// dearest that is listed. `None` when nothing is listed.
    ///
    /// What a tier has no price for costs as much as in the standard tier; a price of cached tokens, which none has
    /// listed by tier, is raised as the tier's input is. Without a price of their own, cached tokens cost what input
    /// costs, and those written for an hour what those written for five minutes cost.
    pub fn rates(&self, place: Option<&str>, tier: Tier) -> Option<Rates> {
        let dearest = || self.0.values().max_by_key(|listed| (listed.output, listed.input));
        let there = place.and_then(|place| self.0.get(place));
        there.or_else(|| self.0.get(BASE)).or_else(dearest)?.rates(tier)
    }
}

impl From<BTreeMap<String, Listed>> for Prices {
    /// A key of the data may name several places, with spaces between them.
    fn from(listed: BTreeMap<String, Listed>) -> Self {
        let places = listed.iter().flat_map(|(places, prices)| {
            places.split_ascii_whitespace().map(|place| (place.to_owned(), *prices))
        });
        Self(places.collect())
    }
}

// === impl Listed ===

impl Listed {
    fn rates(&self, tier: Tier) -> Option<Rates> {
        let (standard, output) = (self.input?, self.output?);
        let (of_input, of_output) = match tier {
            Tier::Standard => (None, None),
            Tier::Flex => (self.input_flex, self.output_flex),
            Tier::Priority => (self.input_priority, self.output_priority),
            Tier::Batch => (self.input_batch, self.output_batch),
        };
        let input = of_input.unwrap_or(standard);
        let cached = |price: Option<Price>| price.unwrap_or(standard).raised(standard, input);
        Some(Rates {
            input,
            output: of_output.unwrap_or(output),
            cache_read: cached(self.cache_read),
            cache_write: cached(self.cache_write),
            cache_write_1h: cached(self.cache_write_1h.or(self.cache_write)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn price(usd: &str) -> Price {
        Price::parse(usd).unwrap()
    }

    #[test]
    fn a_price_is_the_decimal_that_was_written() {
        for (usd, micro_dollars) in
            [("0", 0), ("3", 3_000_000), ("0.0825", 82_500), ("137.5", 137_500_000), ("0.000001", 1)]
        {
            assert_eq!(price(usd).micro_dollars(), micro_dollars, "{usd}");
            assert_eq!(price(usd).to_string(), usd);
        }
        for usd in ["", ".5", "5.", "-1", "+1", "1e3", "0.0000001", "1000000", "1.0.0", "1,5", "NaN", "٣"] {
            assert_eq!(Price::parse(usd), Err(NoPrice), "{usd}");
        }
    }

    proptest! {
        #[test]
        fn yaml_gives_the_very_decimal(micro_dollars in 0_u64..1_000_000_000_000) {
            let written = Price(micro_dollars);
            prop_assert_eq!(price(&written.to_string()), written);
            prop_assert_eq!(serde_yaml::from_str::<Price>(&written.to_string()).unwrap(), written);
        }
    }

    #[test]
    fn each_place_and_tier_has_its_price() {
        let prices: Prices = serde_yaml::from_str(
            "{ base: { input: 3, output: 15, cache_read: 0.3, cache_write: 3.75, input_flex: 1.5, output_flex: 7.5 },
               eu jp: { input: 3.3, output: 16.5, cache_write_1h: 6.6, input_priority: 6.6, output_priority: 33 } }",
        )
        .unwrap();
        let rates = |place, tier| prices.rates(place, tier).unwrap();
        let standard = rates(None, Tier::Standard);
        assert_eq!((standard.input, standard.output), (price("3"), price("15")));
        assert_eq!((standard.cache_read, standard.cache_write_1h), (price("0.3"), price("3.75")));
        assert_eq!(rates(Some("us"), Tier::Standard), standard);
        let flex = rates(None, Tier::Flex);
        assert_eq!((flex.input, flex.output, flex.cache_read), (price("1.5"), price("7.5"), price("0.3")));
        let priority = rates(Some("jp"), Tier::Priority);
        assert_eq!((priority.input, priority.output), (price("6.6"), price("33")));
        assert_eq!((priority.cache_read, priority.cache_write_1h), (price("6.6"), price("13.2")));
        assert_eq!(rates(Some("eu"), Tier::Batch), rates(Some("eu"), Tier::Standard));
    }

    #[test]
    fn without_a_base_price_the_dearest_counts() {
        let prices: Prices =
            serde_yaml::from_str("{ us: { input: 2, output: 6 }, global: { input: 1, output: 3 } }").unwrap();
        assert_eq!(prices.rates(Some("eu"), Tier::Standard).unwrap().output, price("6"));
        assert_eq!(Prices::default().rates(None, Tier::Standard), None);
    }

    #[test]
    fn what_is_no_price_is_refused() {
        for wrong in
            ["{ base: { inptu: 1 } }", "{ base: { input: -1 } }", "{ base: { input: 1e-9 } }", "{ input: 1 }"]
        {
            assert!(serde_yaml::from_str::<Prices>(wrong).is_err(), "{wrong}");
        }
    }
}
