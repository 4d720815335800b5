//! Everything that later updates depend on, as bytes: a learner that goes on from them learns what it would have learned anyway.
//!
//! `magic | length of the whole | length of the header | header, JSON | weights | steps | sha256 of all before`, little-endian.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::checkpoint::bytes::{Reader, Writer};
use crate::engine::State;
use crate::{LearnerConfig, LearnerError, Replay, Totals};

mod bytes;
mod steps;

const MAGIC: &[u8; 8] = b"RLTCKPT2";
/// Magic and the two lengths.
const PREFIX: usize = 24;
const HASH: usize = 32;

/// The numbers of a checkpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    pub(crate) config: Value,
    pub(crate) totals: Totals,
    /// Of the recovery: updates since the snapshot, and skipped in a row.
    pub(crate) age: u64,
    pub(crate) skipped: u64,
    /// Adam's steps, now and at the snapshot.
    pub(crate) adam_steps: [u64; 2],
    /// Position in the stream of random numbers.
    pub(crate) drawn: u64,
    /// Steps held, and the slot of the next one.
    pub(crate) held: usize,
    pub(crate) next: usize,
    /// Of a replay with priorities, as bits: a number written in decimals may come back changed in its last place.
    pub(crate) greatest_priority: Option<u64>,
}

/// A learner and its replay at one moment, checked against a configuration.
#[derive(Debug)]
pub struct Checkpoint {
    pub(crate) header: Header,
    pub(crate) state: State,
    pub(crate) good: State,
    pub(crate) replay: Replay,
}

/// Copied out of a learner, so that the rest can be done while it learns on.
#[derive(Debug)]
pub struct Draft(Vec<u8>);

impl Draft {
    pub(crate) fn new(header: &Header, states: [&State; 2], replay: &Replay) -> Result<Self, LearnerError> {
        let json = serde_json::to_vec(header).map_err(|error| format_error("the header", "JSON".into(), error.to_string()))?;
        let mut out = Writer::new();
        out.raw(MAGIC);
        out.put(&[0, json.len() as u64], u64::to_le_bytes);
        out.raw(&json);
        for state in states {
            for values in [&state.weights, &state.target, &state.means, &state.squares] {
                out.put(values, f32::to_le_bytes);
            }
        }
        steps::write(replay, &mut out);
        let mut bytes = out.finish();
        let len = (bytes.len() + HASH) as u64;
        bytes[8..16].copy_from_slice(&len.to_le_bytes());
        Ok(Self(bytes))
    }

    /// The file: the draft and its checksum.
    pub fn into_bytes(self) -> Vec<u8> {
        let Self(mut bytes) = self;
        let hash = Sha256::digest(&bytes);
        bytes.extend_from_slice(&hash);
        bytes
    }
}

impl Checkpoint {
    /// Reads a file and checks length, checksum, and that it was made under this configuration; only engine and device may differ.
    ///
    /// # Errors
    /// [`LearnerError::CheckpointTruncated`], [`LearnerError::CheckpointFormat`], [`LearnerError::CheckpointHash`],
    /// [`LearnerError::CheckpointSchema`], [`LearnerError::CheckpointConfig`]; [`LearnerError::Config`] without memory.
    pub fn from_bytes(bytes: &[u8], config: &LearnerConfig) -> Result<Self, LearnerError> {
        let mut reader = Reader::new(sealed(bytes)?);
        reader.raw(PREFIX - 8)?;
        let [len] = reader.take(u64::from_le_bytes)?;
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        let header: Header = serde_json::from_slice(reader.raw(len)?)
            .map_err(|error| format_error("the header", "that of a checkpoint".into(), error.to_string()))?;
        check_config(&header.config, config)?;
        let weights = qnet::Layout::new(&config.net)?.len();
        let [state, good] = [0, 1].map(|index| -> Result<State, LearnerError> {
            let mut state = State::fresh(vec![0.0; weights]);
            for values in [&mut state.weights, &mut state.target, &mut state.means, &mut state.squares] {
                reader.fill(values, f32::from_le_bytes)?;
                if let Some(index) = qnet::first_non_finite(values) {
                    return Err(format_error("every weight", "finite".into(), values[index].to_string()));
                }
            }
            state.steps = header.adam_steps[index];
            Ok(state)
        });
        let [state, good] = [state?, good?];
        let replay = steps::read(&mut reader, &header, config)?;
        if reader.rest() > 0 {
            return Err(format_error("its end", "that of the last step".into(), format!("{} bytes later", reader.rest())));
        }
        Ok(Self { header, state, good, replay })
    }
}

/// The bytes before the checksum, once length and checksum are right.
fn sealed(bytes: &[u8]) -> Result<&[u8], LearnerError> {
    let actual = bytes.len();
    let magic = &bytes[..actual.min(MAGIC.len())];
    if let Some(version @ b'0'..=b'9') = magic.strip_prefix(b"RLTCKPT").and_then(<[u8]>::last)
        && magic != MAGIC
    {
        let [expected, actual] = [MAGIC[7], *version].map(|version| char::from(version).to_string());
        return Err(format_error("its version", expected, actual));
    }
    if magic != &MAGIC[..magic.len()] {
        let expected = String::from_utf8_lossy(MAGIC).into_owned();
        return Err(format_error("its first bytes", expected, String::from_utf8_lossy(magic).into_owned()));
    }
    let least = PREFIX + HASH;
    if actual < least {
        return Err(LearnerError::CheckpointTruncated { expected: least as u64, actual });
    }
    let [expected] = Reader::new(&bytes[MAGIC.len()..]).take(u64::from_le_bytes)?;
    if expected > actual as u64 {
        return Err(LearnerError::CheckpointTruncated { expected, actual });
    }
    if expected < actual as u64 {
        return Err(format_error("the file", format!("{expected} bytes long"), format!("{actual} bytes long")));
    }
    let (body, hash) = bytes.split_at(actual - HASH);
    let found = Sha256::digest(body);
    if found[..] != *hash {
        return Err(LearnerError::CheckpointHash { expected: hex(hash), actual: hex(&found) });
    }
    Ok(body)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// A configuration as a header holds it.
pub(crate) fn recorded(config: &LearnerConfig) -> Value {
    serde_json::to_value(config).unwrap_or_default()
}

fn check_config(found: &Value, own: &LearnerConfig) -> Result<(), LearnerError> {
    // Through text, as the other went: the same number then gives the same number.
    let own: Value = serde_json::from_str(&recorded(own).to_string()).unwrap_or_default();
    let text = |value: Option<&Value>| value.map_or("missing".into(), Value::to_string);
    if found.get("schema_hash") != own.get("schema_hash") {
        let [expected, actual] = [&own, found].map(|config| text(config.get("schema_hash")));
        return Err(LearnerError::CheckpointSchema { expected, actual });
    }
    let free = ["engine", "device", "cuda_libraries"];
    let mut fields = own.as_object().into_iter().flatten().filter(|(field, _)| !free.contains(&field.as_str()));
    match fields.find(|(field, value)| found.get(*field) != Some(value)) {
        None => Ok(()),
        Some((field, value)) => Err(LearnerError::CheckpointConfig {
            field: field.clone(),
            expected: value.to_string(),
            actual: text(found.get(field)),
        }),
    }
}

pub(crate) fn format_error(what: &str, expected: String, actual: String) -> LearnerError {
    LearnerError::CheckpointFormat { what: what.into(), expected, actual }
}
