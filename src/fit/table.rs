//! Curves from the rows of a table: `device`, `cycle`, `pulse`, `direction` and what was read.
//!
//! A row is a read. `direction` says which pulse came before it: up (`up`, `set`, `potentiation`, `ltp`, 1) or down
//! (`down`, `reset`, `depression`, `ltd`, −1). Where it is empty, or where `pulse` is 0, no pulse did: a sequence begins there, as
//! it does with the first row of a device. `pulse` counts pulses, from 1 on wherever it does not grow; without it there is a pulse
//! before every read. Rows of a device and cycle need not stand together, and a cycle goes on where the one before has ended.
use super::curves::{Curves, DeviceCurve, Read, Sequence};
use super::error::FitError;
use std::collections::HashMap;
use std::path::Path;

/// How the columns of a table are used.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Columns {
    /// Names of columns that are called otherwise: (name here, name in the table).
    pub named: Vec<(String, String)>,
    /// Columns that are left out.
    pub ignored: Vec<String>,
    /// What is read at weight 0.
    pub zero: Option<f64>,
    /// What a weight of 1 adds.
    pub unit: Option<f64>,
}

/// Names of the columns; what is read may have its unit behind an underscore.
const NAMES: [&str; 6] = ["device", "cycle", "pulse", "direction", "conductance", "weight"];
/// Most pulses between two reads.
const MOST_PULSES: u32 = 100_000;

/// Where each column stands.
struct Places {
    device: Option<usize>,
    cycle: Option<usize>,
    pulse: Option<usize>,
    direction: usize,
    read: usize,
}

/// Reads a CSV file whose first row names its columns.
///
/// # Errors
/// [`FitError`]
pub fn read_csv(file: &Path, columns: &Columns) -> Result<Curves, FitError> {
    let of_file = |source| FitError::File { file: file.to_owned(), source };
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).comment(Some(b'#')).from_path(file).map_err(of_file)?;
    let names = reader.headers().map_err(of_file)?.iter().map(str::to_owned).collect::<Vec<_>>();
    let rows = reader.records().map(|row| row.map(|row| row.iter().map(str::to_owned).collect()));
    let rows = rows.collect::<Result<Vec<Vec<String>>, _>>().map_err(of_file)?;
    read_rows(&file.display().to_string(), &names, &rows, columns)
}

/// The same of rows as text.
///
/// # Errors
/// [`FitError`]
pub fn read_rows(source: &str, names: &[String], rows: &[Vec<String>], columns: &Columns) -> Result<Curves, FitError> {
    let places = places(source, names, columns)?;
    let bad = |row: usize, column: usize, rule, value: &str| FitError::Value {
        source_name: source.to_owned(),
        row: row + 1,
        column: names[column].clone(),
        rule,
        value: value.to_owned(),
    };
    let mut devices = Groups::default();
    for (n, row) in rows.iter().enumerate() {
        let text = |column: Option<usize>| column.map_or("", |column| row[column].as_str());
        let weight = row[places.read].parse::<f64>().ok().filter(|x| x.is_finite());
        let weight = weight.ok_or_else(|| bad(n, places.read, "must be a finite number", &row[places.read]))?;
        let up = direction(&row[places.direction])
            .ok_or_else(|| bad(n, places.direction, "must be up, down or empty", &row[places.direction]))?;
        let pulse = places.pulse.map(|column| {
            whole(&row[column]).ok_or_else(|| bad(n, column, "must be a whole number from 0 on", &row[column]))
        });
        devices.add(text(places.device), text(places.cycle), Row { up, pulse: pulse.transpose()?, weight, number: n });
    }
    let too_many = |n| {
        let column = places.pulse.unwrap_or_default();
        bad(n, column, "must be at most 100000 pulses after the read before", &rows[n][column])
    };
    let devices = devices.curves().map_err(too_many)?;
    let quantity = &names[places.read];
    let is_weight = quantity_of(quantity, columns) == "weight";
    let (zero, unit) = if is_weight { (Some(0.0), Some(1.0)) } else { (None, None) };
    Curves::new(devices, quantity, columns.zero.or(zero), columns.unit.or(unit))
}

/// A row, understood.
#[derive(Debug, Clone, Copy)]
struct Row {
    up: Option<bool>,
    pulse: Option<u64>,
    weight: f64,
    number: usize,
}

/// Rows by device and cycle, in the order in which these appear.
#[derive(Debug, Default)]
struct Groups {
    devices: Vec<(String, Vec<Vec<Row>>)>,
    places: HashMap<(String, String), (usize, usize)>,
    by_name: HashMap<String, usize>,
}

