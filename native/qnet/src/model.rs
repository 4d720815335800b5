//! A model file: safetensors with the declaration, the schema hash and a checksum in its metadata.
//!
//! The same model gives the same bytes, because versions are named by the sha256 of the file. The safetensors crate writes its
//! metadata in the order of a hash map, so the header is written here; the crate reads and validates it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use safetensors::tensor::{Dtype, SafeTensorError, SafeTensors};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::forward::first_non_finite;
use crate::{EngineError, Layout, NetSpec};

/// The `format` of files written here.
pub const FORMAT: &str = "rltrader-qnet-1";
/// Metadata keys that belong to the format; a caller may not set them.
pub const RESERVED_METADATA: [&str; 4] = ["format", "schema_hash", "sha256", "spec"];

const LENGTH_BYTES: usize = 8;

/// A declaration, the hash of the schema that it came from, its weights, and the caller's own notes.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    spec: NetSpec,
    schema_hash: String,
    weights: Vec<f32>,
    notes: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct TensorHeader<'a> {
    dtype: &'static str,
    shape: &'a [usize],
    data_offsets: [usize; 2],
}

impl Model {
    /// Puts a model together.
    ///
    /// # Errors
    /// [`EngineError::Spec`], [`EngineError::Shape`] for the wrong number of weights, [`EngineError::NonFinite`],
    /// [`EngineError::ModelFormat`] if a note uses a key of [`RESERVED_METADATA`].
    pub fn new(
        spec: NetSpec,
        schema_hash: String,
        weights: Vec<f32>,
        notes: BTreeMap<String, String>,
    ) -> Result<Self, EngineError> {
        let layout = Layout::new(&spec)?;
        if weights.len() != layout.len() {
            return Err(EngineError::Shape { what: "weights", expected: layout.len().to_string(), actual: weights.len() });
        }
        if let Some(index) = first_non_finite(&weights) {
            return Err(EngineError::NonFinite { what: "weights", index, actual: weights[index].to_string() });
        }
        if let Some(key) = RESERVED_METADATA.iter().find(|key| notes.contains_key(**key)) {
            return Err(format_error("metadata", format!("free of the keys {RESERVED_METADATA:?}"), format!("using `{key}`")));
        }
        Ok(Self { spec, schema_hash, weights, notes })
    }

    /// The declaration.
    pub fn spec(&self) -> &NetSpec {
        &self.spec
    }

    /// Hash of the schema that the model was trained for.
    pub fn schema_hash(&self) -> &str {
        &self.schema_hash
    }

    /// The flat weights; see [`Layout`].
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// The file's whole metadata, the format's own keys included.
    pub fn metadata(&self) -> BTreeMap<String, String> {
        let mut metadata = self.notes.clone();
        metadata.insert("format".into(), FORMAT.into());
        metadata.insert("schema_hash".into(), self.schema_hash.clone());
        metadata.insert("spec".into(), self.spec.to_json());
        metadata.insert("sha256".into(), checksum(&metadata, &weight_bytes(&self.weights)));
        metadata
    }

