import type { TaskStatus } from '../../../machines/chart/run/run-state.ts';
import type { DisplayStatus } from '../../../machines/run/record/run-filter.ts';
import type { WaitStatus } from '../../projections/run/run-wait.ts';

/** The six ways a status looks. State is always told by glyph and word together, never by colour alone. */
export type Look = 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled';

type Appearance = {
  readonly look: Look;
  readonly glyph: string;
  readonly ascii: string;
  readonly word: string;
};

const appearances: Readonly<Record<TaskStatus | DisplayStatus | WaitStatus, Appearance>> = {
  PENDING: { look: 'queued', glyph: '⋯', ascii: '.', word: 'pending' },
  SCHEDULED: { look: 'running', glyph: '⟳', ascii: '>', word: 'scheduled' },
  IN_PROGRESS: { look: 'running', glyph: '⟳', ascii: '>', word: 'running' },
  RETRYING: { look: 'waiting', glyph: '↻', ascii: '~', word: 'retrying' },
  WAITING: { look: 'waiting', glyph: '◷', ascii: '~', word: 'waiting' },
  PENDING_APPROVAL: { look: 'waiting', glyph: '◇', ascii: '?', word: 'needs approval' },
  COMPLETED: { look: 'succeeded', glyph: '✓', ascii: 'v', word: 'completed' },
  COMPLETED_WITH_ERRORS: { look: 'succeeded', glyph: '✓', ascii: 'v', word: 'completed with errors' },
  FAILED: { look: 'failed', glyph: '✗', ascii: 'x', word: 'failed' },
  TIMED_OUT: { look: 'failed', glyph: '⏱', ascii: 'x', word: 'timed out' },
  SKIPPED: { look: 'queued', glyph: '○', ascii: 'o', word: 'skipped' },
  CANCELLED: { look: 'cancelled', glyph: '⊘', ascii: '-', word: 'cancelled' },
  RUNNING: { look: 'running', glyph: '⟳', ascii: '>', word: 'running' },
  QUARANTINED: { look: 'failed', glyph: '⚠', ascii: '!', word: 'quarantined' },
  NEWER: { look: 'waiting', glyph: '◷', ascii: '~', word: 'needs a newer engine' },
  NEEDS_APPROVAL: { look: 'waiting', glyph: '◇', ascii: '?', word: 'needs approval' },
  WAITS_FOR_PERSON: { look: 'waiting', glyph: '◇', ascii: '?', word: 'needs a person' },
  WAITS_FOR_AGENT: { look: 'waiting', glyph: '◇', ascii: '?', word: 'needs an agent' },
  WAITS_FOR_ENGINE: { look: 'waiting', glyph: '◇', ascii: '?', word: 'needs an engine' },
  WAITS_FOR_PLACE: { look: 'waiting', glyph: '◷', ascii: '~', word: 'waits for its turn' },
  WAITS_FOR_SIGNAL: { look: 'waiting', glyph: '◷', ascii: '~', word: 'waits for a signal' },
  WAITS_FOR_RUN: { look: 'waiting', glyph: '◷', ascii: '~', word: 'waits for a run' },
  WAITS_FOR_TIME: { look: 'waiting', glyph: '◷', ascii: '~', word: 'waits for a time' },
  PAUSED: { look: 'waiting', glyph: '‖', ascii: '=', word: 'paused' },
  CANCELLING: { look: 'cancelled', glyph: '⊘', ascii: '-', word: 'cancelling' },
  COMPENSATING: { look: 'cancelled', glyph: '⊘', ascii: '-', word: 'compensating' },
  TERMINATED: { look: 'cancelled', glyph: '⊘', ascii: '-', word: 'terminated' },
};

/** How a status is shown. A status of a later version still has a look: the word it goes by. */
export function appearanceOf(status: string): Appearance {
  const known = (appearances as Readonly<Record<string, Appearance | undefined>>)[status];

  return known ?? { look: 'queued', glyph: '•', ascii: '*', word: status.toLowerCase().replaceAll('_', ' ') };
}
