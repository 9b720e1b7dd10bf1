import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * A library of the package that `sherpa-onnx-node` brings for this platform.
 *
 * @throws Error when there is no such package for it.
 */
export function libraryPath(name: 'onnxruntime' | 'sherpa-onnx-c-api'): string {
  const { platform, arch } = process;
  const sherpa = createRequire(import.meta.url).resolve('sherpa-onnx-node');
  const manifest = `sherpa-onnx-${platform === 'win32' ? 'win' : platform}-${arch}/package.json`;
  return join(dirname(createRequire(sherpa).resolve(manifest)), fileName(name, platform));
}

function fileName(name: string, platform: NodeJS.Platform): string {
  if (platform === 'win32') return `${name}.dll`;
  return platform === 'darwin' ? `lib${name}.dylib` : `lib${name}.so`;
}
