//! The `flights` example reads what is good in a file and says exactly what is not.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

#[allow(dead_code, reason = "the example uses more of it than these tests")]
#[path = "../examples/flights/input.rs"]
mod input;
#[allow(dead_code, reason = "the example uses more of it than these tests")]
#[path = "../examples/flights/lines.rs"]
mod lines;
#[allow(dead_code, reason = "the example uses more of it than these tests")]
#[path = "../examples/flights/record.rs"]
mod record;

use input::{Input, InputError};
use record::{Code, Flight, Outcome, Scheduled};

const HEADER: &str =
    "year,month,day,sched_dep_time,carrier,flight,tailnum,origin,dest,dep_delay,arr_delay,distance";
const GOOD: &str = "2013,1,1,515,UA,1545,N14228,EWR,IAH,2,11,1400";

/// A file of these bytes; each test takes another name.
fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("flights_input_{name}"));
    fs::write(&path, bytes).expect("the test folder is writable");
    path
}

fn read(name: &str, text: &str) -> Input {
    input::read(&file(name, text.as_bytes())).expect("the file has a good line")
}

fn refuse(name: &str, bytes: &[u8]) -> InputError {
    input::read(&file(name, bytes)).expect_err("the file has no good line")
}

/// The bad lines found in a file that has this one line after a good one.
fn fault_of(name: &str, line: &str) -> (usize, usize, String) {
    let input = read(name, &format!("{HEADER}\n{GOOD}\n{line}\n{GOOD}\n"));
    assert_eq!(
        input.flights.len(),
        2,
        "the good lines around a bad one are kept"
    );
    assert_eq!(input.bad.count, 1, "{line}");
    let bad = &input.bad.first[0];
    (bad.line, bad.column, bad.reason.clone())
}

fn gzip(text: &str) -> Vec<u8> {
    gzip_bytes(text.as_bytes())
}

fn gzip_bytes(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory is writable");
    encoder.finish().expect("memory is writable")
}

fn first_flight() -> Flight {
    Flight {
        scheduled: Scheduled {
            year: 2013,
            month: 1,
            day: 1,
            time: 515,
        },
        carrier: Code::new("UA").expect("a code"),
        tail: Code::new("N14228"),
        origin: Code::new("EWR").expect("a code"),
        dest: Code::new("IAH").expect("a code"),
        outcome: Outcome::Landed {
            dep_delay: 2,
            arr_delay: 11,
        },
    }
}

#[test]
fn the_bundled_sample_has_all_flights_of_january_and_no_bad_line() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/flights-2013-01.csv.gz");
    assert!(fs::metadata(&path).expect("it is bundled").len() <= 400_000);
    let input = input::read(&path).expect("it is good");
    assert_eq!((input.bad.count, input.problems().as_str()), (0, ""));
    let count =
        |wanted: fn(&Flight) -> bool| input.flights.iter().filter(|flight| wanted(flight)).count();
    assert_eq!(input.flights.len(), 27_004);
    assert_eq!(count(|flight| flight.scheduled.month == 1), 27_004);
    assert_eq!(count(|flight| flight.outcome == Outcome::Cancelled), 521);
    assert_eq!(
        count(|flight| matches!(flight.outcome, Outcome::Diverted { .. })),
        85
    );
    assert_eq!(count(|flight| flight.tail.is_none()), 155);
    assert_eq!(
        count(|flight| flight.tail.is_none() && flight.outcome != Outcome::Cancelled),
        0
    );
    assert_eq!(input.flights[0], first_flight());
}

#[test]
fn columns_are_found_by_name_and_na_means_not_recorded() {
    let text = "dest,origin,arr_delay,dep_delay,dep_time,tailnum,carrier,sched_dep_time,day,month,year\n\
                IAH,EWR,11,2,517,N14228,UA,515,1,1,2013\n\
                MIA,JFK,NA,NA,NA,NA,AA,540,1,1,2013\n\
                BQN,JFK,,-1,544,N804JB,B6,545,1,1,2013\n";
    let flights = read("columns", text).flights;
    assert_eq!(flights[0], first_flight());
    assert_eq!(
        (flights[1].tail, flights[1].outcome),
        (None, Outcome::Cancelled)
    );
    assert_eq!(flights[2].outcome, Outcome::Diverted { dep_delay: -1 });
}

