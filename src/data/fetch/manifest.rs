//! What the public data sets consist of, and where they are.

/// A public data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchSet {
    /// MNIST: handwritten digits, 11 MB.
    Mnist,
    /// Fashion-MNIST: articles of clothing, 30 MB.
    FashionMnist,
    /// CIFAR-10: colour pictures of ten classes, 170 MB and as much unpacked.
    Cifar10,
    /// CIFAR-100: colour pictures of a hundred classes, 170 MB and as much unpacked.
    Cifar100,
}

/// The files of a data set and the folders on the net that hold them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Addresses of folders, tried in this order.
    pub mirrors: Vec<String>,
    /// The files.
    pub files: Vec<RemoteFile>,
}

/// A file to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteFile {
    /// Its name, on the mirror and in the target folder.
    pub name: String,
    /// What it is compared with.
    pub sum: KnownSum,
    /// What to unpack from it, if it is a gzip-compressed tar archive.
    pub unpack: Option<Unpack>,
}

/// What is known of a file: an MD5 sum in lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KnownSum {
    /// Of its content. It does not matter how that is compressed, or whether it is.
    Content(String),
    /// Of the compressed file, of whose content no sum is known: only this very file is taken.
    File(String),
}

impl RemoteFile {
    /// Its name without compression, if it may be without.
    pub fn unpacked_name(&self) -> Option<&str> {
        match self.sum {
            KnownSum::Content(_) => self.name.strip_suffix(".gz"),
            KnownSum::File(_) => None,
        }
    }
}

/// Files to unpack from an archive; all others in it are passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpack {
    /// The folder in the archive that holds them, made in the target folder under the same name.
    pub folder: String,
    /// Their names in that folder.
    pub members: Vec<String>,
}

impl FetchSet {
    /// All sets.
    pub const ALL: [Self; 4] = [Self::Mnist, Self::FashionMnist, Self::Cifar10, Self::Cifar100];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mnist => "mnist",
            Self::FashionMnist => "fashion_mnist",
            Self::Cifar10 => "cifar10",
            Self::Cifar100 => "cifar100",
        }
    }

    /// Its files. The sums of the content of MNIST and Fashion-MNIST are those of the published files, unpacked; the sums of the
    /// archives of CIFAR are those that torchvision lists.
    pub fn manifest(self) -> Manifest {
        match self {
            Self::Mnist => idx_manifest(
                &[
                    "https://ossci-datasets.s3.amazonaws.com/mnist/",
                    "https://storage.googleapis.com/cvdf-datasets/mnist/",
                ],
                [
                    "6bbc9ace898e44ae57da46a324031adb",
                    "a25bea736e30d166cdddb491f175f624",
                    "2646ac647ad5339dbf082846283269ea",
                    "27ae3e4e09519cfbb04c329615203637",
                ],
            ),
            Self::FashionMnist => idx_manifest(
                &[
                    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
                    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
                ],
                [
                    "f4a8712d7a061bf5bd6d2ca38dc4d50a",
                    "9018921c3c673c538a1fc5bad174d6f9",
                    "8181f5470baa50b63fa0f6fddb340f0a",
                    "15d484375f8d13e6eb1aabb0c3f46965",
                ],
            ),
            Self::Cifar10 => cifar_manifest(
                "cifar-10-binary.tar.gz",
                "c32a1d4ab5d03f1284b67883e8d87530",
                "cifar-10-batches-bin",
                &[
                    "batches.meta.txt",
                    "data_batch_1.bin",
                    "data_batch_2.bin",
                    "data_batch_3.bin",
                    "data_batch_4.bin",
                    "data_batch_5.bin",
                    "test_batch.bin",
                ],
            ),
            Self::Cifar100 => cifar_manifest(
                "cifar-100-binary.tar.gz",
                "03b5dce01913d631647c71ecec9e9cb8",
                "cifar-100-binary",
                &["coarse_label_names.txt", "fine_label_names.txt", "train.bin", "test.bin"],
            ),
        }
    }
}

/// Four files under the names of MNIST; sums of their content in the order of the names below.
fn idx_manifest(mirrors: &[&str], sums: [&str; 4]) -> Manifest {
    let names =
        ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];
    let files = names.iter().zip(sums).map(|(name, md5)| RemoteFile {
        name: format!("{name}.gz"),
        sum: KnownSum::Content(md5.to_owned()),
        unpack: None,
    });
    Manifest { mirrors: mirrors.iter().map(|&mirror| mirror.to_owned()).collect(), files: files.collect() }
}

fn cifar_manifest(archive: &str, md5: &str, folder: &str, members: &[&str]) -> Manifest {
    let members = members.iter().map(|&member| member.to_owned()).collect();
    let unpack = Some(Unpack { folder: folder.to_owned(), members });
    Manifest {
        mirrors: vec!["https://www.cs.toronto.edu/~kriz/".to_owned()],
        files: vec![RemoteFile { name: archive.to_owned(), sum: KnownSum::File(md5.to_owned()), unpack }],
    }
}
