//! The few words of Python's pickle in which CIFAR's Python version is written: dictionaries, lists, texts, numbers and arrays of
//! bytes. Nothing that a pickle names is called: any other function, class or word is refused.
use std::collections::HashMap;

/// What a pickle holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Object {
    None,
    Integer(i64),
    Bytes(Vec<u8>),
    List(Vec<Object>),
    Tuple(Vec<Object>),
    /// Keys are texts or bytes.
    Dictionary(Vec<(Object, Object)>),
    /// An array of NumPy of 8-bit numbers without sign, row-major.
    Array {
        shape: Vec<usize>,
        bytes: Vec<u8>,
    },
    /// A name of [`KNOWN`].
    Name(&'static str),
    /// The type of the elements of an array.
    ElementType(Vec<u8>),
    Mark,
}

/// Why a pickle is not read, to be read after the name of its file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum PickleError {
    /// It ends too early.
    #[error("the pickle is cut off after byte {at}")]
    CutOff { at: usize },
    /// It asks for code.
    #[error(
        "the pickle asks for {name} of Python at byte {at}, which is never called: only dictionaries, lists and arrays of NumPy are read"
    )]
    Code { at: usize, name: String },
    /// It has a word that is not known.
    #[error(
        "the pickle has the word {word:#04x} at byte {at}, which is not read: only dictionaries, lists and arrays of NumPy are"
    )]
    Word { at: usize, word: u8 },
    /// A word has not what it needs.
    #[error("the pickle is damaged at byte {at}: {what}")]
    Damaged { at: usize, what: &'static str },
}

/// Functions and classes whose objects are made here, by what is known of them.
const KNOWN: [(&str, &str, &str); 6] = [
    ("numpy.core.multiarray", "_reconstruct", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct", "_reconstruct"),
    ("numpy", "ndarray", "ndarray"),
    ("numpy", "dtype", "dtype"),
    ("_codecs", "encode", "encode"),
    ("__builtin__", "bytes", "bytes"),
];

impl Object {
    /// What a dictionary has under a key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Dictionary(entries) = self else { return None };
        let is_key = |own: &Self| matches!(own, Self::Bytes(text) if text == key.as_bytes());
        entries.iter().find(|(own, _)| is_key(own)).map(|(_, value)| value)
    }

    /// The numbers of a list.
    pub(super) fn integers(&self) -> Option<Vec<i64>> {
        let Self::List(own) = self else { return None };
        own.iter().map(|object| if let Self::Integer(number) = object { Some(*number) } else { None }).collect()
    }
}

/// Reads a pickle of protocol 0 to 5, as far as it is written in binary.
pub(super) fn read(bytes: &[u8]) -> Result<Object, PickleError> {
    Reader { bytes, at: 0, stack: vec![], memo: HashMap::new() }.read()
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    stack: Vec<Object>,
    memo: HashMap<usize, Object>,
}

