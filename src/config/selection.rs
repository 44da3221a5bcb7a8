//! Choosing some of a numbered list.
use crate::parameter::Count;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};


