//! AAC-LC packets to frames of one or two channels, for JavaScript: the decoder of Symphonia behind five C functions.

use symphonia_core::audio::{AudioBufferRef, Channels, Signal};
use symphonia_core::codecs::{CodecParameters, Decoder, DecoderOptions, CODEC_TYPE_AAC};
use symphonia_core::formats::Packet;
use symphonia_codec_aac::AacDecoder;

const FRAMES: usize = 1_024;
/// The longest packet of two channels (ISO 14496-3, 4.5.3: 6,144 bits a channel), with room to spare.
const MAX_PACKET_BYTES: usize = 8_192;

/// A decoder with the memory through which it talks: a packet goes in, frames come out.
pub struct Stream {
    decoder: AacDecoder,
    packet: Vec<u8>,
    /// One channel behind the other.
    frames: [[f32; FRAMES]; 2],
    mix: bool,
}

/// A decoder that has heard nothing; null for a rate that AAC does not have. `mix`: not 0 for the average of both channels.
#[no_mangle]
pub extern "C" fn aac_open(rate_hz: u32, channels: u32, mix: u32) -> *mut Stream {
    let layout = if channels == 1 { Channels::FRONT_LEFT } else { Channels::FRONT_LEFT | Channels::FRONT_RIGHT };
    let mut params = CodecParameters::new();
    params.for_codec(CODEC_TYPE_AAC).with_sample_rate(rate_hz).with_channels(layout);
    match AacDecoder::try_new(&params, &DecoderOptions::default()) {
        Ok(decoder) => Box::into_raw(Box::new(Stream {
            decoder,
            packet: vec![0; MAX_PACKET_BYTES],
            frames: [[0.0; FRAMES]; 2],
            mix: mix != 0,
        })),
        Err(_) => std::ptr::null_mut(),
    }
}

/// Where to put a packet of up to 8,192 bytes.
#[no_mangle]
pub unsafe extern "C" fn aac_packet(stream: *mut Stream) -> *mut u8 {
    (*stream).packet.as_mut_ptr()
}

/// Where the last packet's 1,024 frames of the first channel are, or of both mixed; those of the second one follow.
#[no_mangle]
pub unsafe extern "C" fn aac_frames(stream: *const Stream) -> *const f32 {
    (*stream).frames.as_ptr().cast()
}

/// Decodes a packet of so many bytes; 1,024, or 0 when it is broken or of a kind that is not decoded.
#[no_mangle]
pub unsafe extern "C" fn aac_decode(stream: *mut Stream, bytes: usize) -> usize {
    let Stream { decoder, packet, frames, mix } = &mut *stream;
    let data = packet[..bytes.min(MAX_PACKET_BYTES)].to_vec();
    match decoder.decode(&Packet::new_from_boxed_slice(0, 0, FRAMES as u64, data.into_boxed_slice())) {
        Ok(AudioBufferRef::F32(audio)) if audio.frames() == FRAMES => {
            let channels = audio.spec().channels.count();
            let [first, second] = frames;
            first.copy_from_slice(audio.chan(0));
            if channels == 2 && *mix {
                for (sum, other) in first.iter_mut().zip(audio.chan(1)) {
                    *sum = (*sum + other) / 2.0;
                }
            } else {
                second.copy_from_slice(audio.chan(if channels == 2 { 1 } else { 0 }));
            }
            FRAMES
        }
        _ => 0,
    }
}

#[no_mangle]
pub unsafe extern "C" fn aac_close(stream: *mut Stream) {
    drop(Box::from_raw(stream));
}
