//! Downloads from a tiny server on this machine: good answers, bad answers, and what they leave behind.
use dyadsim::data::fetch::{
    FetchError, FetchProgress, FetchSet, KnownSum, Manifest, RemoteFile, Unpack, fetch_manifest,
};
use flate2::{Compression, write::GzEncoder};
use md5::{Digest, Md5};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use tempfile::TempDir;

/// What the server says to every request.
#[derive(Clone)]
enum Answer {
    Whole(Vec<u8>),
    /// Announces more bytes than it sends.
    Truncated {
        sent: Vec<u8>,
        announced: usize,
    },
    /// Does not announce a length; the end of the connection ends the file.
    Unannounced(Vec<u8>),
    NotFound,
}

/// A server whose folder gives one answer; it ends with the test.
struct Server {
    address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/folder/", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming() {
                serve(stream.unwrap(), &answer, &heard);
            }
        });
        Self { address, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, answer: &Answer, heard: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    heard.lock().unwrap().push(lines.next().unwrap_or_default());
    lines.find(|line| line.is_empty());
    let head = |status: &str, length: Option<usize>| {
        let length = length.map(|length| format!("Content-Length: {length}\r\n")).unwrap_or_default();
        format!("HTTP/1.1 {status}\r\n{length}Connection: close\r\n\r\n").into_bytes()
    };
    let bytes = match answer {
        Answer::Whole(bytes) => [head("200 OK", Some(bytes.len())), bytes.clone()].concat(),
        Answer::Truncated { sent, announced } => [head("200 OK", Some(*announced)), sent.clone()].concat(),
        Answer::Unannounced(bytes) => [head("200 OK", None), bytes.clone()].concat(),
        Answer::NotFound => head("404 Not Found", Some(0)),
    };
    // The client may hang up early.
    let _ = stream.write_all(&bytes);
}

#[derive(Default)]
struct Heard(Vec<String>, u64);

impl FetchProgress for Heard {
    fn start(&mut self, file: &str, total: Option<u64>) {
        self.0.push(format!("start {file} {total:?}"));
        self.1 = 0;
    }
    fn advance(&mut self, bytes: u64) {
        self.1 += bytes;
    }
    fn finish(&mut self) {
        self.0.push(format!("finish after {}", self.1));
    }
}

fn content() -> Vec<u8> {
    (0..100_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

fn md5_of(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn manifest(mirrors: &[&Server], unpack: Option<Unpack>, bytes: &[u8]) -> Manifest {
    Manifest {
        mirrors: mirrors.iter().map(|server| server.address.clone()).collect(),
        files: vec![RemoteFile { name: "set.gz".to_owned(), sum: KnownSum::File(md5_of(bytes)), unpack }],
    }
}

fn run(manifest: &Manifest, folder: &Path) -> (Result<(), FetchError>, Vec<String>) {
    let mut heard = Heard::default();
    (fetch_manifest(manifest, folder, None, &mut heard), heard.0)
}

/// All names below a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            names.extend(self::names(&entry.path()).iter().map(|inner| format!("{name}/{inner}")));
        } else {
            names.push(name);
        }
    }
    names.sort();
    names
}

#[test]
fn a_whole_answer_becomes_the_file_in_a_new_folder() {
    let folder = TempDir::new().unwrap();
    let target = folder.path().join("deep/er");
    for (answer, total) in [(Answer::Whole(content()), "Some(100000)"), (Answer::Unannounced(content()), "None")] {
        let server = Server::start(answer);
        let (result, heard) = run(&manifest(&[&server], None, &content()), &target);
        result.unwrap();
        assert_eq!(fs::read(target.join("set.gz")).unwrap(), content());
        assert_eq!(heard, [format!("start set.gz {total}"), "finish after 100000".to_owned()]);
        assert_eq!(server.requests(), ["GET /folder/set.gz HTTP/1.1"]);
        assert_eq!(names(&target), ["set.gz"]);
        fs::remove_file(target.join("set.gz")).unwrap();
    }
}

