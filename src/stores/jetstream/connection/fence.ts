import { z } from 'zod';
import type { Fence } from '../../../ports/backup.ts';

/** Where a stream says that it is fenced: in its settings, which no message changes. */
const KEY = 'workflow-fence';

const Kept = z.object({ at: z.string(), by: z.string(), subjects: z.array(z.string()) });

type Settings = Readonly<Record<string, unknown>> & {
  readonly name: string;
  readonly subjects?: readonly string[];
};

/**
 * A fenced stream takes no message on any subject that somebody uses, so that also an engine that knows of no fence, or
 * was asleep, stores nothing. What it holds can be read as before.
 */
export function fenced<Given extends Settings>(settings: Given, { at, by }: Fence): Given {
  const kept = { at, by, subjects: settings.subjects ?? [] };
  const metadata = { ...metadataOf(settings), [KEY]: JSON.stringify(kept) };

  return { ...settings, subjects: [`workflow.fenced.${settings.name}`], metadata };
}

/** The settings without a fence; the same where there is none. */
export function unfenced<Given extends Settings>(settings: Given): Given {
  const kept = keptIn(settings);
  if (kept === undefined) return settings;
  const { [KEY]: _, ...metadata } = metadataOf(settings);

  return { ...settings, subjects: kept.subjects, metadata };
}

export function fenceIn(settings: Settings | undefined): Fence | undefined {
  const kept = keptIn(settings);

  return kept && { at: kept.at, by: kept.by };
}

function keptIn(settings: Settings | undefined): z.output<typeof Kept> | undefined {
  const text = metadataOf(settings)[KEY];

  return typeof text === 'string' ? Kept.parse(JSON.parse(text)) : undefined;
}

/** What a stream says of itself besides its settings. */
export function metadataOf(
  settings: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return (settings['metadata'] as Readonly<Record<string, unknown>> | undefined) ?? {};
}
