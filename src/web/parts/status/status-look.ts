import type { RunLine } from '../../../api/run.ts';

/** The six hues of UX.md 6, by name. */
export type Hue = 'idle' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled';
export type Glyph =
  | 'circle'
  | 'hollow'
  | 'play'
  | 'retry'
  | 'diamond'
  | 'bars'
  | 'clock'
  | 'check'
  | 'cross'
  | 'slash'
  | 'undo'
  | 'box';
export type StatusLook = { readonly hue: Hue; readonly glyph: Glyph; readonly word: string };

const looks: Readonly<Record<string, StatusLook>> = {
  RUNNING: { hue: 'running', glyph: 'play', word: 'running' },
  NEEDS_APPROVAL: { hue: 'waiting', glyph: 'diamond', word: 'needs approval' },
  WAITS_FOR_PERSON: { hue: 'waiting', glyph: 'diamond', word: 'needs a person' },
  WAITS_FOR_AGENT: { hue: 'waiting', glyph: 'diamond', word: 'needs an agent' },
  WAITS_FOR_ENGINE: { hue: 'waiting', glyph: 'diamond', word: 'needs an engine' },
  WAITS_FOR_PLACE: { hue: 'waiting', glyph: 'clock', word: 'waits for its turn' },
  WAITS_FOR_SIGNAL: { hue: 'waiting', glyph: 'clock', word: 'waits for a signal' },
  WAITS_FOR_RUN: { hue: 'waiting', glyph: 'clock', word: 'waits for a run' },
  WAITS_FOR_TIME: { hue: 'waiting', glyph: 'clock', word: 'waits for a time' },
  PAUSED: { hue: 'waiting', glyph: 'bars', word: 'paused' },
  CANCELLING: { hue: 'cancelled', glyph: 'undo', word: 'cancelling' },
  COMPENSATING: { hue: 'cancelled', glyph: 'undo', word: 'undoing' },
  COMPLETED: { hue: 'succeeded', glyph: 'check', word: 'completed' },
  FAILED: { hue: 'failed', glyph: 'cross', word: 'failed' },
  TIMED_OUT: { hue: 'failed', glyph: 'clock', word: 'timed out' },
  TERMINATED: { hue: 'cancelled', glyph: 'slash', word: 'terminated' },
  CANCELLED: { hue: 'cancelled', glyph: 'slash', word: 'cancelled' },
  QUARANTINED: { hue: 'failed', glyph: 'box', word: 'quarantined' },
  NEWER: { hue: 'waiting', glyph: 'clock', word: 'needs a newer engine' },
  REJECTED: { hue: 'failed', glyph: 'cross', word: 'rejected' },
  IN_PROGRESS: { hue: 'running', glyph: 'play', word: 'running' },
  COMPLETED_WITH_ERRORS: { hue: 'succeeded', glyph: 'check', word: 'completed with errors' },
  LOST: { hue: 'failed', glyph: 'clock', word: 'lost' },
  QUEUED: { hue: 'idle', glyph: 'circle', word: 'queued' },
  READY: { hue: 'idle', glyph: 'circle', word: 'ready' },
  SCHEDULED: { hue: 'idle', glyph: 'circle', word: 'queued' },
  PENDING: { hue: 'idle', glyph: 'hollow', word: 'not reached' },
  NOT_STARTED: { hue: 'idle', glyph: 'hollow', word: 'not started' },
  PARTIAL: { hue: 'waiting', glyph: 'cross', word: 'partial' },
  SKIPPED: { hue: 'idle', glyph: 'hollow', word: 'skipped' },
  RETRYING: { hue: 'running', glyph: 'retry', word: 'retrying' },
  WAITING: { hue: 'waiting', glyph: 'clock', word: 'waiting' },
  PENDING_APPROVAL: { hue: 'waiting', glyph: 'diamond', word: 'needs approval' },
  COMPENSATED: { hue: 'cancelled', glyph: 'undo', word: 'undone' },
  LATE: { hue: 'waiting', glyph: 'clock', word: 'late' },
  IDLE: { hue: 'idle', glyph: 'circle', word: 'idle' },
  BUSY: { hue: 'running', glyph: 'play', word: 'busy' },
  DRAINING: { hue: 'waiting', glyph: 'bars', word: 'draining' },
  GONE: { hue: 'failed', glyph: 'cross', word: 'gone' },
};

/** How a status of a run, a task, an attempt or an agent looks. One that nobody knows is a box with its own name. */
export function statusLook(status: string): StatusLook {
  const known = looks[status.toUpperCase().replaceAll('-', '_')];

  return known ?? { hue: 'idle', glyph: 'box', word: status.toLowerCase().replaceAll('_', ' ') };
}

/** How a run shows: one that waits is not running, whatever programs call it. */
export function shownWaiting({ shown, wait }: Pick<RunLine, 'shown' | 'wait'>): string {
  return shown === 'RUNNING' && wait !== undefined ? `WAITS_FOR_${wait.for.toUpperCase()}` : shown;
}
