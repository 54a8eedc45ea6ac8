import { isBlobRef } from '../../events/blob-ref.ts';
import { canonicalJson, type Json } from '../../events/canonical-json.ts';
import type { FactMembers } from '../../events/catalogue.ts';
import type { DefinitionRef } from '../../events/run-events.ts';
import { sha256Hex } from '../../machines/hash.ts';
import type { Answer } from '../ports/runs/workflows.ts';
import type { RunReader } from './run-reader/run-reader.ts';

/**
 * The id of the run that is started with a key. It follows from the key and from whose it is, so that the same start
 * that comes again, after a lost answer or to another engine, starts it once.
 */
export function keyedRun(actor: string, key: string): string {
  return `k${sha256Hex(JSON.stringify([actor, key])).slice(0, 25)}`;
}

type Started = {
  readonly run: string;
  readonly actor: string;
  readonly definition: DefinitionRef;
  /** Without the values of secrets. */
  readonly input: Readonly<Record<string, Json>>;
};

/**
 * What a start with a key is answered where the run is there: with its first event, or with a refusal where that was
 * another start. Undefined where there is no such run yet.
 */
export async function startedBefore(
  reader: Pick<RunReader, 'first' | 'archived'>,
  asked: Started,
): Promise<Answer | undefined> {
  const { run } = asked;
  const archived = await reader.archived(run);
  // What it was started with is not kept: nobody can tell whether this start asks for something else.
  if (archived !== undefined && archived.kept !== 'whole') return { ok: true, run, sequence: 1 };
  const first = await reader.first(run);
  if (first?.kind !== 'record') return undefined;
  const { actor, data } = first.record;
  const { input }: FactMembers = data.fact;
  const isSame =
    actor === asked.actor &&
    data.head.definition.id === asked.definition.id &&
    isSameInput(input, asked.input, data.head.definition.hash === asked.definition.hash);
  if (isSame) return { ok: true, run, sequence: 1 };
  const message = `its key was used before to start run ${run}, of ${data.head.definition.id} or with other input`;

  return { ok: false, run, refusal: { code: 'run.key-taken', message: `${message}; take another key` } };
}

/** Large values stand in the journal as references, and another version may have more inputs, or fewer. */
function isSameInput(
  recorded: Started['input'] | undefined,
  input: Started['input'],
  isSameVersion: boolean,
): boolean {
  if (recorded === undefined) return false;
  const isAlike = Object.entries(recorded).every(([name, value]) => {
    const given = input[name];
    if (given === undefined) return !isSameVersion;
    return isBlobRef(value) || canonicalJson(given) === canonicalJson(value);
  });

  return isAlike && (!isSameVersion || Object.keys(input).every((name) => Object.hasOwn(recorded, name)));
}
