//! Durations, sizes and shares are read as they are written.

use std::time::Duration;

use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
use skewwatch::config::quantity::{amount, bytes, duration, duration_text, share, whole};
use skewwatch::model::figure::limit_percent;

proptest! {
    #[test]
    fn a_duration_is_read_back_as_it_was_written(milliseconds in 0_u64..3_155_760_000_000) {
        let span = Duration::from_millis(milliseconds);
        prop_assert_eq!(duration(&duration_text(span)), Ok(span));
    }

    #[test]
    fn a_share_is_read_back_from_percent(part in 0.0_f64..=1.0) {
        prop_assert_eq!(share(&limit_percent(part)).map(|share| share.get()), Ok(part));
        prop_assert_eq!(share(&part.to_string()).map(|share| share.get()), Ok(part));
    }

    #[test]
    fn a_percentage_is_the_share_with_its_point_moved(hundredths in 0_u32..=10_000) {
        let percent = format!("{}.{:02}%", hundredths / 100, hundredths % 100);
        let plain = if hundredths == 10_000 { "1".to_owned() } else { format!("0.{hundredths:04}") };
        prop_assert_eq!(share(&percent), share(&plain));
    }

    #[test]
    fn no_text_makes_a_quantity_panic(text in any::<String>()) {
        if let Ok(span) = duration(&text) {
            prop_assert_eq!(duration(&duration_text(span)), Ok(span));
        }
        if let Ok(part) = share(&text) {
            prop_assert!((0.0..=1.0).contains(&part.get()));
        }
        if let Ok(number) = amount(&text) {
            prop_assert!(number >= 0.0 && number.is_finite());
        }
        let _ = bytes(&text);
        let _ = whole::<u32>(&text, 1);
    }
}

#[test]
fn units_add_up_from_long_to_short() {
    let seconds = |text: &str| duration(text).map(|span| span.as_secs_f64());
    assert_eq!(seconds("90s"), Ok(90.0));
    assert_eq!(seconds("1h30m"), Ok(90.0 * 60.0));
    assert_eq!(seconds("1w1d"), Ok(8.0 * 86_400.0));
    assert_eq!(seconds("250ms"), Ok(0.25));
    assert_eq!(seconds("0"), Ok(0.0));
    for wrong in ["", "h", "1", "1x", "1m1h", "1h1h", "1 h", "1.5h", "-1h", "+1h", "١h", "99999999999999999999w"] {
        assert!(duration(wrong).is_err(), "{wrong}");
    }
    for wrong in ["", "%", "0.5 %%", "1e-3", "inf", "NaN", "-0.1", "1.01", "101%", ".5", "1.2.3", "--1"] {
        assert!(share(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_size_has_a_unit_and_is_a_whole_number_of_it() {
    for (text, size) in
        [("512MB", 512_000_000), ("2 GB", 2_000_000_000), ("64MiB", 67_108_864), ("7b", 7), ("1tib", 1 << 40)]
    {
        assert_eq!(bytes(text), Ok(size), "{text}");
    }
    for (text, clause) in [
        ("512", "has no unit"),
        ("1.5GB", "is not a size such as `512MB`, `2GB` or `64MiB`"),
        ("much", "is not a size such as `512MB`, `2GB` or `64MiB`"),
        ("-1MB", "is not a size such as `512MB`, `2GB` or `64MiB`"),
        ("", "is not a size such as `512MB`, `2GB` or `64MiB`"),
        ("0MB", "is nothing"),
        ("99999999999TB", "is too large"),
    ] {
        assert_eq!(bytes(text).unwrap_err().clause, clause, "{text}");
    }
}
