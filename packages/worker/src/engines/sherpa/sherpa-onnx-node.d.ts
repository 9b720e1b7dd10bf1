/** The part of sherpa-onnx-node 1.13 that is used here; the package itself comes without types. */
declare module 'sherpa-onnx-node' {
  export interface Waveform {
    /** From -1 to 1. */
    samples: Float32Array;
    sampleRate: number;
  }

  /** What was heard; lists are empty where a model does not know. */
  export interface SherpaResult {
    text: string;
    tokens?: string[];
    /** Where each token begins, in seconds. */
    timestamps?: number[];
    /** Length of each token, in seconds. */
    durations?: number[];
    /** Natural logarithms of the tokens' probabilities: of online models, and of offline ones. */
    ys_probs?: number[];
    ys_log_probs?: number[];
  }

  export class OfflineStream {
    acceptWaveform(waveform: Waveform): void;
  }
  export class OfflineRecognizer {
    static createAsync(config: object): Promise<OfflineRecognizer>;
    createStream(hotWords?: string): OfflineStream;
    /** Of Whisper's, what it is told; of other kinds it undoes what the model says of its features. */
    setConfig(config: object): void;
    decodeAsync(stream: OfflineStream): Promise<SherpaResult>;
  }

  const all: { OfflineRecognizer: typeof OfflineRecognizer };
  export default all;
}
