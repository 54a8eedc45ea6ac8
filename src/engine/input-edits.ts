import type { Json } from '../../events/canonical-json.ts';
import type { Definition } from '../../machines/definition.ts';
import { partedInput } from '../../machines/run/record/parted-input.ts';
import type { RunSecrets } from '../ports/access/secrets.ts';
import type { BlobStore } from '../ports/runs/blob-store.ts';
import type { Journal } from '../ports/runs/journal.ts';
import { RunNotFound } from '../ports/runs/workflows.ts';
import type { Charts } from './run-reader/charts.ts';
import { unclaimedInput } from './unclaimed-input.ts';

type Inputs = Readonly<Record<string, Json>>;

/**
 * The input of run `from`, edited, as run `to` may record it. Secrets are kept for `to`: those given, and those
 * that stay as they were, left out or given as they are shown. Rejects with RunNotFound.
 */
export type EditInput = (from: string, to: string, input: Inputs | undefined) => Promise<Inputs | undefined>;

export function createInputEdits(deps: {
  readonly journal: Journal;
  readonly charts: Charts;
  readonly runSecrets: RunSecrets;
  readonly blobs?: BlobStore | undefined;
}): EditInput {
  const { journal, charts, runSecrets } = deps;

  /** As the first record names it: what stands at the end may be no record of the run. */
  async function definitionOf(run: string): Promise<Pick<Definition, 'input'>> {
    for await (const first of journal.read(run)) {
      if (first.kind === 'foreign') break;

      return (await charts.byHash(first.record.data.head.definition.hash)).definition;
    }
    throw new RunNotFound(run);
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
