import type { Json } from '../../../events/canonical-json.ts';

/** Messages between stations, of which any may be lost, come late or come twice. Who sent one is beyond doubt. */
export interface StationWire {
  /** The answer of the other station; undefined where none came in time. Rejects for what can never be sent. */
  ask(station: string, request: Json, timeoutMs: number): Promise<Json | undefined>;
  /** Says something that nobody answers to all engines of the other station. */
  tell(station: string, note: Json): void;
  onTold(listener: (from: string, note: Json) => void): () => void;
  /** Answers for this station from then on; of several engines, one gets a request. Resolves with what ends it. */
  serve(answer: (from: string, request: Json) => Promise<Json>): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** Whether a station answers, and since when (ISO 8601) that is so. */
export type StationLink = { readonly isUp: boolean; readonly since: string };

/** The other station does not answer. The reaction: ask again when the link is back. */
export class StationUnreachable extends Error {
  override readonly name = 'StationUnreachable';
  readonly code = 'station.unreachable';

  constructor(station: string, since: string) {
    super(`station ${station} does not answer since ${since}`);
  }
}
