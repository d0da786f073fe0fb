//! The form that facts had before there was a release: how many numbers follow, these numbers, then texts: each its
//! length and one, 0 for none. Databases that hold it are read as ever.

use super::{NUMBERS, Numbers};
use crate::store::StoreError;
use crate::store::parcel::numbers::{read, text_of};

/// How many numbers there are, which is what facts of this form begin with.
pub(super) const BEGIN: u8 = 28;

/// Takes a text off the front of `rest`.
pub(super) fn text<'a>(rest: &mut &'a [u8]) -> Result<Option<&'a str>, StoreError> {
    read(rest)?.checked_sub(1).map(|length| text_of(rest, length)).transpose()
}

/// Where the numbers of this form stand today. How many attempts there were was told by the text of them alone.
const TODAY: [usize; BEGIN as usize] =
    [0, 1, 2, 18, 13, 22, 3, 4, 5, 23, 6, 7, 8, 21, 9, 10, 24, 25, 16, 11, 12, 15, 19, 14, 20, 26, 27, 28];

/// Takes the numbers off the front of `rest`.
pub(super) fn numbers(rest: &mut &[u8]) -> Result<Numbers, StoreError> {
    let mut numbers = [0; NUMBERS];
    for place in TODAY {
        numbers[place] = read(rest)?;
    }
    Ok(Numbers(numbers))
}

#[cfg(test)]
mod tests {
    use zephyr_core::usage::{Ended, Operation, PriceSource, Source, Tier, Tokens, UsageRecord, UsageState};

    use super::super::{about, unpack};

    /// A request whose first endpoint failed, as a zephyrd of those days kept it.
    const KEPT: &[u8] = b"\x1c\x84\xa4\xa9\x13\x02\x02\x00\x01\x00\xc8\x01\xc9\x01\x01\x00f\xaf\x0e\x02\x00\x01\
        \xe0\xbf\x84\x02\x00\x00\x80\x80\xe5\x08\x0c*\x00\x00\x80\x10\x00\x00\x00\x00\x05POST\r/v1/messages\nanthropic\
        \x00\x00\x10claude-opus-4-5\n127.0.0.1\x00\tend_turn\x00\
        \xdc\x01[{\"endpoint\":\"a\",\"status\":500,\"class\":\"server-error\",\"detail\":\"HTTP 500: api_error: scripted 500\",\"billed\":true},\
        {\"endpoint\":\"b\",\"ms\":2,\"status\":200,\"class\":\"ok\",\"billed\":true,\"tokens\":[12,42,0,0,2048],\"nanos\":2134000}]";

    #[test]
    fn every_number_has_its_place() {
        let mut packed = vec![28, 2, 3, 5, 1, 1, 1, 6, 8, 2, 1, 9, 10, 1, 1, 2, 22, 24, 26, 28];
        packed.extend(15..=23);
        packed.extend([0; 11]);
        let mut record = UsageRecord::default();
        unpack(&packed, &mut record).unwrap();
        record.attempts.clear();
        let numbers = UsageRecord {
            day: 1,
            duration_ms: 3,
            ttft_ms: Some(4),
            operation: Operation::CountTokens,
            stream: true,
            mismatch: true,
            status: 6,
            upstream_status: Some(7),
            ended: Ended::Cut,
            source: Source::Shared,
            bytes_in: 9,
            bytes_out: 10,
            usage: UsageState::Partial,
            tier: Tier::Batch,
            price_source: PriceSource::Config,
            cost_nanos: 11,
            lost_nanos: 12,
            saved_nanos: 13,
            cache_saved_nanos: 14,
            tokens: Tokens {
                input: 15,
                output: 16,
                cache_write_5m: 17,
                cache_write_1h: 18,
                cache_read: 19,
                reasoning: 20,
                web_searches: 21,
                web_fetches: 22,
                code_runs: 23,
            },
            ..UsageRecord::default()
        };
        assert_eq!(record, numbers);
    }

    #[test]
    fn what_an_earlier_zephyrd_kept_is_read() {
        let mut record = UsageRecord { endpoint: Some("b".to_owned()), ..UsageRecord::default() };
        unpack(KEPT, &mut record).unwrap();
        let attempts = std::mem::take(&mut record.attempts);
        let some = |text: &str| Some(text.to_owned());
        let kept = UsageRecord {
            day: 20_261_122,
            duration_ms: 2,
            ttft_ms: Some(1),
            method: "POST".to_owned(),
            path: "/v1/messages".to_owned(),
            dialect: "anthropic".to_owned(),
            stream: true,
            answered_model: some("claude-opus-4-5"),
            endpoint: some("b"),
            provider: some("127.0.0.1"),
            status: 200,
            upstream_status: Some(200),
            ended: Ended::Complete,
            stop: some("end_turn"),
            source: Source::Endpoint,
            bytes_in: 102,
            bytes_out: 1_839,
            tokens: Tokens { input: 12, output: 42, cache_read: 2_048, ..Tokens::default() },
            usage: UsageState::Final,
            cost_nanos: 2_134_000,
            cache_saved_nanos: 9_216_000,
            price_source: PriceSource::Builtin,
            ..UsageRecord::default()
        };
        assert_eq!(record, kept);
        let told: Vec<_> = attempts.iter().map(|a| (a.endpoint.as_str(), a.status, a.cost_nanos)).collect();
        assert_eq!(told, [("a", Some(500), 0), ("b", Some(200), 2_134_000)]);
        assert_eq!(about(KEPT).unwrap().counts.went, record.went());
    }
}
