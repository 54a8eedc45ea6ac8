// Records a golden journal: a definition as it is lived through where nothing goes wrong, in the simulator's world.
// The same code records the same bytes again, whenever and wherever: ids, times and chance come from the seed.

import { JournalRecord } from '../../events/record.ts';
import { seal } from '../../machines/run/record/create-record.ts';
import { eventOf } from '../../machines/run/record/fold.ts';
import { newRun, type Run } from '../../machines/run/run.ts';
import type { StoredDefinition } from '../../src/ports/definitions/definition-store.ts';
import { runSeed } from '../simulation/seed.ts';
import { templates } from '../simulation/templates/all.ts';
import { chartOf } from '../simulation/templates/charts.ts';
import { shippedTemplates } from '../simulation/templates/shipped.ts';
import type { Template } from '../simulation/templates/template.ts';
import type { Message } from '../simulation/world/stream.ts';
import type { Golden } from './golden-files.ts';

const seed = 1;
const shardCount = 8;

/**
 * Every definition of the library, each on every path that is decided differently, and every one of the simulator but
 * for what is sealed: a journal alone does not open it.
 */
export const goldenTemplates: readonly Template[] = [...shippedTemplates, ...templates].filter(
  ({ name }) => name !== 'sealed',
);

/** Throws when what happens is not as it should be: nothing that is wrong becomes a model. */
export async function recordGolden(template: Template): Promise<Golden> {
  const messages: Message[] = [];
  // What a limit does shows only when there are two.
  const chosen = template.limit === undefined ? [template] : [template, template];
  const { violations, definitions } = await runSeed({
    seed,
    engines: 1,
    shardCount,
    templates: chosen,
    faults: [],
    onStored: (message) => messages.push(message),
  });
  if (violations.length > 0) throw new Error(`${template.name}: ${violations.join('; ')}`);

  return {
    name: goldenName(template),
    bodies: withCountedRequests(messages, definitions),
    definitions: definitions.map(({ ref, text }) => ({ ref, text })),
  };
}

/** `inventory-validation (pass)` is kept as `inventory-validation-pass`. */
export function goldenName({ name }: Template): string {
  return name.replaceAll(/[^a-z0-9-]+/g, '-').replace(/-$/, '');
}

/** Whoever asks makes up the id of the request: here they are counted, and the records sealed once more. */
function withCountedRequests(
  messages: readonly Message[],
  definitions: readonly StoredDefinition[],
): readonly string[] {
  const runs = new Map<string, Run>();
  const ids = new Map<string, string>();
  const counted = (id: string): string => {
    const known = ids.get(id) ?? `request-${ids.size + 1}`;
    ids.set(id, known);

    return known;
  };

  return messages.map(({ run: id, body }) => {
    const record = JournalRecord.parse(JSON.parse(body)) as JournalRecord;
    const chart = chartOf(definitions, record.data.head.definition.hash);
    if (chart === undefined) throw new Error(`the definition of ${id} was never registered`);
    const sealed = seal(runs.get(id) ?? newRun(chart), {
      ...eventOf(record),
      request: record.request?.replace(uuid, counted),
    });
    runs.set(id, sealed.run);

    return sealed.body;
  });
}

const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;
