import { z } from 'zod';
import { fenced, fenceIn, metadataOf, unfenced } from '../connection/fence.ts';
import type { Names } from '../connection/names.ts';

/** Where a stream of the journal says which generation it is: in its settings, which no message changes. */
const KEY = 'workflow-generation';
/** Where one that is carried over says so: it takes nothing from anybody any more. */
const CLOSED_KEY = 'workflow-carried-over';

/** The settings of a stream as JetStream's API has them. */
type Settings = Readonly<Record<string, unknown>> & {
  readonly name: string;
  readonly subjects?: readonly string[];
};

const Kept = z.object({
  generation: z.int().positive(),
  /**
   * `carrying`: not all of it is there. `left`: its carrier is taken for gone, and the one before goes on. `whole`: all
   * is there, and the one before counts no more. Absent: it is in use.
   */
  phase: z.enum(['carrying', 'left', 'whole']).optional(),
  /** Who carries, or did. */
  carrier: z.string(),
  /** When the first generation was created: the journal is the same one. */
  created: z.string(),
  /** Up to this position some may be absent. */
  carriedTo: z.int(),
  /** How many positions up to there are. */
  absent: z.int(),
  /** Since when it is in use, or made: ISO 8601. */
  at: z.string(),
});
export type GenerationState = z.output<typeof Kept>;

/** What a stream says of itself; undefined for a first generation. */
export function generationIn(settings: Settings): GenerationState | undefined {
  const text = metadataOf(settings)[KEY];

  return typeof text === 'string' ? Kept.parse(JSON.parse(text)) : undefined;
}

export function withGeneration(settings: Settings, state: GenerationState): Settings {
  return { ...settings, metadata: { ...metadataOf(settings), [KEY]: JSON.stringify(state) } };
}

/** The one subject of a closed generation. */
export function closedSubject(stream: string): string {
  return `workflow.carried-over.${stream}`;
}

/** The old generation, closed: nothing is stored behind what the carrier reads last. */
export function closed(settings: Settings, carrier: string): Settings {
  const metadata = { ...metadataOf(settings), [CLOSED_KEY]: carrier };

  return { ...settings, subjects: [closedSubject(settings.name)], metadata };
}

/** Who closed it; undefined while it is open. */
export function closedBy(settings: Settings): string | undefined {
  const carrier = metadataOf(settings)[CLOSED_KEY];

  return typeof carrier === 'string' ? carrier : undefined;
}

/** Whether it takes nothing now because the journal is being carried over. */
export function isBetween(settings: Settings): boolean {
  return closedBy(settings) !== undefined || generationIn(settings)?.phase !== undefined;
}

/** Open again, with the subjects of a journal. One whose site was fenced off meanwhile has them once that is lifted. */
export function reopened(settings: Settings, names: Names): Settings {
  const { [CLOSED_KEY]: _, ...metadata } = metadataOf(settings);
  const subjects = [names.journalSubjects, names.definitionSubjects];
  const fence = fenceIn(settings);
  const open = { ...unfenced({ ...settings, metadata }), subjects };

  return fence === undefined ? open : fenced(open, fence);
}
