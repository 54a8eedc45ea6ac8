import type { LoadedDefinition } from '../../../machines/language/load-definition.ts';
import type { Graph } from '../../api/run-parts.ts';
import { within } from '../../lib/deadline.ts';
import type { ApiDeps } from '../api.ts';
import { graphOf } from '../live/graphs.ts';

/** Nobody who writes waits longer for the picture of it. */
const drawnWithinMs = 1_500;

/** The graph of a definition; undefined where it cannot be drawn in time: a next time it may be there. */
export function drawnGraph(
  { layout, clock }: Pick<ApiDeps, 'layout' | 'clock'>,
  loaded: LoadedDefinition,
): Promise<Graph | undefined> {
  return within(clock, drawnWithinMs, graphOf(layout, loaded));
}
