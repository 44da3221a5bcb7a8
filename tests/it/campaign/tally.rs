//! What faults have done, counted.

/// What must not be.
#[derive(Debug)]
pub enum Harm {
    /// Something that was done and on disk is not there any more, or the work cannot go on.
    Lost(String),
    /// Other numbers, a damaged file, or an end without a word.
    Wrong(String),
}

/// The tries of one kind of fault.
#[derive(Debug)]
pub struct Tally {
    of: &'static str,
    fault: &'static str,
    tries: usize,
    hit: usize,
    lost: Vec<String>,
    wrong: Vec<String>,
}

impl Tally {
    /// Of this fault in this kind of work.
    pub fn new(of: &'static str, fault: &'static str) -> Self {
        Self { of, fault, tries: 0, hit: 0, lost: vec![], wrong: vec![] }
    }

    /// Counts a try: whether the fault came before the work was done, or what harm it did.
    pub fn count(&mut self, outcome: Result<bool, Harm>) {
        self.tries += 1;
        match outcome {
            Ok(hit) => self.hit += usize::from(hit),
            Err(harm) => {
                self.hit += 1;
                let (list, what) = match harm {
                    Harm::Lost(what) => (&mut self.lost, what),
                    Harm::Wrong(what) => (&mut self.wrong, what),
                };
                list.push(format!("{}, {}, try {}: {what}", self.of, self.fault, self.tries));
            }
        }
    }

    /// How often the fault came before the work was done.
    pub fn hit(&self) -> usize {
        self.hit
    }

    /// Everything that must not be.
    pub fn harm(&self) -> impl Iterator<Item = &String> {
        self.lost.iter().chain(&self.wrong)
    }

    /// Says how it went.
    pub fn tell(&self) {
        println!("{}", self.row());
        self.harm().for_each(|what| println!("    {what}"));
    }

    fn row(&self) -> String {
        let Self { of, fault, tries, hit, lost, wrong } = self;
        format!("| {of} | {fault} | {tries} | {hit} | {} | {} |", lost.len(), wrong.len())
    }
}

/// All of them as a table in Markdown.
pub fn table(tallies: &[Tally]) -> String {
    let head = "| of | fault | tries | while it worked | lost | wrong |\n|---|---|---|---|---|---|".to_owned();
    let sum = |number: fn(&Tally) -> usize| tallies.iter().map(number).sum::<usize>();
    let [tries, hit] = [sum(|tally| tally.tries), sum(|tally| tally.hit)];
    let [lost, wrong] = [sum(|tally| tally.lost.len()), sum(|tally| tally.wrong.len())];
    let all = format!("| **all** | | **{tries}** | **{hit}** | **{lost}** | **{wrong}** |");
    [vec![head], tallies.iter().map(Tally::row).collect(), vec![all]].concat().join("\n")
}