/// Lines with one fault each, its column, and what is said of it.
const FAULTS: [(&str, usize, &str); 15] = [
    (
        "x013,1,1,515,UA,1,N1,EWR,IAH,2,11,1",
        1,
        "year \"x013\" is not a whole number from 1 to 9999",
    ),
    (
        "2013,13,1,515,UA,1,N1,EWR,IAH,2,11,1",
        6,
        "month \"13\" is not a whole number from 1 to 12",
    ),
    (
        "2013,2,29,515,UA,1,N1,EWR,IAH,2,11,1",
        8,
        "day \"29\" is no day of 2013-02",
    ),
    (
        "2013,1,1,,UA,1,N1,EWR,IAH,2,11,1",
        10,
        "sched_dep_time \"\" is not a whole number from 0 to 2400",
    ),
    (
        "2013,1,1,1260,UA,1,N1,EWR,IAH,2,11,1",
        10,
        "sched_dep_time \"1260\" is no time of day (hhmm)",
    ),
    (
        "2013,1,1,515,U,1,N1,EWR,IAH,2,11,1",
        14,
        "carrier \"U\" is no carrier code (two capitals or digits)",
    ),
    (
        "2013,1,1,515,UA,1,N1-2,EWR,IAH,2,11,1",
        19,
        "tailnum \"N1-2\" is no tail number (up to six capitals and digits)",
    ),
    (
        "2013,1,1,515,UA,1,N1,Ewr,IAH,2,11,1",
        22,
        "origin \"Ewr\" is no airport code (three capitals or digits)",
    ),
    (
        "2013,1,1,515,UA,1,N1,EWR,,2,11,1",
        26,
        "dest \"\" is no airport code (three capitals or digits)",
    ),
    (
        "2013,1,1,515,UA,1,N1,EWR,EWR,2,11,1",
        26,
        "dest \"EWR\" is where the flight starts",
    ),
    (
        "2013,1,1,515,UA,1,N1,EWR,IAH,2.5,11,1",
        30,
        "dep_delay \"2.5\" is not a whole number from -1440 to 14400",
    ),
    (
        "2013,1,1,515,UA,1,N1,EWR,IAH,2,99999,1",
        32,
        "arr_delay \"99999\" is not a whole number from -1440 to 14400",
    ),
    (
        "2013,1,1,515,UA,1,N1,EWR,IAH,,11,1",
        31,
        "arr_delay \"11\" of a flight that never left (dep_delay is not recorded)",
    ),
    ("2013,1,1,515,UA", 16, "5 fields, but the header has 12"),
    (
        "2013,1,1,515,UA,1,N1,EWR,IAH,2,11,1,7,8",
        37,
        "14 fields, but the header has 12",
    ),
];

#[test]
fn each_bad_field_is_reported_with_line_column_and_reason() {
    for (index, (line, column, reason)) in FAULTS.into_iter().enumerate() {
        let found = fault_of(&format!("field_{index}"), line);
        assert_eq!(found, (3, column, reason.to_owned()), "{line}");
    }
}

#[test]
fn a_leap_day_is_a_day() {
    let text = format!("{HEADER}\n{}\n", GOOD.replace("2013,1,1", "2000,2,29"));
    assert_eq!(read("leap", &text).flights[0].scheduled.day, 29);
}

#[test]
fn bytes_that_are_not_utf8_are_a_bad_line_with_the_column_in_characters() {
    let mut bytes = format!("{HEADER}\n{GOOD}\n2013,1,1,515,ÜÄ,15").into_bytes();
    bytes.extend(b"\xff45,N14228,EWR,IAH,2,11,1400\n");
    bytes.extend(format!("{GOOD}\n").bytes());
    let input = input::read(&file("utf8", &bytes)).expect("it has good lines");
    assert_eq!(input.flights.len(), 2);
    assert_eq!(input.bad.count, 1);
    let bad = &input.bad.first[0];
    assert_eq!(
        (bad.line, bad.column, bad.reason.as_str()),
        (3, 19, "byte 0xff is not UTF-8")
    );
}

#[test]
fn line_numbers_are_an_editors_with_blank_lines_crlf_and_a_byte_order_mark() {
    let text = format!("\u{feff}{HEADER}\r\n\r\n{GOOD}\r\n\r\nbad\r\n{GOOD}");
    let input = read("crlf", &text);
    assert_eq!(input.flights, [first_flight(), first_flight()]);
    assert_eq!(input.bad.count, 1);
    assert_eq!((input.bad.first[0].line, input.bad.first[0].column), (5, 4));
}