#[test]
fn a_good_file_is_not_fetched_again_and_a_wrong_one_is_replaced() {
    let server = Server::start(Answer::Whole(content()));
    let folder = TempDir::new().unwrap();
    let manifest = manifest(&[&server], None, &content());
    fs::write(folder.path().join("set.gz"), "old").unwrap();
    run(&manifest, folder.path()).0.unwrap();
    assert_eq!(fs::read(folder.path().join("set.gz")).unwrap(), content());
    let (result, heard) = run(&manifest, folder.path());
    result.unwrap();
    assert!(heard.is_empty(), "{heard:?}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_truncated_answer_leaves_nothing() {
    let server = Server::start(Answer::Truncated { sent: content()[..70_000].to_vec(), announced: 100_000 });
    let folder = TempDir::new().unwrap();
    let (result, heard) = run(&manifest(&[&server], None, &content()), folder.path());
    let message = result.unwrap_err().to_string();
    let expected =
        format!("set.gz could not be fetched\n  {}set.gz: broke off after 70000 of 100000 bytes: ", server.address);
    assert!(message.starts_with(&expected), "{message}");
    assert_eq!(heard, ["start set.gz Some(100000)", "finish after 70000"]);
    assert!(names(folder.path()).is_empty());
}

#[test]
fn a_corrupted_answer_leaves_nothing_and_both_sums_are_named() {
    let mut corrupted = content();
    corrupted[50_000] ^= 1;
    let server = Server::start(Answer::Whole(corrupted.clone()));
    let folder = TempDir::new().unwrap();
    let message = run(&manifest(&[&server], None, &content()), folder.path()).0.unwrap_err().to_string();
    let expected = format!(
        "set.gz could not be fetched\n  {}set.gz: MD5 sum must be {}, got {} (100000 bytes)\n  \
         or put a copy of it into {} and fetch again, which checks it",
        server.address,
        md5_of(&content()),
        md5_of(&corrupted),
        folder.path().display()
    );
    assert_eq!(message, expected);
    assert!(names(folder.path()).is_empty());
}

#[test]
fn a_folder_of_this_machine_is_a_mirror() {
    let mirror = TempDir::new().unwrap();
    let with = |address: String| Manifest { mirrors: vec![address], ..manifest(&[], None, &content()) };
    let path = mirror.path().display().to_string();
    let folder = TempDir::new().unwrap();
    let missing = run(&with(path.clone()), folder.path()).0.unwrap_err().to_string();
    assert!(missing.contains(&format!("{path}/set.gz: No such file")), "{missing}");
    std::fs::write(mirror.path().join("set.gz"), content()).unwrap();
    for address in [path.clone(), format!("file://{path}"), format!("file://localhost{path}")] {
        let folder = TempDir::new().unwrap();
        run(&with(address), folder.path()).0.unwrap();
        assert!(std::fs::read(folder.path().join("set.gz")).unwrap() == content());
    }
    std::fs::write(mirror.path().join("set.gz"), "another").unwrap();
    let other = run(&with(path), folder.path()).0.unwrap_err().to_string();
    assert!(other.contains("MD5 sum must be") && names(folder.path()).is_empty(), "{other}");
}

#[test]
fn a_failed_download_leaves_the_file_that_was_there() {
    let server = Server::start(Answer::Truncated { sent: vec![1], announced: 2 });
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("set.gz"), "old").unwrap();
    run(&manifest(&[&server], None, &content()), folder.path()).0.unwrap_err();
    assert_eq!(names(folder.path()), ["set.gz"]);
    assert_eq!(fs::read(folder.path().join("set.gz")).unwrap(), b"old");
}

#[test]
fn the_next_mirror_is_tried_and_every_failure_is_told() {
    let missing = Server::start(Answer::NotFound);
    let corrupt = Server::start(Answer::Whole(vec![0; 10]));
    let good = Server::start(Answer::Whole(content()));
    let folder = TempDir::new().unwrap();
    run(&manifest(&[&missing, &corrupt, &good], None, &content()), folder.path()).0.unwrap();
    assert_eq!(fs::read(folder.path().join("set.gz")).unwrap(), content());
    assert_eq!([&missing, &corrupt, &good].map(|server| server.requests().len()), [1, 1, 1]);

    let other = TempDir::new().unwrap();
    let error = run(&manifest(&[&missing, &corrupt], None, &content()), other.path()).0.unwrap_err();
    let lines: Vec<String> = error.to_string().lines().map(str::to_owned).collect();
    assert_eq!(lines[1], format!("  {}set.gz: the server answered with HTTP status 404", missing.address));
    assert!(lines[2].starts_with(&format!("  {}set.gz: MD5 sum must be ", corrupt.address)), "{}", lines[2]);
    assert_eq!(
        lines[3],
        format!("  or put a copy of it into {} and fetch again, which checks it", other.path().display())
    );
    assert_eq!(lines.len(), 4);
}

