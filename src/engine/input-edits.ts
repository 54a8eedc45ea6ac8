import type { Json } from '../../events/canonical-json.ts';
import type { Definition } from '../../machines/definition.ts';
import { partedInput } from '../../machines/run/record/parted-input.ts';
import type { RunSecrets } from '../ports/access/secrets.ts';
import type { BlobStore } from '../ports/runs/blob-store.ts';
import { RunNotFound } from '../ports/runs/workflows.ts';
import type { RunReader } from './run-reader/run-reader.ts';
import { unclaimedInput } from './unclaimed-input.ts';

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
