import type { WorldSettings } from './world/build-world.js';
import type { World } from './world/world.js';

/** A way to break things while clients speak. */
export interface Scenario {
  readonly name: string;
  /** One line for people. */
  readonly about: string;
  readonly settings?: WorldSettings;
  /** How long it lasts unless told otherwise. */
  readonly seconds?: number;
  /** Share of sessions that send JSON chunks instead of binary frames. */
  readonly jsonShare?: number;
  /** Share of sessions by clients that keep nothing and cannot send again. */
  readonly plainShare?: number;
  /** Breaks things until `world.over`, and has undone every fault when it resolves. */
  run(world: World): Promise<void>;
}
