import type { SequencedEvent } from '../wire.js';
import type { OpenFinalize, SessionState } from './state.js';

/** Asks for the end of the segment behind the newest chunk; once for a chunk, and not before there is one. */
export function wantFinalize(state: SessionState): SessionState {
  const index = state.nextIndex - 1;
  const known = state.finalizes.at(-1)?.index === index;
  if (index < 0 || known || state.finishWanted) return state;
  return { ...state, finalizes: [...state.finalizes, { index, sent: false }] };
}

/** For a new socket, or after a refusal: all that has no answer goes out again, with the chunk it had. */
export function unsent(finalizes: readonly OpenFinalize[]): readonly OpenFinalize[] {
  return finalizes.map(({ index }) => ({ index, sent: false }));
}

/** Without those that this event answers, or has overtaken. */
export function withoutAnswered(
  finalizes: readonly OpenFinalize[],
  event: SequencedEvent,
): readonly OpenFinalize[] {
  if (finalizes.length === 0) return finalizes;
  if (event.type === 'final_result') return [];
  if (event.chunk_index === undefined) return event.finalized ? finalizes.slice(1) : finalizes;
  const done = event.finalized ? event.chunk_index : event.chunk_index - 1;
  return finalizes.filter(({ index }) => index > done);
}
