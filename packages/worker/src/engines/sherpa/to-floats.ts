/** Samples from -1 to 1, as sherpa-onnx takes them. */
export function toFloats(pcm: Int16Array): Float32Array {
  const floats = new Float32Array(pcm.length);
  for (let i = 0; i < pcm.length; i++) floats[i] = pcm[i]! / 32_768;
  return floats;
}