#[test]
fn a_given_mirror_replaces_the_known_ones() {
    let known = Server::start(Answer::Whole(content()));
    let given = Server::start(Answer::Whole(content()));
    let folder = TempDir::new().unwrap();
    let without_slash = given.address.trim_end_matches('/');
    let manifest = manifest(&[&known], None, &content());
    fetch_manifest(&manifest, folder.path(), Some(without_slash), &mut Heard::default()).unwrap();
    assert_eq!((known.requests().len(), given.requests().len()), (0, 1));
    assert_eq!(given.requests(), ["GET /folder/set.gz HTTP/1.1"]);
}

/// A gzip-compressed tar archive of the given paths; each file holds its own path.
fn archive(paths: &[&str]) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for path in paths {
        let mut header = tar::Header::new_old();
        // Written by hand, because the library refuses to make the paths that an attacker would.
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_size(path.len() as u64);
        header.set_mode(0o644);
        header.set_entry_type(tar::EntryType::Regular);
        header.set_cksum();
        builder.append(&header, path.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

fn two_members() -> Option<Unpack> {
    Some(Unpack { folder: "inner".to_owned(), members: vec!["a.bin".to_owned(), "b.bin".to_owned()] })
}

#[test]
fn only_the_expected_members_of_an_archive_are_unpacked() {
    let bytes = archive(&["inner/extra", "inner/b.bin", "../escape", "/tmp/absolute", "inner/../a.bin", "inner/a.bin"]);
    let server = Server::start(Answer::Whole(bytes.clone()));
    let outer = TempDir::new().unwrap();
    let folder = outer.path().join("data");
    run(&manifest(&[&server], two_members(), &bytes), &folder).0.unwrap();
    assert_eq!(names(outer.path()), ["data/inner/a.bin", "data/inner/b.bin", "data/set.gz"]);
    assert_eq!(fs::read_to_string(folder.join("inner/a.bin")).unwrap(), "inner/a.bin");
}

#[test]
fn an_archive_that_lacks_a_member_unpacks_nothing() {
    let bytes = archive(&["inner/a.bin", "inner/c.bin"]);
    let server = Server::start(Answer::Whole(bytes.clone()));
    let folder = TempDir::new().unwrap();
    let error = run(&manifest(&[&server], two_members(), &bytes), folder.path()).0.unwrap_err();
    assert!(matches!(&error, FetchError::MemberMissing { member, .. } if member == "inner/b.bin"), "{error}");
    assert_eq!(names(folder.path()), ["set.gz"]);
}

#[test]
fn a_broken_archive_unpacks_nothing() {
    let mut bytes = archive(&["inner/a.bin", "inner/b.bin"]);
    bytes.truncate(bytes.len() / 2);
    let server = Server::start(Answer::Whole(bytes.clone()));
    let folder = TempDir::new().unwrap();
    run(&manifest(&[&server], two_members(), &bytes), folder.path()).0.unwrap_err();
    assert_eq!(names(folder.path()), ["set.gz"]);
}

#[test]
fn manifests_of_the_public_sets_are_well_formed() {
    for set in FetchSet::ALL {
        let manifest = set.manifest();
        assert!(manifest.mirrors.iter().all(|mirror| mirror.starts_with("http") && mirror.ends_with('/')));
        for file in &manifest.files {
            let hexadecimal = |digit: char| digit.is_ascii_digit() || ('a'..='f').contains(&digit);
            let (KnownSum::Content(sum) | KnownSum::File(sum)) = &file.sum;
            assert!(sum.len() == 32 && sum.chars().all(hexadecimal), "{}: {sum}", file.name);
        }
    }
}

fn gzip(bytes: &[u8], level: Compression) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A manifest of one file whose content is known, with this folder as mirror.
fn of_content(mirror: &Path) -> Manifest {
    let sum = KnownSum::Content(md5_of(&content()));
    let file = RemoteFile { name: "set.gz".to_owned(), sum, unpack: None };
    Manifest { mirrors: vec![mirror.display().to_string()], files: vec![file] }
}

#[test]
fn a_file_is_known_by_its_content_however_it_is_compressed() {
    for (name, bytes) in [
        ("set.gz", gzip(&content(), Compression::fast())),
        ("set.gz", gzip(&content(), Compression::best())),
        (
            "set.gz",
            [gzip(&content()[..999], Compression::best()), gzip(&content()[999..], Compression::none())].concat(),
        ),
        ("set", content()),
    ] {
        let [mirror, folder] = [TempDir::new().unwrap(), TempDir::new().unwrap()];
        fs::write(mirror.path().join(name), &bytes).unwrap();
        run(&of_content(mirror.path()), folder.path()).0.unwrap();
        assert_eq!(names(folder.path()), [name]);
        assert!(fs::read(folder.path().join(name)).unwrap() == bytes);
        // It is not fetched again.
        let nowhere = mirror.path().join("nowhere");
        assert!(run(&of_content(&nowhere), folder.path()).1.is_empty());
    }
    // A server that has unpacked it on the way.
    let (server, folder) = (Server::start(Answer::Whole(content())), TempDir::new().unwrap());
    let manifest = Manifest { mirrors: vec![server.address.clone()], ..of_content(folder.path()) };
    run(&manifest, folder.path()).0.unwrap();
    assert_eq!(names(folder.path()), ["set"]);
}

#[test]
fn other_content_is_refused_with_both_sums_and_damage_is_named() {
    let [mirror, folder] = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let mut other = content();
    other[7] ^= 1;
    let refused = |bytes: &[u8]| {
        fs::write(mirror.path().join("set.gz"), bytes).unwrap();
        let error = run(&of_content(mirror.path()), folder.path()).0.unwrap_err().to_string();
        assert!(names(folder.path()).is_empty());
        error
    };
    let sums = format!("MD5 sum of the content must be {}, got {}", md5_of(&content()), md5_of(&other));
    for bytes in [gzip(&other, Compression::best()), other.clone()] {
        assert!(refused(&bytes).contains(&sums));
    }
    let mut damaged = gzip(&content(), Compression::best());
    // The sum of gzip itself, in its last eight bytes.
    let at = damaged.len() - 6;
    damaged[at] ^= 1;
    assert!(refused(&damaged).contains("a damaged gzip file"));
    damaged.truncate(damaged.len() / 2);
    assert!(refused(&damaged).contains("a damaged gzip file"));
}

#[test]
fn a_wrong_file_gives_way_to_the_known_one_under_either_name() {
    let [mirror, folder] = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    fs::write(mirror.path().join("set.gz"), gzip(&content(), Compression::best())).unwrap();
    fs::write(folder.path().join("set"), "another, which would be read instead").unwrap();
    // Without a better one it stays, and both sums are named.
    let told = run(&of_content(&mirror.path().join("no")), folder.path()).0.unwrap_err().to_string();
    assert!(told.contains("/set: MD5 sum of the content must be ") && told.contains("No such file"), "{told}");
    run(&of_content(mirror.path()), folder.path()).0.unwrap();
    assert_eq!(names(folder.path()), ["set.gz"]);
}

#[test]
fn where_the_content_is_not_known_a_refused_archive_is_told_from_a_damaged_one() {
    let [mirror, folder] = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let bytes = gzip(&content(), Compression::best());
    let manifest = Manifest { mirrors: vec![mirror.path().display().to_string()], ..manifest(&[], None, &bytes) };
    let refused = |bytes: &[u8]| {
        fs::write(mirror.path().join("set.gz"), bytes).unwrap();
        run(&manifest, folder.path()).0.unwrap_err().to_string()
    };
    let otherwise = refused(&gzip(&content(), Compression::none()));
    assert!(otherwise.contains("a whole gzip file: another one, or compressed otherwise"), "{otherwise}");
    assert!(refused(&bytes[..bytes.len() / 2]).contains("a damaged gzip file"));
}
