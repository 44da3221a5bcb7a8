//! gzip streams of any number of members (RFC 1952), with zeros behind the last one, as tapes and some servers add them.
use flate2::bufread::GzDecoder;
use std::io::{self, BufRead, Read};

/// First bytes of a member.
pub(super) const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// What all members hold, one after the other.
pub(super) struct Gunzip<R> {
    /// Between two members the compressed stream waits in `between`.
    member: Option<GzDecoder<R>>,
    between: Option<R>,
}

impl<R: BufRead> Gunzip<R> {
    pub(super) fn new(compressed: R) -> Self {
        Self { member: Some(GzDecoder::new(compressed)), between: None }
    }

    /// Opens the next member; there is none where only zeros follow.
    fn next_member(&mut self) -> io::Result<()> {
        let Some(compressed) = &mut self.between else { return Ok(()) };
        loop {
            let ahead = compressed.fill_buf()?;
            let zeros = ahead.iter().take_while(|&&byte| byte == 0).count();
            match ahead.get(zeros) {
                Some(_) => break,
                None if ahead.is_empty() => return Ok(()),
                None => compressed.consume(zeros),
            }
        }
        self.member = self.between.take().map(GzDecoder::new);
        Ok(())
    }
}

impl<R: BufRead> Read for Gunzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let found = member.read(buffer)?;
            if found > 0 || buffer.is_empty() {
                return Ok(found);
            }
            self.between = self.member.take().map(GzDecoder::into_inner);
            self.next_member()?;
        }
        Ok(0)
    }
}
