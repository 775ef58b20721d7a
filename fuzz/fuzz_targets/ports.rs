//! The port grammar: whatever is typed is refused, or means the same once printed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xnet::model::forward::MappingSpec;
use xnet::model::ports::{ExposedPort, PublishedPort};

fuzz_target!(|text: &str| {
    match text.parse::<PublishedPort>() {
        Ok(port) => {
            assert_eq!(port.to_string().parse::<PublishedPort>().as_ref(), Ok(&port));
            assert_eq!(port.bindings().len(), port.container.len());
        }
        Err(fault) => assert!(!fault.to_string().is_empty()),
    }
    if let Ok(port) = text.parse::<ExposedPort>() {
        assert_eq!(port.to_string().parse::<ExposedPort>().as_ref(), Ok(&port));
    }
    let _ = text.parse::<MappingSpec>();
});
