//! What an agent and xnet say to each other: any bytes are refused with words, or mean the same once said again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xnet::model::probe::wire::{Call, LONGEST, Reply, decode, encode, length};

fuzz_target!(|bytes: &[u8]| {
    if let Some((head, _)) = bytes.split_first_chunk::<4>() {
        match length(*head) {
            Ok(length) => assert!(length <= LONGEST),
            Err(fault) => assert!(!fault.to_string().is_empty()),
        }
    }
    match decode::<Call>(bytes) {
        Ok(call) => assert_eq!(decode::<Call>(&encode(&call).unwrap()[4..]), Ok(call)),
        Err(fault) => assert!(!fault.to_string().is_empty()),
    }
    if let Ok(reply) = decode::<Reply>(bytes) {
        // Of numbers with a point, what is read may be printed shorter: it is the same from then on.
        let again = decode::<Reply>(&encode(&reply).unwrap()[4..]).unwrap();
        assert_eq!(decode::<Reply>(&encode(&again).unwrap()[4..]), Ok(again));
    }
});
