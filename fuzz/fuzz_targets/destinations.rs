//! The grammar of destinations: whatever is typed is refused with words, or means the same once printed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xnet::model::probe::place::Destination;

fuzz_target!(|text: &str| {
    match text.parse::<Destination>() {
        Ok(destination) => {
            assert_eq!(destination.to_string().parse::<Destination>().as_ref(), Ok(&destination));
            assert_eq!(destination.port.is_some(), destination.transport.word() != "icmp");
        }
        Err(fault) => assert!(!fault.to_string().is_empty()),
    }
});
