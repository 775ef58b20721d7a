//! Every file that users are told to copy runs: examples/, and what is shipped in stdlib/ and tasks/.
