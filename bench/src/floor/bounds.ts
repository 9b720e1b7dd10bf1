/** How much one step may do: whichever limit is met first ends it. */
export interface Bounds {
  readonly chunks: number;
  readonly seconds: number;
}

/** What was done before a step is measured: enough for the just-in-time compiler, little enough to stay short. */
const WARM_UP_SHARE = 0.2;

/** The warm-up that goes before a measurement of these bounds. */
export function warmUpOf(bounds: Bounds): Bounds {
  return { chunks: Math.ceil(bounds.chunks * WARM_UP_SHARE), seconds: bounds.seconds * WARM_UP_SHARE };
}

/** True while a step has neither done all its chunks nor used up its time. */
export function mayGoOn(bounds: Bounds, done: number, elapsedMs: number): boolean {
  return done < bounds.chunks && elapsedMs < bounds.seconds * 1_000;
}
