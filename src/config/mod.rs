//! Reading experiment and hardware files.
