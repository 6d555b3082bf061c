//! The footer of a Parquet file: its columns and row groups.
//!
//! A [`ParquetFile`] is a listed file with its metadata. Reading it costs one request for most files.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use polars_arrow::datatypes::{ArrowDataType, Field, TimeUnit};
use polars_buffer::Buffer;
use polars_parquet::parquet::metadata::FileMetadata;
use polars_parquet::parquet::read::deserialize_metadata;
use polars_parquet::parquet::schema::types::{ParquetType, PhysicalType, PrimitiveLogicalType};
use polars_parquet::read::schema::parquet_to_arrow_schema;

use super::error::{SnapshotError, SnapshotFault};
use super::files::partitions;
use super::objects::{Objects, StoredFile};

/// Most footers fit into this many bytes from the end.
const TAIL: u64 = 64 * 1024;

/// Length of the footer, then `PAR1`.
const TRAILER: u64 = 8;

const MAGIC: &[u8] = b"PAR1";

/// A listed file with its metadata.
#[derive(Clone, Debug)]
pub(super) struct ParquetFile {
    /// The file as it was listed.
    pub(super) stored: StoredFile,
    /// Row groups, column chunks and their statistics.
    pub(super) metadata: Arc<FileMetadata>,
    /// The top-level columns, in the order of the file.
    pub(super) fields: Vec<Field>,
    /// Hive partitions of its path.
    pub(super) partitions: BTreeMap<String, Option<String>>,
}

impl ParquetFile {
    /// Reads the footer of a listed file.
    pub(super) async fn open(objects: &Objects, stored: StoredFile) -> Result<Self, SnapshotError> {
        let corrupt = |cause: String| SnapshotError::reading(&stored.location, SnapshotFault::Corrupt, cause);
        let size = stored.meta.size;
        if size < TRAILER + MAGIC.len() as u64 {
            return Err(corrupt(format!("it is no Parquet file: {size} bytes are too few")));
        }
        let mut tail = objects.ranges(&stored, std::slice::from_ref(&(size.saturating_sub(TAIL)..size))).await?;
        let mut tail = tail.pop().unwrap_or_default();
        let Some(trailer) = tail.len().checked_sub(8).map(|start| tail.slice(start..)) else {
            return Err(corrupt("its end could not be read".to_owned()));
        };
        if trailer.get(4..) != Some(MAGIC) {
            return Err(corrupt("it is no Parquet file or is cut off: it does not end with `PAR1`".to_owned()));
        }
        let length = trailer.get(..4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes);
        let footer = u64::from(length) + TRAILER;
        if footer > size {
            return Err(corrupt(format!("its footer of {footer} bytes is larger than the file of {size} bytes")));
        }
        if footer > tail.len() as u64 {
            let mut whole = objects.ranges(&stored, std::slice::from_ref(&(size - footer..size))).await?;
            tail = whole.pop().unwrap_or_default();
        }
        let start = tail.len().saturating_sub(usize::try_from(footer).unwrap_or(usize::MAX));
        let footer = tail.slice(start..);
        let decoded = catch_unwind(AssertUnwindSafe(|| {
            let metadata =
                deserialize_metadata(Buffer::from_vec(footer.to_vec())).map_err(|error| error.to_string())?;
            let fields = fields(&metadata);
            Ok::<_, String>((metadata, fields))
        }));
        let (metadata, fields) = match decoded {
            Ok(Ok(decoded)) => decoded,
            Ok(Err(cause)) => return Err(corrupt(format!("its footer makes no sense: {cause}"))),
            Err(_) => return Err(corrupt("its footer makes no sense".to_owned())),
        };
        let partitions = partitions(&stored.location);
        Ok(Self { stored, metadata: Arc::new(metadata), fields, partitions })
    }

    /// The column called `name`.
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name.as_str() == name)
    }
}

/// The columns by what Parquet itself says of them. The schema that Arrow's writers hide in the metadata is left aside:
/// it differs between writers of the same data.
fn fields(metadata: &FileMetadata) -> Vec<Field> {
    let types = metadata.schema().fields();
    let schema = parquet_to_arrow_schema(types);
    let mut fields: Vec<Field> = schema.iter_values().cloned().collect();
    for field in &mut fields {
        let found = types.iter().find(|parquet| parquet.name() == field.name.as_str());
        if let Some(ParquetType::PrimitiveType(primitive)) = found {
            let bytes = primitive.physical_type == PhysicalType::ByteArray;
            if primitive.physical_type == PhysicalType::Int96 {
                // Legacy timestamps: in nanoseconds, the decoder would hold those after 2262 to the last it can tell.
                field.dtype = ArrowDataType::Timestamp(TimeUnit::Microsecond, None);
            }
            match primitive.logical_type {
                // A column of nothing but nulls, whatever its type would have been.
                Some(PrimitiveLogicalType::Unknown) => field.dtype = ArrowDataType::Null,
                Some(PrimitiveLogicalType::Float16) => field.dtype = ArrowDataType::Float16,
                Some(PrimitiveLogicalType::Json | PrimitiveLogicalType::Enum) if bytes => {
                    field.dtype = ArrowDataType::Utf8View;
                }
                _ => {}
            }
        }
    }
    fields
}
