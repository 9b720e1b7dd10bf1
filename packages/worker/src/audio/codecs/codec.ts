/** Compressed packets to the frames of one or more channels. */
export interface Codec {
  /** Of what is decoded: 1 where the packets' channels are mixed. */
  readonly channels: number;
  /** Hertz, of all frames. */
  readonly rateHz: number;
  /** A decoder that has heard this much before a packet decodes it (nearly) as one that has heard everything does. */
  readonly runUp: { packets: number; ms: number };
  /** Frames (samples of each channel) that the packet holds, told without decoding it. Throws `unsupported_audio`. */
  frames(packet: Uint8Array): number;
  /** A decoder that has heard nothing yet. */
  open(): PacketDecoder;
}

/** Decodes one packet after the other; the same packets always give the same frames. */
export interface PacketDecoder {
  /** `[channels][frames]`, nominally in [-1, 1). Throws `unsupported_audio`. */
  decode(packet: Uint8Array): Float32Array[];
  /** It will not be used any more. Nothing is lost but memory for a while when nobody says so. */
  close(): void;
}