impl Reader<'_> {
    fn read(mut self) -> Result<Object, PickleError> {
        loop {
            let at = self.at;
            let word = self.take(1)?[0];
            match word {
                0x80 => drop(self.take(1)?),
                0x95 => drop(self.take(8)?),
                b'.' => return self.pop(),
                b'(' => self.stack.push(Object::Mark),
                b'0' => drop(self.pop()?),
                b'N' => self.stack.push(Object::None),
                0x88 => self.stack.push(Object::Integer(1)),
                0x89 => self.stack.push(Object::Integer(0)),
                b'K' => self.integer(1)?,
                b'M' => self.integer(2)?,
                b'J' => {
                    let number = i32::from_le_bytes(self.array()?);
                    self.stack.push(Object::Integer(number.into()));
                }
                b'U' | b'C' | 0x8c => self.text(1)?,
                b'T' | b'B' | b'X' => self.text(4)?,
                0x8e | 0x8d => self.text(8)?,
                b'}' => self.stack.push(Object::Dictionary(vec![])),
                b']' => self.stack.push(Object::List(vec![])),
                b')' => self.stack.push(Object::Tuple(vec![])),
                b't' => {
                    let items = self.items()?;
                    self.stack.push(Object::Tuple(items));
                }
                0x85..=0x87 => {
                    let items = (0..word - 0x84).map(|_| self.pop()).collect::<Result<Vec<_>, _>>()?;
                    self.stack.push(Object::Tuple(items.into_iter().rev().collect()));
                }
                b'a' => {
                    let item = self.pop()?;
                    self.extend_list(vec![item])?;
                }
                b'e' => {
                    let items = self.items()?;
                    self.extend_list(items)?;
                }
                b's' => {
                    let (value, key) = (self.pop()?, self.pop()?);
                    self.extend_dictionary(vec![key, value])?;
                }
                b'u' => {
                    let items = self.items()?;
                    self.extend_dictionary(items)?;
                }
                b'q' => self.remember(1)?,
                b'r' => self.remember(4)?,
                0x94 => {
                    let last =
                        self.stack.last().cloned().ok_or(PickleError::Damaged { at, what: "nothing to remember" })?;
                    self.memo.insert(self.memo.len(), last);
                }
                b'h' => self.recall(1)?,
                b'j' => self.recall(4)?,
                b'c' => {
                    let [module, name] = [self.line()?, self.line()?];
                    self.name(at, &module, &name)?;
                }
                0x93 => match (self.pop()?, self.pop()?) {
                    (Object::Bytes(name), Object::Bytes(module)) => {
                        self.name(at, &String::from_utf8_lossy(&module), &String::from_utf8_lossy(&name))?;
                    }
                    _ => return Err(PickleError::Damaged { at, what: "a name that is no text" }),
                },
                b'R' => self.make(at)?,
                b'b' => self.fill(at)?,
                word => return Err(PickleError::Word { at, word }),
            }
        }
    }

    fn take(&mut self, length: usize) -> Result<&[u8], PickleError> {
        let end = self.at.checked_add(length).filter(|&end| end <= self.bytes.len());
        let end = end.ok_or(PickleError::CutOff { at: self.bytes.len() })?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], PickleError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// A number without sign, of so many bytes.
    fn number(&mut self, bytes: usize) -> Result<usize, PickleError> {
        let mut array = [0; 8];
        array[..bytes].copy_from_slice(self.take(bytes)?);
        Ok(usize::try_from(u64::from_le_bytes(array)).unwrap_or(usize::MAX))
    }

    fn integer(&mut self, bytes: usize) -> Result<(), PickleError> {
        let number = self.number(bytes)? as i64;
        self.stack.push(Object::Integer(number));
        Ok(())
    }

    fn text(&mut self, bytes: usize) -> Result<(), PickleError> {
        let length = self.number(bytes)?;
        let text = self.take(length)?.to_vec();
        self.stack.push(Object::Bytes(text));
        Ok(())
    }

    fn line(&mut self) -> Result<String, PickleError> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|&byte| byte == b'\n').ok_or(PickleError::CutOff { at: self.bytes.len() })?;
        let line = String::from_utf8_lossy(self.take(length)?).into_owned();
        self.at += 1;
        Ok(line)
    }

    fn pop(&mut self) -> Result<Object, PickleError> {
        match self.stack.pop() {
            None | Some(Object::Mark) => Err(PickleError::Damaged { at: self.at, what: "an object is missing" }),
            Some(object) => Ok(object),
        }
    }

    /// Everything down to the last mark.
    fn items(&mut self) -> Result<Vec<Object>, PickleError> {
        let missing = PickleError::Damaged { at: self.at, what: "a mark is missing" };
        let mark = self.stack.iter().rposition(|object| *object == Object::Mark).ok_or(missing)?;
        let items = self.stack.split_off(mark + 1);
        self.stack.pop();
        Ok(items)
    }

    fn extend_list(&mut self, items: Vec<Object>) -> Result<(), PickleError> {
        match self.stack.last_mut() {
            Some(Object::List(list)) => list.extend(items),
            _ => return Err(PickleError::Damaged { at: self.at, what: "a list is missing" }),
        }
        Ok(())
    }

    fn extend_dictionary(&mut self, items: Vec<Object>) -> Result<(), PickleError> {
        let Some(Object::Dictionary(entries)) = self.stack.last_mut() else {
            return Err(PickleError::Damaged { at: self.at, what: "a dictionary is missing" });
        };
        let mut items = items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            entries.push((key, value));
        }
        Ok(())
    }

    fn remember(&mut self, bytes: usize) -> Result<(), PickleError> {
        let place = self.number(bytes)?;
        let missing = PickleError::Damaged { at: self.at, what: "nothing to remember" };
        // Large things are not asked for a second time, and would be held twice.
        let last = self.stack.last().ok_or(missing)?;
        if !matches!(last, Object::Array { .. } | Object::List(_) | Object::Dictionary(_)) {
            self.memo.insert(place, last.clone());
        }
        Ok(())
    }

    fn recall(&mut self, bytes: usize) -> Result<(), PickleError> {
        let place = self.number(bytes)?;
        let missing = PickleError::Damaged { at: self.at, what: "something that is not remembered" };
        let object = self.memo.get(&place).cloned().ok_or(missing)?;
        self.stack.push(object);
        Ok(())
    }

    fn name(&mut self, at: usize, module: &str, name: &str) -> Result<(), PickleError> {
        let known = KNOWN.iter().find(|(own_module, own, _)| (*own_module, *own) == (module, name));
        let (.., known) = known.ok_or_else(|| PickleError::Code { at, name: format!("{module}.{name}") })?;
        self.stack.push(Object::Name(known));
        Ok(())
    }

    /// Calls what was named: an empty array, a type of elements, or bytes that are written as text.
    fn make(&mut self, at: usize) -> Result<(), PickleError> {
        let (arguments, function) = (self.pop()?, self.pop()?);
        let (Object::Tuple(arguments), Object::Name(name)) = (arguments, function) else {
            return Err(PickleError::Damaged { at, what: "a call without function or arguments" });
        };
        let made = match (name, &arguments[..]) {
            ("_reconstruct", _) => Object::Array { shape: vec![], bytes: vec![] },
            ("dtype", [Object::Bytes(code), ..]) => Object::ElementType(code.clone()),
            ("bytes", []) => Object::Bytes(vec![]),
            ("encode", [Object::Bytes(text), Object::Bytes(encoding)]) if encoding == b"latin1" => {
                let text = String::from_utf8_lossy(text);
                let bytes: Result<Vec<u8>, _> = text.chars().map(|c| u8::try_from(u32::from(c))).collect();
                Object::Bytes(bytes.map_err(|_| PickleError::Damaged { at, what: "bytes that are no Latin-1" })?)
            }
            _ => return Err(PickleError::Code { at, name: name.to_owned() }),
        };
        self.stack.push(made);
        Ok(())
    }

    /// Fills the object below with its state.
    fn fill(&mut self, at: usize) -> Result<(), PickleError> {
        let state = self.pop()?;
        match (self.stack.last_mut(), state) {
            (Some(Object::ElementType(_)), _) => Ok(()),
            (Some(array @ Object::Array { .. }), Object::Tuple(state)) => {
                *array = filled(&state).ok_or(PickleError::Damaged {
                    at,
                    what: "an array that does not hold 8-bit numbers without sign, row by row",
                })?;
                Ok(())
            }
            _ => Err(PickleError::Damaged { at, what: "a state without an object" }),
        }
    }
}