    /// The file. The same model gives the same bytes.
    ///
    /// # Errors
    /// [`EngineError::Spec`] if the declaration is invalid.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EngineError> {
        let layout = Layout::new(&self.spec)?;
        let mut entries = vec![format!("\"__metadata__\":{}", json(&self.metadata()))];
        for slot in layout.tensors() {
            let data_offsets = [slot.offset * size_of::<f32>(), (slot.offset + slot.len()) * size_of::<f32>()];
            let header = TensorHeader { dtype: "F32", shape: &slot.shape, data_offsets };
            entries.push(format!("{}:{}", json(&slot.name), json(&header)));
        }
        let mut header = format!("{{{}}}", entries.join(","));
        // Spaces up to a multiple of eight keep the weights aligned, as the format recommends.
        header.push_str(&" ".repeat(header.len().next_multiple_of(LENGTH_BYTES) - header.len()));
        let mut bytes = Vec::with_capacity(LENGTH_BYTES + header.len() + self.weights.len() * size_of::<f32>());
        bytes.extend_from_slice(&(header.len() as u64).to_le_bytes());
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(&weight_bytes(&self.weights));
        Ok(bytes)
    }

    /// Reads a file and checks format, declaration, tensor names, shapes and types, checksum, finite weights and, if given, the
    /// schema hash.
    ///
    /// # Errors
    /// [`EngineError::ModelTruncated`], [`EngineError::ModelFormat`], [`EngineError::ModelHash`],
    /// [`EngineError::SchemaMismatch`], [`EngineError::Spec`], [`EngineError::NonFinite`].
    pub fn from_bytes(bytes: &[u8], expected_schema_hash: Option<&str>) -> Result<Self, EngineError> {
        let (header_len, header) = SafeTensors::read_metadata(bytes).map_err(|error| unreadable(bytes, &error))?;
        let mut metadata: BTreeMap<String, String> = header.metadata().clone().unwrap_or_default().into_iter().collect();
        let mut take = |key: &str| {
            metadata.remove(key).ok_or_else(|| format_error(&format!("metadata key `{key}`"), "present".into(), "missing".into()))
        };
        let format = take("format")?;
        if format != FORMAT {
            return Err(format_error("format", FORMAT.into(), format));
        }
        let [spec_json, schema_hash, expected] = [take("spec")?, take("schema_hash")?, take("sha256")?];
        let spec = NetSpec::from_json(&spec_json)?;
        let layout = Layout::new(&spec)?;
        let tensors = header.tensors();
        for slot in layout.tensors() {
            let what = format!("tensor `{}`", slot.name);
            let found = tensors
                .get(&slot.name)
                .ok_or_else(|| format_error(&what, "present".into(), format!("missing among {} tensors", tensors.len())))?;
            if found.dtype != Dtype::F32 {
                return Err(format_error(&format!("{what} dtype"), "F32".into(), format!("{:?}", found.dtype)));
            }
            if found.shape != slot.shape {
                return Err(format_error(&format!("{what} shape"), format!("{:?}", slot.shape), format!("{:?}", found.shape)));
            }
            let start = slot.offset * size_of::<f32>();
            if found.data_offsets.0 != start {
                return Err(format_error(&format!("{what} offset"), start.to_string(), found.data_offsets.0.to_string()));
            }
        }
        if tensors.len() != layout.tensors().len() {
            return Err(format_error("the number of tensors", layout.tensors().len().to_string(), tensors.len().to_string()));
        }
        let data = &bytes[LENGTH_BYTES + header_len..];
        let mut summed = metadata.clone();
        summed.extend([("format".into(), format), ("spec".into(), spec_json), ("schema_hash".into(), schema_hash.clone())]);
        let actual = checksum(&summed, data);
        if actual != expected {
            return Err(EngineError::ModelHash { expected, actual });
        }
        if let Some(expected) = expected_schema_hash.filter(|expected| *expected != schema_hash) {
            return Err(EngineError::SchemaMismatch { expected: expected.into(), actual: schema_hash });
        }
        let weights = data.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        Self::new(spec, schema_hash, weights, metadata)
    }
}

/// sha256 over every metadata pair in key order (each text preceded by its length) and the weights: what the file says and holds.
fn checksum(metadata: &BTreeMap<String, String>, weights: &[u8]) -> String {
    let mut hash = Sha256::new();
    for text in metadata.iter().flat_map(|(key, value)| [key, value]) {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    hash.update(weights);
    hash.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn weight_bytes(weights: &[f32]) -> Vec<u8> {
    weights.iter().flat_map(|weight| weight.to_le_bytes()).collect()
}

fn json(value: &impl Serialize) -> String {
    // Strings, numbers and maps with string keys: writing them to a string cannot fail.
    serde_json::to_string(value).unwrap_or_default()
}

fn format_error(what: &str, expected: String, actual: String) -> EngineError {
    EngineError::ModelFormat { what: what.into(), expected, actual }
}

/// Tells a file that ends early from one that is something else.
fn unreadable(bytes: &[u8], error: &SafeTensorError) -> EngineError {
    let actual = bytes.len();
    let truncated = |expected: usize| EngineError::ModelTruncated { expected, actual };
    let Some(length) = bytes.first_chunk::<LENGTH_BYTES>() else {
        return truncated(LENGTH_BYTES);
    };
    let end = usize::try_from(u64::from_le_bytes(*length)).ok().and_then(|length| length.checked_add(LENGTH_BYTES));
    match (error, end) {
        (SafeTensorError::InvalidHeaderLength, Some(end)) if end > actual => truncated(end),
        (SafeTensorError::MetadataIncompleteBuffer, Some(end)) => {
            let announced = bytes.get(LENGTH_BYTES..end).and_then(data_len).and_then(|data| data.checked_add(end));
            match announced {
                Some(announced) if announced > actual => truncated(announced),
                Some(announced) => format_error("the file", format!("{announced} bytes long"), format!("{actual} bytes long")),
                None => format_error("the header", "a safetensors header".into(), error.to_string()),
            }
        }
        _ => format_error("the header", "a safetensors header".into(), error.to_string()),
    }
}

/// Bytes of tensor data that a header announces.
fn data_len(header: &[u8]) -> Option<usize> {
    let header: BTreeMap<String, Value> = serde_json::from_slice(header).ok()?;
    header.values().filter_map(|entry| entry.get("data_offsets")?.get(1)?.as_u64()).max()?.try_into().ok()
}
