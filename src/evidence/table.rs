//! Tables as Parquet, and their columns.

use std::io::Cursor;

use polars::prelude::{
    Column, DataFrame, DataType, IntoColumn as _, NamedFrom as _, ParquetReader, ParquetWriter, PolarsError,
    SerReader as _, Series, TimeUnit, TimeZone,
};

use super::error::EvidenceError;
use super::folder::{Files, Opened};
use crate::model::time::Timestamp;

/// The tables of a view, as they are written.
pub(super) struct Written<'a> {
    /// Where they lie.
    pub(super) folder: &'a str,
    pub(super) files: &'a mut Files,
}

impl Written<'_> {
    /// Puts a table under a name.
    pub(super) fn put(&mut self, name: &str, frame: Result<DataFrame, PolarsError>) -> Result<(), EvidenceError> {
        let file = path(self.folder, name);
        match frame.and_then(parquet) {
            Ok(bytes) => self.files.insert(file, bytes),
            Err(source) => return Err(EvidenceError::Unencoded { file, source }),
        };
        Ok(())
    }
}

/// The tables of a view, as they are read.
pub(super) struct Read<'a> {
    /// Where they lie.
    pub(super) folder: &'a str,
    pub(super) files: &'a Opened,
}

impl Read<'_> {
    /// What is taken out of the table of a name.
    pub(super) fn take<T>(
        &self,
        name: &str,
        take: impl FnOnce(&DataFrame) -> Result<T, String>,
    ) -> Result<T, EvidenceError> {
        let file = path(self.folder, name);
        let frame = frame(self.files.file(&file)?);
        frame.and_then(|frame| take(&frame)).map_err(|cause| EvidenceError::senseless(&file, cause))
    }
}

fn path(folder: &str, name: &str) -> String {
    format!("{folder}/{name}.parquet")
}

/// The table as the bytes of a file.
pub(super) fn parquet(mut table: DataFrame) -> Result<Vec<u8>, PolarsError> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut table)?;
    Ok(bytes)
}

/// The table in the bytes of a file.
pub(super) fn frame(bytes: &[u8]) -> Result<DataFrame, String> {
    ParquetReader::new(Cursor::new(bytes)).finish().map_err(|error| told(&error))
}

fn told(error: &PolarsError) -> String {
    error.to_string()
}

/// What lies at `row`; `None` past the end and for a null.
pub(super) fn at<T: Clone>(values: &[Option<T>], row: usize) -> Option<T> {
    values.get(row).cloned().flatten()
}

/// Instants in UTC.
pub(super) fn instants(name: &str, values: &[Option<Timestamp>]) -> Column {
    let nanos: Vec<Option<i64>> = values.iter().map(|instant| instant.map(Timestamp::nanos)).collect();
    // A cast would lose the zone.
    Series::new(name.into(), nanos).into_datetime(TimeUnit::Nanoseconds, Some(TimeZone::UTC)).into_column()
}

/// Bytes or nulls.
pub(super) fn byte_column<'a>(name: &str, values: impl Iterator<Item = Option<&'a [u8]>>) -> Column {
    Series::new(name.into(), values.collect::<Vec<Option<&[u8]>>>()).into_column()
}

fn column<'a>(frame: &'a DataFrame, name: &str) -> Result<&'a Column, String> {
    frame.column(name).map_err(|error| told(&error))
}

pub(super) fn booleans(frame: &DataFrame, name: &str) -> Result<Vec<Option<bool>>, String> {
    Ok(column(frame, name)?.bool().map_err(|error| told(&error))?.iter().collect())
}

pub(super) fn positions(frame: &DataFrame, name: &str) -> Result<Vec<Option<u32>>, String> {
    Ok(column(frame, name)?.u32().map_err(|error| told(&error))?.iter().collect())
}

pub(super) fn integers(frame: &DataFrame, name: &str) -> Result<Vec<Option<i64>>, String> {
    Ok(column(frame, name)?.i64().map_err(|error| told(&error))?.iter().collect())
}

pub(super) fn naturals(frame: &DataFrame, name: &str) -> Result<Vec<Option<u64>>, String> {
    Ok(column(frame, name)?.u64().map_err(|error| told(&error))?.iter().collect())
}

pub(super) fn singles(frame: &DataFrame, name: &str) -> Result<Vec<Option<f32>>, String> {
    Ok(column(frame, name)?.f32().map_err(|error| told(&error))?.iter().collect())
}

pub(super) fn doubles(frame: &DataFrame, name: &str) -> Result<Vec<Option<f64>>, String> {
    Ok(column(frame, name)?.f64().map_err(|error| told(&error))?.iter().collect())
}

pub(super) fn texts(frame: &DataFrame, name: &str) -> Result<Vec<Option<String>>, String> {
    Ok(column(frame, name)?.str().map_err(|error| told(&error))?.iter().map(|text| text.map(str::to_owned)).collect())
}

pub(super) fn bytes(frame: &DataFrame, name: &str) -> Result<Vec<Option<Vec<u8>>>, String> {
    Ok(column(frame, name)?
        .binary()
        .map_err(|error| told(&error))?
        .iter()
        .map(|bytes| bytes.map(<[u8]>::to_vec))
        .collect())
}

pub(super) fn times(frame: &DataFrame, name: &str) -> Result<Vec<Option<Timestamp>>, String> {
    let nanos = column(frame, name)?.cast(&DataType::Int64).map_err(|error| told(&error))?;
    Ok(nanos.i64().map_err(|error| told(&error))?.iter().map(|nanos| nanos.map(Timestamp::from_nanos)).collect())
}