#[test]
fn a_stray_quote_spoils_its_own_line_only() {
    let (line, column, _) = fault_of("quote", &GOOD.replace("N14228", "\"N14228"));
    assert_eq!((line, column), (3, 22));
}

#[test]
fn ten_bad_lines_are_shown_and_all_are_counted() {
    let path = file(
        "many",
        format!("{HEADER}\n{GOOD}\n{}", "bad\n".repeat(1234)).as_bytes(),
    );
    let input = input::read(&path).expect("it has a good line");
    assert_eq!(input.bad.count, 1234);
    let path = path.display();
    let mut wanted: String = (3..13)
        .map(|line| format!("{path}:{line}:4: 1 fields, but the header has 12\n"))
        .collect();
    wanted += &format!("{path}: and 1224 more bad lines\n");
    assert_eq!(input.problems(), wanted);
}

#[test]
fn gzip_is_known_by_its_content_and_may_have_several_members() {
    let mut bytes = gzip(&format!("{HEADER}\n{GOOD}\n"));
    bytes.extend(gzip(&format!("{GOOD}\n")));
    let input = input::read(&file("members.csv", &bytes)).expect("it is good");
    assert_eq!((input.flights.len(), input.problems().as_str()), (2, ""));
}

#[test]
fn a_truncated_gzip_keeps_its_good_lines_and_says_where_it_broke_off() {
    let lines: Vec<String> = (1..=5000)
        .map(|time| GOOD.replace("1545", &time.to_string()))
        .collect();
    let whole = gzip(&format!("{HEADER}\n{}\n", lines.join("\n")));
    let path = file("truncated.csv.gz", &whole[..whole.len() / 2]);
    let input = input::read(&path).expect("its beginning is good");
    let good = input.flights.len();
    assert!((1..5000).contains(&good), "{good} good lines");
    assert_eq!(
        input.bad.count, 0,
        "the line that broke off is not a bad line"
    );
    let after = good + 1;
    let wanted = format!(
        "{} breaks off after line {after}: the gzip data is truncated; the {good} good lines before are kept\n",
        path.display()
    );
    assert_eq!(input.problems(), wanted);
}

#[test]
fn a_gzip_with_a_wrong_checksum_keeps_its_lines_and_is_reported() {
    let mut bytes = gzip(&format!("{HEADER}\n{GOOD}\n"));
    let checksum = bytes.len() - 8;
    bytes[checksum] ^= 1;
    let input = input::read(&file("checksum.gz", &bytes)).expect("its line is good");
    assert_eq!(input.flights.len(), 1);
    assert_eq!(input.broken.expect("it is broken").after, 2);
}

#[test]
fn a_gzip_that_other_bytes_follow_keeps_its_lines_and_is_not_called_truncated() {
    for (index, garbage) in [
        &b"!"[..],
        b"not gzip, and longer than its header",
        &[0; 512],
    ]
    .into_iter()
    .enumerate()
    {
        let mut bytes = gzip(&format!("{HEADER}\n{GOOD}\n"));
        bytes.extend(gzip(GOOD));
        bytes.extend(garbage);
        let path = file(&format!("trailing_{index}.gz"), &bytes);
        let input = input::read(&path).expect("its lines are good");
        assert_eq!(input.flights.len(), 2, "also the last one, without an end");
        let wanted = format!(
            "{} breaks off after line 3: the gzip data is complete, but bytes that are not gzip \
             follow it; the 2 good lines before are kept\n",
            path.display()
        );
        assert_eq!(input.problems(), wanted);
    }
}

#[test]
fn a_line_of_more_than_64_kib_is_a_bad_line_by_its_number() {
    let longest = 64 << 10;
    let pad = |length: usize| format!("{GOOD},{}", "x".repeat(length - GOOD.len() - 1));
    let header = format!("{HEADER},remarks");
    let [fits, not] = [longest, longest + 1].map(pad);
    let text = format!("{header}\n{fits}\n{not}\n{}\n{fits}\n", pad(1 << 20));
    let input = read("long", &text);
    assert_eq!(input.flights, [first_flight(), first_flight()]);
    let found: Vec<_> = input.bad.first.iter().map(|bad| bad.line).collect();
    assert_eq!(found, [3, 4]);
    assert_eq!(
        input.bad.first[0].reason,
        "the line is longer than 65536 bytes"
    );
    let error = refuse("long_header", "x".repeat(longest + 1).as_bytes()).to_string();
    assert!(
        error.ends_with("long_header:1:1: the line is longer than 65536 bytes"),
        "{error}"
    );
}