/// An array by its state (version, shape, type, whether columns come first, bytes).
fn filled(state: &[Object]) -> Option<Object> {
    let [_, Object::Tuple(shape), Object::ElementType(code), Object::Integer(0), Object::Bytes(bytes)] = state else {
        return None;
    };
    let lengths = shape.iter().map(|length| match length {
        Object::Integer(length) => usize::try_from(*length).ok(),
        _ => None,
    });
    let shape = lengths.collect::<Option<Vec<usize>>>()?;
    let length = shape.iter().try_fold(1usize, |product, &length| product.checked_mul(length))?;
    (code == b"u1" && bytes.len() == length).then(|| Object::Array { shape, bytes: bytes.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `{b'labels': [3, 1], b'data': numpy array [[1, 2], [3, 255]]}` as Python 2 wrote it.
    const BATCH: &[u8] = b"\x80\x02}q\x01(U\x06labelsq\x02]q\x03(K\x03K\x01eU\x04dataq\x04\
        cnumpy.core.multiarray\n_reconstruct\nq\x05cnumpy\nndarray\nq\x06K\x00\x85q\x07U\x01bq\x08\x87q\x09Rq\x0a\
        (K\x01K\x02K\x02\x86q\x0bcnumpy\ndtype\nq\x0cU\x02u1q\x0dK\x00K\x01\x87q\x0eRq\x0f\
        (K\x03U\x01|q\x10NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x11b\x89U\x04\x01\x02\x03\xffq\x12tq\x13bu.";

    #[test]
    fn a_batch_of_cifar_is_read() {
        let batch = read(BATCH).unwrap();
        assert_eq!(batch.get("labels").and_then(Object::integers), Some(vec![3, 1]));
        let data = Object::Array { shape: vec![2, 2], bytes: vec![1, 2, 3, 255] };
        assert_eq!(batch.get("data"), Some(&data));
    }

    #[test]
    fn code_and_damage_are_refused() {
        let told = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
        assert!(told(b"\x80\x02cos\nsystem\nU\x02ls\x85R.").contains("asks for os.system of Python at byte 2"));
        for end in 0..BATCH.len() {
            assert!(read(&BATCH[..end]).is_err(), "{end}");
        }
        assert!(told(b"\x80\x02u.").contains("a mark is missing"));
        assert!(told(b"\x80\x04\x96").contains("0x96 at byte 2"));
    }
}
