import { monotonicFactory } from 'ulid';

const ulid = monotonicFactory();

/** A new run id: a ULID in lower case, so that ids sort by when they were made. */
export function newRunId(): string {
  return ulid().toLowerCase();
}
