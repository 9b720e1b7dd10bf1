import type { Endpointer, EndpointerOptions } from './endpointer.js';
import { EnergyEndpointer } from './energy-endpointer.js';
import { SileroEndpointer } from './silero/silero-endpointer.js';
import { SileroModel } from './silero/silero-model.js';

/** Makes fresh end-pointers. */
export type EndpointerFactory = (options: EndpointerOptions) => Endpointer;

/** By loudness alone; needs nothing. */
export const byEnergy: EndpointerFactory = (options) => new EnergyEndpointer(options);

/**
 * By Silero VAD.
 *
 * @throws Error when the model cannot be run on this machine.
 */
export function bySilero(): EndpointerFactory {
  const model = new SileroModel();
  return (options) => new SileroEndpointer(model, options);
}
