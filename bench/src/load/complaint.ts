/** What can be wrong with what a session got. Each one fails the run. */
export type ComplaintKind =
  | 'wrong_text'
  | 'wrong_place'
  | 'out_of_order'
  | 'doubled'
  | 'missing'
  | 'extra'
  | 'wrong_final'
  | 'missing_ack'
  | 'wrong_ack'
  | 'wrong_committed'
  | 'late_result'
  | 'late_ack'
  | 'foreign'
  | 'unreadable'
  | 'unfinished'
  | 'refused'
  | 'error';

export interface Complaint {
  readonly kind: ComplaintKind;
  /** What was expected and what came; holds no audio and no token. */
  readonly detail: string;
}