impl Groups {
    fn add(&mut self, device: &str, cycle: &str, row: Row) {
        let key = (device.to_owned(), cycle.to_owned());
        let (device, cycle) = *self.places.entry(key).or_insert_with(|| {
            let number = *self.by_name.entry(device.to_owned()).or_insert_with(|| {
                self.devices.push((device.to_owned(), vec![]));
                self.devices.len() - 1
            });
            self.devices[number].1.push(vec![]);
            (number, self.devices[number].1.len() - 1)
        });
        self.devices[device].1[cycle].push(row);
    }

    /// The row with too many pulses, if there is one.
    fn curves(self) -> Result<Vec<DeviceCurve>, usize> {
        let numbered = self.devices.into_iter().enumerate();
        let device = |(n, (name, cycles)): (usize, (String, Vec<Vec<Row>>))| {
            let name = if name.is_empty() { (n + 1).to_string() } else { name };
            Ok(DeviceCurve { name, sequences: sequences(&cycles)? })
        };
        numbered.map(device).collect()
    }
}

fn sequences(cycles: &[Vec<Row>]) -> Result<Vec<Sequence>, usize> {
    let mut found: Vec<Sequence> = vec![];
    for cycle in cycles {
        let mut count = 0;
        for row in cycle {
            let up = row.up.filter(|_| row.pulse != Some(0));
            let pulses = match row.pulse {
                None => 1,
                Some(now) if now > count => now - count,
                Some(now) => now,
            };
            count = row.pulse.unwrap_or(0);
            match (found.last_mut(), up) {
                (Some(own), Some(up)) => {
                    let pulses = u32::try_from(pulses).ok().filter(|&n| n <= MOST_PULSES).ok_or(row.number)?;
                    own.reads.push(Read { up, pulses, weight: row.weight });
                }
                _ => found.push(Sequence { start: row.weight, reads: vec![] }),
            }
        }
    }
    found.retain(|own| !own.reads.is_empty());
    Ok(found)
}

fn direction(text: &str) -> Option<Option<bool>> {
    match text.to_ascii_lowercase().as_str() {
        "" | "none" | "read" | "0" | "0.0" => Some(None),
        "up" | "set" | "potentiation" | "ltp" | "1" | "+1" | "1.0" => Some(Some(true)),
        "down" | "reset" | "depression" | "ltd" | "-1" | "-1.0" => Some(Some(false)),
        _ => None,
    }
}

/// A count, which tables of other programs may write as 12.0.
fn whole(text: &str) -> Option<u64> {
    let number = text.parse::<f64>().ok()?;
    (number >= 0.0 && number.fract() == 0.0 && number < 1e15).then_some(number as u64)
}

/// Which of [`NAMES`] a column is.
fn quantity_of<'a>(name: &'a str, columns: &'a Columns) -> &'a str {
    if let Some((own, _)) = columns.named.iter().find(|(_, given)| given == name) {
        return own;
    }
    let plain = NAMES.into_iter().find(|own| own.eq_ignore_ascii_case(name));
    let with_unit = || {
        let lower = name.to_ascii_lowercase();
        ["conductance", "weight"].into_iter().find(|own| lower.starts_with(&format!("{own}_")))
    };
    plain.or_else(with_unit).unwrap_or(name)
}

