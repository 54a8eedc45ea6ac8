// Views of runs for tests: a run is driven by commands over the real core, and looked at as the engine would.
import { toView } from '../../src/engine/queries/queries.ts';
import type { RunView } from '../../src/ports/runs/workflows.ts';
import type { Driven } from '../support/run-spec.ts';

export const startMs = Date.parse('2026-01-01T00:00:00Z');

/** The view of a driven run; `startedRun` starts them at the beginning of 2026. */
export function viewOf(driven: Driven, updatedAt = '2026-01-01T00:00:00.000Z'): RunView {
  return toView(driven.run(), updatedAt);
}
