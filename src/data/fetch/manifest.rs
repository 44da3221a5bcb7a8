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
    /// Its MD5 sum in lower-case hexadecimal digits.
    pub md5: String,
    /// What to unpack from it, if it is a gzip-compressed tar archive.
    pub unpack: Option<Unpack>,
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

    /// Its files. The sums are those that torchvision lists.
    pub fn manifest(self) -> Manifest {
        match self {
            Self::Mnist => idx_manifest(
                &[
                    "https://ossci-datasets.s3.amazonaws.com/mnist/",
                    "https://storage.googleapis.com/cvdf-datasets/mnist/",
                ],
                [
                    "f68b3c2dcbeaaa9fbdd348bbdeb94873",
                    "d53e105ee54ea40749a09fcbcd1e9432",
                    "9fb629c4189551a2d022fa330f9573f3",
                    "ec29112dd5afa0611ce80d1b7f02629c",
                ],
            ),
            Self::FashionMnist => idx_manifest(
                &[
                    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
                    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
                ],
                [
                    "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                    "25c81989df183df01b3e8a0aad5dffbe",
                    "bef4ecab320f06d8554ea6380940ec79",
                    "bb300cfdad3c16e7a12a480ee83cd310",
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

/// Four files under the names of MNIST; sums in the order of the names below.
fn idx_manifest(mirrors: &[&str], sums: [&str; 4]) -> Manifest {
    let names =
        ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];
    let files = names.iter().zip(sums).map(|(name, md5)| RemoteFile {
        name: format!("{name}.gz"),
        md5: md5.to_owned(),
        unpack: None,
    });
    Manifest { mirrors: mirrors.iter().map(|&mirror| mirror.to_owned()).collect(), files: files.collect() }
}

fn cifar_manifest(archive: &str, md5: &str, folder: &str, members: &[&str]) -> Manifest {
    let members = members.iter().map(|&member| member.to_owned()).collect();
    let unpack = Some(Unpack { folder: folder.to_owned(), members });
    Manifest {
        mirrors: vec!["https://www.cs.toronto.edu/~kriz/".to_owned()],
        files: vec![RemoteFile { name: archive.to_owned(), md5: md5.to_owned(), unpack }],
    }
}
