//! What a call costs: its tokens at their rates.

use crate::{catalog::Rates, usage::Tokens};

/// Micro-dollars per million tokens, times tokens, is micro-dollars times this.
const PER_PRICE: u128 = 1_000_000;

/// The cost in micro-dollars. `written_for_an_hour` is the part of [`Tokens::cache_write`] that lives for an hour
/// (`cacheDetails` of the Converse API); more than was written at all counts as all of it.
///
/// The kinds are added exactly, and the sum is rounded up to a whole micro-dollar, once.
pub fn cost(tokens: Tokens, written_for_an_hour: u64, rates: &Rates) -> u64 {
    let for_an_hour = written_for_an_hour.min(tokens.cache_write);
    let exact: u128 = [
        (tokens.input, rates.input),
        (tokens.output, rates.output),
        (tokens.cache_read, rates.cache_read),
        (tokens.cache_write - for_an_hour, rates.cache_write),
        (for_an_hour, rates.cache_write_1h),
    ]
    .into_iter()
    .map(|(count, price)| u128::from(count) * u128::from(price.micro_dollars()))
    .fold(0, u128::saturating_add);
    u64::try_from(exact.div_ceil(PER_PRICE)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Price;

    fn rates() -> Rates {
        let price = |usd| Price::parse(usd).unwrap();
        Rates {
            input: price("3"),
            output: price("15"),
            cache_read: price("0.3"),
            cache_write: price("3.75"),
            cache_write_1h: price("6"),
        }
    }

    #[test]
    fn every_kind_has_its_rate() {
        let tokens = Tokens { input: 1000, output: 200, cache_read: 50_000, cache_write: 4000 };
        assert_eq!(cost(tokens, 0, &rates()), 3000 + 3000 + 15_000 + 15_000);
        assert_eq!(cost(tokens, 1000, &rates()), 3000 + 3000 + 15_000 + 11_250 + 6000);
        assert_eq!(cost(tokens, 9999, &rates()), 3000 + 3000 + 15_000 + 24_000);
    }

    #[test]
    fn the_sum_is_rounded_up_once() {
        let tokens = Tokens { cache_read: 1, cache_write: 1, ..Tokens::default() };
        assert_eq!(cost(tokens, 0, &rates()), 5, "0.3 and 3.75");
        assert_eq!(cost(Tokens { cache_read: 1, ..Tokens::default() }, 0, &rates()), 1);
        assert_eq!(cost(Tokens::default(), 0, &rates()), 0);
    }

    #[test]
    fn a_nonsensical_count_stays_at_the_end() {
        let most = Price::parse("999999.999999").unwrap();
        let rates =
            Rates { input: most, output: most, cache_read: most, cache_write: most, cache_write_1h: most };
        let tokens =
            Tokens { input: u64::MAX, output: u64::MAX, cache_read: u64::MAX, cache_write: u64::MAX };
        assert_eq!(cost(tokens, 0, &rates), u64::MAX);
    }
}
