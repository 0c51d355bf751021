//! How messages become bytes: tonic's own way, with buffers of the size that messages have.
//!
//! Tonic sets 8 KiB aside for each message that comes in and each that goes out. Nearly all of ours have a few hundred bytes:
//! a buffer that small is still in the processor's cache when it is used again. A larger message has its buffer grow.

use std::fmt;
use std::marker::PhantomData;

use prost::Message;
use tonic::codec::BufferSettings;
use tonic_prost::{ProstDecoder, ProstEncoder};

/// The first size of a buffer, in bytes.
const BUFFER: usize = 1_024;

/// After how many bytes of a stream what is ready is sent; tonic's own.
const YIELD: usize = 32 * 1_024;

/// Encodes `T` and decodes `U`; what the generated clients and servers use.
pub struct Codec<T, U>(PhantomData<(T, U)>);

impl<T, U> Default for Codec<T, U> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T, U> fmt::Debug for Codec<T, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Codec")
    }
}

impl<T, U> tonic::codec::Codec for Codec<T, U>
where
    T: Message + Send + 'static,
    U: Message + Default + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = ProstEncoder<T>;
    type Decoder = ProstDecoder<U>;

    fn encoder(&mut self) -> Self::Encoder {
        ProstEncoder::new(BufferSettings::new(BUFFER, YIELD))
    }

    fn decoder(&mut self) -> Self::Decoder {
        ProstDecoder::new(BufferSettings::new(BUFFER, YIELD))
    }
}
