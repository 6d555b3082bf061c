//! From the bytes of a column in a row group to its values.
//!
//! Decoding runs away from the asynchronous threads, and what a hostile page makes the decoder do (errors and panics)
//! ends as one fault that names the file and the column.

use std::io::Cursor;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use polars_arrow::array::{Array, new_empty_array};
use polars_arrow::bitmap::Bitmap;
use polars_arrow::compute::concatenate::concatenate;
use polars_arrow::datatypes::{ArrowDataType, Field};
use polars_buffer::Buffer;
use polars_parquet::parquet::metadata::RowGroupMetadata;
use polars_parquet::parquet::read::{BasicDecompressor, PageReader};
use polars_parquet::read::{Filter, column_iter_to_arrays};

use super::error::{SnapshotError, SnapshotFault};
use super::footer::ParquetFile;
use super::objects::Objects;

/// The undecoded bytes of one column in one row group.
#[derive(Clone, Debug)]
pub(super) struct RawColumn {
    field: Field,
    leaves: Vec<(usize, Bytes)>,
}

/// One row group of one file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group<'a> {
    /// The file.
    pub(super) file: &'a ParquetFile,
    /// Position of the row group in it.
    pub(super) group: usize,
}

impl<'a> Group<'a> {
    /// The row group's metadata; `None` past the last one.
    pub(super) fn metadata(self) -> Option<&'a RowGroupMetadata> {
        self.file.metadata.row_groups.get(self.group)
    }

    /// Rows in it.
    pub(super) fn rows(self) -> usize {
        self.metadata().map_or(0, RowGroupMetadata::num_rows)
    }

    fn corrupt(self, column: &str, cause: &str) -> SnapshotError {
        let cause = format!("column `{column}` of row group {} makes no sense: {cause}", self.group);
        SnapshotError::reading(&self.file.stored.location, SnapshotFault::Corrupt, cause)
    }

    /// Where the leaves of a column lie in the file.
    fn leaves(self, field: &Field) -> Result<Vec<(usize, Range<u64>)>, SnapshotError> {
        let found = catch_unwind(AssertUnwindSafe(|| {
            let metadata = self.metadata()?;
            let columns = metadata.columns_idxs_under_root_iter(&field.name)?;
            let leaf = |&column: &usize| Some((column, metadata.parquet_columns().get(column)?.byte_range()));
            columns.iter().map(leaf).collect::<Option<Vec<_>>>()
        }));
        let nowhere = || self.corrupt(&field.name, "it has no place in the file");
        found.ok().flatten().ok_or_else(nowhere)
    }

    /// Where the bytes of some columns lie in the file.
    pub(super) fn places(self, fields: &[&Field]) -> Vec<Range<u64>> {
        let leaves = fields.iter().filter_map(|field| self.leaves(field).ok()).flatten();
        leaves.map(|(_, range)| range).filter(|range| range.start < range.end).collect()
    }

    /// Compressed bytes of some columns.
    pub(super) fn weight(self, fields: &[&Field]) -> u64 {
        let sizes = fields.iter().filter_map(|field| self.leaves(field).ok()).flatten();
        sizes.map(|(_, range)| range.end - range.start).sum()
    }

    /// Reads the bytes of some columns, in their order.
    pub(super) async fn fetch(self, objects: &Objects, fields: &[&Field]) -> Result<Vec<RawColumn>, SnapshotError> {
        if self.rows() == 0 {
            // Some writers leave a row group without rows, and give its columns no bytes.
            return Ok(fields.iter().map(|field| RawColumn { field: (*field).clone(), leaves: Vec::new() }).collect());
        }
        let leaves = fields.iter().map(|field| self.leaves(field)).collect::<Result<Vec<_>, _>>()?;
        let ranges: Vec<Range<u64>> = leaves.iter().flatten().map(|(_, range)| range.clone()).collect();
        let mut contents = objects.ranges(&self.file.stored, &ranges).await?.into_iter();
        let column = |(field, leaves): (&&Field, Vec<(usize, Range<u64>)>)| RawColumn {
            field: (*field).clone(),
            leaves: leaves.into_iter().map(|(leaf, _)| leaf).zip(contents.by_ref()).collect(),
        };
        Ok(fields.iter().zip(leaves).map(column).collect())
    }

    /// Decodes a column: all rows, or those of `mask`.
    pub(super) fn decode(self, column: RawColumn, mask: Option<Bitmap>) -> Result<Box<dyn Array>, SnapshotError> {
        let expected = mask.as_ref().map_or(self.rows(), Bitmap::set_bits);
        let name = column.field.name.clone();
        let decoded = catch_unwind(AssertUnwindSafe(|| self.arrays(column, mask)));
        match decoded {
            Ok(Ok(array)) if array.len() == expected => Ok(array),
            Ok(Ok(array)) => {
                let cause = format!("it has {} rows where the row group has {expected}", array.len());
                Err(self.corrupt(&name, &cause))
            }
            Ok(Err(cause)) => Err(self.corrupt(&name, &cause)),
            Err(_) => Err(self.corrupt(&name, "its pages cannot be decoded")),
        }
    }

    fn arrays(self, column: RawColumn, mask: Option<Bitmap>) -> Result<Box<dyn Array>, String> {
        let metadata = self.metadata().ok_or("there is no such row group")?;
        let mut pages = Vec::with_capacity(column.leaves.len());
        let mut types = Vec::with_capacity(column.leaves.len());
        for (leaf, bytes) in column.leaves {
            let leaf = metadata.parquet_columns().get(leaf).ok_or("there is no such column")?;
            let reader = PageReader::new(Cursor::new(Buffer::from_owner(bytes)), leaf, vec![], usize::MAX);
            pages.push(BasicDecompressor::new(reader, vec![]));
            types.push(&leaf.descriptor().descriptor.primitive_type);
        }
        let mut field = column.field;
        if field.dtype == ArrowDataType::Float16 {
            // The decoder's own half-precision type has no public name; the bytes say the same.
            field.dtype = ArrowDataType::FixedSizeBinary(2);
        }
        let dtype = field.dtype.clone();
        if self.rows() == 0 {
            return Ok(new_empty_array(dtype));
        }
        let (mut arrays, _) =
            column_iter_to_arrays(pages, types, field, mask.map(Filter::Mask)).map_err(|error| error.to_string())?;
        if arrays.len() > 1 {
            let parts: Vec<&dyn Array> = arrays.iter().map(AsRef::as_ref).collect();
            return concatenate(&parts).map_err(|error| error.to_string());
        }
        Ok(arrays.pop().unwrap_or_else(|| new_empty_array(dtype)))
    }
}