#[test]
fn a_file_that_gives_nothing_is_an_error_that_says_why() {
    let missing = Path::new(env!("CARGO_TARGET_TMPDIR")).join("flights_input_missing");
    let error = input::read(&missing).expect_err("it does not exist");
    assert!(matches!(&error, InputError::Unreadable { .. }), "{error:?}");
    assert!(
        error
            .to_string()
            .starts_with(&format!("cannot read {}: ", missing.display())),
        "{error}"
    );

    let folder = input::read(Path::new(env!("CARGO_TARGET_TMPDIR"))).expect_err("it is a folder");
    assert!(
        matches!(folder, InputError::Unreadable { .. }),
        "{folder:?}"
    );

    let empty = refuse("empty", b"");
    assert!(empty.to_string().ends_with(" is empty"), "{empty}");
    let empty = refuse("empty.gz", &gzip(""));
    assert!(empty.to_string().ends_with(" is empty"), "{empty}");
    let cut = refuse("cut.gz", &gzip(HEADER)[..12]);
    assert!(
        cut.to_string().ends_with(": the gzip data is truncated"),
        "{cut}"
    );
}

#[test]
fn a_file_without_header_is_an_error_that_names_the_missing_columns() {
    let error = refuse("no_header", format!("{GOOD}\n{GOOD}\n").as_bytes());
    assert!(
        error
            .to_string()
            .contains("no_header:1:1: the header lacks year, month, day,"),
        "{error}"
    );
    let error = refuse("no_dest", HEADER.replace(",dest", "").as_bytes());
    assert!(
        error.to_string().contains("the header lacks dest;"),
        "{error}"
    );
}

#[test]
fn a_file_without_a_good_line_is_an_error_that_shows_the_bad_ones() {
    let error = refuse("only_header", HEADER.as_bytes());
    assert!(
        error
            .to_string()
            .ends_with("only_header has no good line (0 bad)"),
        "{error}"
    );
    let error = refuse("only_bad", format!("{HEADER}\nbad\n").as_bytes()).to_string();
    assert!(
        error.contains("only_bad:2:4: 1 fields, but the header has 12\n"),
        "{error}"
    );
    assert!(
        error.ends_with("only_bad has no good line (1 bad)"),
        "{error}"
    );
}

#[test]
fn a_header_that_names_a_column_twice_is_an_error_at_the_second() {
    let error = refuse("twice", format!("{HEADER},dest\n{GOOD},IAH\n").as_bytes());
    assert!(
        error.to_string().ends_with(&format!(
            "twice:1:{}: the header has dest twice",
            HEADER.len() + 2
        )),
        "{error}"
    );
    let ignored = read(
        "twice_ignored",
        &format!("{HEADER},distance\n{GOOD},1400\n"),
    );
    assert_eq!(ignored.flights, [first_flight()], "that one is not read");
}

#[test]
fn a_file_in_another_form_is_an_error_that_names_the_form() {
    let text = format!("{HEADER}\n{GOOD}\n");
    let quoted = format!("\"\",\"{}\"\n\"1\",{GOOD}\n", HEADER.replace(',', "\",\""));
    let utf16 = |bytes_of: fn(u16) -> [u8; 2]| -> Vec<u8> {
        let units = "\u{feff}".encode_utf16().chain(text.encode_utf16());
        units.flat_map(bytes_of).collect()
    };
    let macs = text.replace('\n', "\r");
    let many_macs = macs.repeat(1000);
    for (name, bytes, wanted) in [
        ("old_mac", macs.as_bytes(), "as on old Macs"),
        ("old_mac_long", many_macs.as_bytes(), "as on old Macs"),
        ("r", quoted.as_bytes(), "as R's write.csv makes it"),
        ("utf16_le", &utf16(u16::to_le_bytes), "the file is UTF-16"),
        ("utf16_be", &utf16(u16::to_be_bytes), "the file is UTF-16"),
        (
            "utf16.gz",
            &gzip_bytes(&utf16(u16::to_le_bytes)),
            "the file is UTF-16",
        ),
    ] {
        let error = refuse(name, bytes).to_string();
        assert!(error.contains(&format!("{name}:1:1: ")), "{error}");
        assert!(error.contains(wanted), "{error}");
    }
}
