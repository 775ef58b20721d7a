//! The house keeps its order: who may import whom, how long a file may be, who may speak to the engine.

mod coverage;
mod imports;
mod papers;
mod promises;
mod source;