fn places(source: &str, names: &[String], columns: &Columns) -> Result<Places, FitError> {
    let refuse = |rule: String| FitError::Columns { source_name: source.to_owned(), rule };
    let all = || names.join(", ");
    for (own, given) in &columns.named {
        if !NAMES.contains(&own.as_str()) {
            return Err(refuse(format!("column {own}={given}: {own} is none of {}", NAMES.join(", "))));
        }
        if !names.contains(given) {
            return Err(refuse(format!("column {own}={given}: the table has no column {given:?}, but {}", all())));
        }
    }
    if let Some(missing) = columns.ignored.iter().find(|name| !names.contains(name)) {
        return Err(refuse(format!("ignore {missing}: the table has no column {missing:?}, but {}", all())));
    }
    let mut found: HashMap<&str, usize> = HashMap::new();
    for (place, name) in names.iter().enumerate().filter(|(_, name)| !columns.ignored.contains(name)) {
        let own = quantity_of(name, columns);
        let Some(own) = NAMES.into_iter().find(|known| *known == own) else {
            let rule = format!(
                "column {name:?} is none of {}; say which it is, or that it is to be ignored",
                NAMES.join(", ")
            );
            return Err(refuse(rule));
        };
        if let Some(before) = found.insert(own, place) {
            return Err(refuse(format!("both {:?} and {name:?} are {own}; ignore one of them", names[before])));
        }
    }
    let read = match (found.get("conductance"), found.get("weight")) {
        (Some(_), Some(_)) => return Err(refuse("has conductance and weight; ignore one of them".to_owned())),
        (one, other) => {
            *one.or(other).ok_or_else(|| refuse(format!("has no column conductance or weight, but {}", all())))?
        }
    };
    let direction = *found.get("direction").ok_or_else(|| refuse(format!("has no column direction, but {}", all())))?;
    let place = |name| found.get(name).copied();
    Ok(Places { device: place("device"), cycle: place("cycle"), pulse: place("pulse"), direction, read })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, columns: &Columns) -> Result<Curves, FitError> {
        let mut lines = text.split('\n').map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
        let names = lines.next().unwrap();
        read_rows("table", &names, &lines.collect::<Vec<_>>(), columns)
    }

    #[test]
    fn a_wrong_table_is_refused_with_its_place() {
        let columns = Columns::default();
        let named = Columns { named: vec![("conductance".to_owned(), "G".to_owned())], ..Columns::default() };
        let ignored = Columns { ignored: vec!["time".to_owned()], ..Columns::default() };
        let flat = Columns { unit: Some(0.0), ..Columns::default() };
        for (text, columns, expected) in [
            ("direction\nup", &columns, "table: has no column conductance or weight, but direction"),
            ("weight\n1", &columns, "table: has no column direction, but weight"),
            ("weight,conductance_uS,direction\n1,1,up", &columns, "has conductance and weight; ignore one of them"),
            ("weight,direction,time\n1,up,3", &columns, "column \"time\" is none of device, cycle, pulse"),
            ("weight,weight_V,direction\n1,1,up", &columns, "both \"weight\" and \"weight_V\" are weight"),
            (
                "weight,direction\n1,up",
                &named,
                "column conductance=G: the table has no column \"G\", but weight, direction",
            ),
            ("weight,direction\n1,up", &ignored, "ignore time: the table has no column \"time\""),
            ("weight,direction\nx,up", &columns, "table: row 1, column \"weight\": must be a finite number, got \"x\""),
            ("weight,direction\n1,\nnan,up", &columns, "table: row 2, column \"weight\": must be a finite number"),
            ("weight,direction\n1,sideways", &columns, "must be up, down or empty, got \"sideways\""),
            ("weight,direction,pulse\n1,up,1.5", &columns, "must be a whole number from 0 on, got \"1.5\""),
            ("weight,direction,pulse\n0,,0\n1,up,9000000", &columns, "row 2, column \"pulse\": must be at most 100000"),
            ("weight,direction", &columns, "the curves hold no pulses"),
            ("weight,direction\n1,up", &columns, "the curves hold no pulses"),
            ("weight,direction\n1,\n1,up\n1,down", &columns, "device 1: all its reads are 1: it does not move"),
            ("weight,direction\n1,\n2,up\n1,down", &flat, "unit: must be finite and > 0, got 0"),
        ] {
            let message = read(text, columns).unwrap_err().to_string();
            assert!(message.contains(expected), "{text:?}\n{message}\nlacks\n{expected}");
        }
    }

    #[test]
    fn rows_are_reads_of_devices_and_cycles() {
        let text = "G,direction,pulse,device,cycle\n\
                    10,,0,a,1\n11,up,1,a,1\n20,SET,2,b,1\n13,up,3,a,1\n22,1,3,b,1\n12,down,1,a,1\n15,up,2,a,2\n30,,0,a,3\n28,-1,10,a,3";
        let columns = Columns {
            named: vec![("conductance".to_owned(), "G".to_owned())],
            zero: Some(10.0),
            unit: Some(2.0),
            ..Columns::default()
        };
        let curves = read(text, &columns).unwrap();
        let [a, b] = &curves.devices[..] else { panic!("{curves:?}") };
        let row = |up, pulses, weight| Read { up, pulses, weight };
        // A read 2 pulses after the one before; a count that begins again; a cycle that goes on; and one that does not.
        let first = [row(true, 1, 0.5), row(true, 2, 1.5), row(false, 1, 1.0), row(true, 2, 2.5)];
        assert_eq!(a.sequences[0], Sequence { start: 0.0, reads: first.to_vec() });
        assert_eq!(a.sequences[1], Sequence { start: 10.0, reads: vec![row(false, 10, 9.0)] });
        assert_eq!(b.sequences, [Sequence { start: 5.0, reads: vec![row(true, 1, 6.0)] }]);
        assert_eq!((a.name.as_str(), b.name.as_str(), curves.units.quantity.as_str()), ("a", "b", "G"));
    }
}
