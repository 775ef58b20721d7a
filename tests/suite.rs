//! Tests of the library against the real engine; they fail when there is none.

mod engine_room;
