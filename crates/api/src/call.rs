//! A request message as the rest of the suite sees it: its method, its key, its rules, its fingerprint.

use prost::{DecodeError, Message};
use prost_types::FieldMask;
use sha2::{Digest, Sha256};
use stoa_errors::FieldViolation;

use crate::generated::{CHECKS, METHODS};
use crate::method::Method;

/// A request message of the contract. Implemented by the generator for each of them, never by hand.
pub trait Call: Message + Default + Clone + 'static {
    /// What the RPC answers; of a stream, one item.
    type Response: Message + Default + 'static;

    /// The RPC that takes this message.
    const METHOD: &'static Method;

    /// The key under which the call is recognised when repeated; none when it is not set, or when the RPC changes nothing.
    fn request_id(&self) -> Option<&str>;

    /// Sets the key. Does nothing when the RPC changes nothing ([`Method::keyed`] is false).
    fn set_request_id(&mut self, id: String);

    /// Why the caller asks for it, in his own words: the field `reason` of what changes something. None when there is no such
    /// field, or it is empty.
    fn reason(&self) -> Option<&str>;

    /// Checks the rules (`buf.validate`) of this message and of all in it, and that a `read_mask` names fields that exist.
    ///
    /// # Errors
    /// Every broken rule: the path of the field (`lines[3].sku`), the rule's id (`string.min_len`) and a sentence about it.
    fn validate(&self) -> Result<(), Vec<FieldViolation>>;

    /// The response field that a `read_mask` is about: the resource, or the list of them. None: the request has no `read_mask`.
    const MASKED: Option<&'static str> = None;

    /// Which fields the caller wants to read; none, or without paths: all. [`mask::apply`](crate::mask::apply) leaves out the others.
    fn read_mask(&self) -> Option<&FieldMask> {
        None
    }

    /// What tells two requests with one key apart: SHA-256 of the encoded message without its `request_id` and without
    /// the fields marked `not_fingerprinted`. The same message always has the same (maps are ordered).
    fn fingerprint(&self) -> [u8; 32];
}

/// SHA-256 of a message as encoded.
pub(crate) fn digest(message: &impl Message) -> [u8; 32] {
    Sha256::digest(message.encode_to_vec()).into()
}

/// What a request, read from its bytes, has been found to break.
pub(crate) type Check = fn(&[u8]) -> Result<Vec<FieldViolation>, DecodeError>;

/// Reads a message and checks its rules.
pub(crate) fn check<C: Call>(bytes: &[u8]) -> Result<Vec<FieldViolation>, DecodeError> {
    Ok(C::decode(bytes)?.validate().err().unwrap_or_default())
}

/// The rules that an encoded request of `method` breaks, for who knows the method at run time alone; none when `method` is not
/// one of [`METHODS`].
///
/// # Errors
/// When the bytes are no message of this method.
pub fn broken_rules(
    method: &Method,
    bytes: &[u8],
) -> Option<Result<Vec<FieldViolation>, DecodeError>> {
    let at = METHODS
        .binary_search_by(|known| known.path.cmp(method.path))
        .ok()?;
    CHECKS.get(at).map(|check| check(bytes))
}
