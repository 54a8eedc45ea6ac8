import { isBlobRef } from '../../events/blob-ref.ts';
import type { Json } from '../../events/canonical-json.ts';
import type { FactMembers } from '../../events/catalogue.ts';
import type { Definition } from '../../machines/definition.ts';
import { isMapping } from '../../machines/language/mapping.ts';
import { partedInput } from '../../machines/run/record/parted-input.ts';
import type { RunSecrets } from '../ports/access/secrets.ts';
import type { BlobStore } from '../ports/runs/blob-store.ts';
import { RunNotFound } from '../ports/runs/workflows.ts';
import type { RunReader } from './run-reader/run-reader.ts';

type Inputs = Readonly<Record<string, Json>>;

/**
 * The input of run `from`, edited, as run `to` may record it. Secrets are kept for `to`: those given, and those
 * that stay as they were, left out or given as they are shown. Rejects with RunNotFound.
 */
export type EditInput = (from: string, to: string, input: Inputs | undefined) => Promise<Inputs | undefined>;

export function createInputEdits(deps: {
  readonly reader: RunReader;
  readonly runSecrets: RunSecrets;
  readonly blobs?: BlobStore | undefined;
}): EditInput {
  const { reader, runSecrets } = deps;

  /** As the first record names it: what stands at the end may be no record of the run. */
  async function definitionOf(run: string): Promise<Pick<Definition, 'input'>> {
    const first = await reader.first(run);
    if (first?.kind !== 'record') throw new RunNotFound(run);

    return (await reader.charts.byHash(first.record.data.head.definition.hash)).definition;
  }

  return async (from, to, input) => {
    const { open, secret } = partedInput(await definitionOf(from), input ?? {});
    const before = await runSecrets.of(from);
    const given = Object.entries(secret).filter(
      ([name, value]) => value !== '***' || before[name] === undefined,
    );
    const kept = { ...before, ...Object.fromEntries(given) };
    const isNew = to !== from || given.length > 0;
    if (isNew && Object.keys(kept).length > 0) await runSecrets.keep(to, kept);

    return input === undefined ? undefined : unclaimedInput(deps, from, open);
  };
}

/**
 * An edited input of a run in which values that the journal only refers to are brought back, as what is asked of an
 * engine may hold no references. Only those that the input of the run has had itself: any other stays, and is refused.
 */
export async function unclaimedInput(
  { reader, blobs }: { readonly reader: Pick<RunReader, 'entries'>; readonly blobs?: BlobStore | undefined },
  from: string,
  input: Inputs,
): Promise<Inputs> {
  if (blobs === undefined || !Object.values(input).some(isBlobRef)) return input;
  const own = await digestsOf(reader, from);
  const brought = Object.entries(input).map(async ([name, value]): Promise<readonly [string, Json]> => {
    if (!isBlobRef(value) || !own.has(value.$blob.digest)) return [name, value];
    const text = await blobs.get(value.$blob.digest);

    return [name, text === undefined ? value : (JSON.parse(text) as Json)];
  });

  return Object.fromEntries(await Promise.all(brought));
}

async function digestsOf(reader: Pick<RunReader, 'entries'>, run: string): Promise<ReadonlySet<string>> {
  const digests = new Set<string>();
  for await (const stored of reader.entries(run)) {
    if (stored.kind === 'foreign') break;
    for (const digest of digestsIn(stored.record.data.fact)) digests.add(digest);
  }

  return digests;
}

/** A fork begins with the state of another run, its input included. */
function digestsIn({ input, state }: FactMembers): readonly string[] {
  const before = state?.['input'] as Json | undefined;

  return [input, before]
    .filter(isMapping)
    .flatMap((each) =>
      Object.values(each).flatMap((value) => (isBlobRef(value) ? [value.$blob.digest] : [])),
    );
}
