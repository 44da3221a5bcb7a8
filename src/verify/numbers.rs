//! Arrays of the files: nested lists of any depth.
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

/// Numbers with a shape, the last axis fastest.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Numbers {
    /// Lengths of the axes.
    pub shape: Vec<usize>,
    /// The numbers.
    pub values: Vec<f64>,
}

impl Numbers {
    /// The numbers in single precision.
    pub fn single(&self) -> Vec<f32> {
        self.values.iter().map(|&x| x as f32).collect()
    }

    /// The shape behind the first axis.
    pub fn inner_shape(&self) -> &[usize] {
        self.shape.get(1..).unwrap_or_default()
    }

    /// The length of the first axis.
    pub fn len(&self) -> usize {
        self.shape.first().copied().unwrap_or(0)
    }

    /// Appends what `value` holds at depth `depth`.
    fn append(&mut self, value: &Value, depth: usize) -> Result<(), String> {
        match value {
            // Once a number was seen its depth is that of all.
            Value::Array(_) if depth == self.shape.len() && !self.values.is_empty() => {
                Err(format!("{value} where a number is needed"))
            }
            Value::Array(list) => {
                match self.shape.get(depth) {
                    None => self.shape.push(list.len()),
                    Some(&length) if length != list.len() => {
                        return Err(format!("a list of {} where others have {length}", list.len()));
                    }
                    Some(_) => {}
                }
                list.iter().try_for_each(|part| self.append(part, depth + 1))
            }
            other if depth == self.shape.len() => {
                self.values.push(other.as_f64().ok_or_else(|| format!("{other} where a number is needed"))?);
                Ok(())
            }
            other => Err(format!("{other} where a list is needed")),
        }
    }
}

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut numbers = Self { shape: vec![], values: vec![] };
        numbers.append(&Value::deserialize(deserializer)?, 0).map_err(D::Error::custom)?;
        Ok(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_lists_have_one_shape_or_none() {
        let read = |text: &str| serde_json::from_str::<Numbers>(text);
        let numbers = read("[[[1, 2], [3, 4]], [[5, 6], [7, 8.5]]]").unwrap();
        assert_eq!((numbers.shape.as_slice(), numbers.values[7]), (&[2, 2, 2][..], 8.5));
        assert_eq!((numbers.len(), numbers.inner_shape()), (2, &[2, 2][..]));
        assert!(read("[[1, 2], [3]]").unwrap_err().to_string().contains("a list of 1 where others have 2"));
        assert!(read("[[1, 2], 3]").unwrap_err().to_string().contains("3 where a list is needed"));
        assert!(read("[1, [2]]").is_err());
        assert!(read("[\"a\"]").unwrap_err().to_string().contains("where a number is needed"));
    }
}
