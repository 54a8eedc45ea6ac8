import type { Json } from '../../../events/canonical-json.ts';
import type { RunStatus } from '../../../events/record.ts';
import type { DefinitionRef, ErrorData } from '../../../events/run-events.ts';
import type { ModelsSpent } from '../../../events/task-events.ts';
import type { RunState } from '../../../machines/chart/run/run-state.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import { defined } from '../../../machines/language/defined.ts';
import type { RunBudget } from '../../../machines/models/budget.ts';
import type { Refusal } from '../../../machines/run/decide/command.ts';
import { reservedKey } from '../../../machines/run/record/claim-check.ts';
import type { SubjectKeys } from '../../ports/access/subject-keys.ts';
import { RunArchived } from '../../ports/runs/archive.ts';
import type { BlobStore } from '../../ports/runs/blob-store.ts';
import { RunQuarantined } from '../../ports/runs/journal.ts';
import { DefinitionMissing } from '../run-reader/charts.ts';
import type { RunReader } from '../run-reader/run-reader.ts';
import type { StationLinks } from '../stations/station-links.ts';
import { openedElsewhere } from './erasure-keys.ts';
import type { OtherRuns } from './failure-runs.ts';
import { contentOf, wholeOutput } from './resolve-blobs.ts';

/** How a run ended. */
export type ChildEnd = {
  readonly status: RunStatus;
  readonly output?: Json;
  readonly error?: ErrorData;
  /** What came of it was recorded sealed, and may not be recorded otherwise. */
  readonly isSealed?: true;
  /** What it asked of models, with the runs that it started. */
  readonly spent?: ModelsSpent;
};

export type ChildRequest = {
  readonly run: string;
  readonly definition: DefinitionRef;
  readonly input: Readonly<Record<string, Json>>;
  readonly parent: {
    readonly run: string;
    readonly task: string;
    readonly attempt: number;
    readonly key: string;
  };
  readonly hops: number | undefined;
  readonly requesters?: string[];
  readonly erasureKey?: string;
  readonly budget?: RunBudget;
};

type Answer = { readonly ok: true } | { readonly ok: false; readonly refusal: Refusal };

/** Where child runs are: on this station, or on another one. Whatever is asked twice is done once. */
export type ChildHost = {
  /** Undefined for a run that was not started. */
  readonly statusOf: (run: string) => Promise<RunStatus | undefined>;
  /** Undefined if the run was made to go on since its end was seen. */
  readonly endOf: (run: string) => Promise<ChildEnd | undefined>;
  /** What a run that was given up asked of models, without what came of it. */
  readonly spentOf: (run: string) => Promise<ModelsSpent | undefined>;
  readonly start: (request: ChildRequest) => Promise<Answer>;
  readonly end: (run: string, how: 'cancel' | 'terminate', reason: string) => Promise<Answer>;
  /** If its engine is gone, the run may have no owner. */
  readonly workOn: (run: string) => Promise<unknown>;
};

export function hostHere(deps: {
  readonly reader: Pick<RunReader, 'fold' | 'last'>;
  readonly otherRuns: OtherRuns;
  readonly blobs: BlobStore;
  readonly subjectKeys?: SubjectKeys | undefined;
}): ChildHost {
  const { reader, otherRuns } = deps;

  return {
    statusOf: async (run) => {
      const last = await reader.last(run);
      if (last === undefined) return undefined;

      // What cannot be read has not ended.
      return last.kind === 'record' ? last.record.data.head.status : 'RUNNING';
    },
    endOf: async (id) => {
      const { run } = await reader.fold(id);
      const { status, error, erasureKey, spent }: RunState = run.state;
      if (!isFinal(status)) return undefined;
      // The references of its state are none of what another run records: nothing looks for them in a value.
      const output = run.state.output === undefined ? undefined : await wholeOutput(deps.blobs, run);
      const told = defined({ output, error: status === 'COMPLETED' ? undefined : error });
      const used = spent === undefined ? {} : { spent };
      if (erasureKey === undefined) return { status, ...told, ...used };
      const opened = await openedElsewhere(deps, erasureKey, told as Json);

      return { status, ...(opened as typeof told), isSealed: true, ...used };
    },
    spentOf: async (id) => {
      try {
        return (await reader.fold(id)).run.state.spent;
      } catch (error) {
        if (!isUnreadable(error)) throw error;
        return unknownSpent;
      }
    },
    start: ({ definition: { hash }, ...request }) => otherRuns.start({ ...request, hash, actor: 'engine' }),
    end: (run, how, reason) =>
      otherRuns.command(run, { kind: how === 'terminate' ? 'terminateRun' : 'cancelRun', reason }, 'engine'),
    workOn: otherRuns.workOn,
  };
}

/** What nobody can tell never counts as nothing. */
const unknownSpent: ModelsSpent = { calls: 0, tokens: 0, ms: 0, money: 0, unpriced: true };

/** The run will not be readable later either. */
function isUnreadable(error: unknown): boolean {
  return (
    error instanceof RunQuarantined || error instanceof RunArchived || error instanceof DefinitionMissing
  );
}

/** The other station starts, ends and reads the runs; what it refuses is refused by name. */
export function hostOn(
  station: string,
  {
    links,
    blobs,
    isPaused = false,
  }: { readonly links: StationLinks; readonly blobs: BlobStore; readonly isPaused?: boolean },
): ChildHost {
  async function look(run: string): Promise<ChildEnd | undefined> {
    const answer = await links.ask(station, { kind: 'look', run, isPaused });
    if (!answer.ok && answer.refusal.code === tooLarge)
      return { status: 'FAILED', error: { ...answer.refusal, retryable: false } };
    if (!answer.ok) throw new StationRefused(station, answer.refusal);
    const { status, output, error } = answer;
    if (status === undefined) return undefined;
    if (output !== undefined && reservedKey(output) !== undefined)
      return { status: 'FAILED', error: badOutput(station) };

    return { status, ...(output === undefined ? {} : { output }), ...(error === undefined ? {} : { error }) };
  }

  let seen: { readonly run: string; readonly child: ChildEnd } | undefined;

  return {
    statusOf: async (run) => {
      const child = await look(run);
      seen = child === undefined ? undefined : { run, child };

      return child?.status;
    },
    endOf: async (run) => {
      // One that has ended was told of with all that came of it.
      const found = seen?.run === run ? seen.child : await look(run);

      return found !== undefined && isFinal(found.status) ? found : undefined;
    },
    // Budgets stay at home: see `start`.
    spentOf: () => Promise.resolve(undefined),
    // The other station has none of our large values: they travel whole.
    start: async ({ definition: { hash }, input, hops, erasureKey: _ours, budget: _kept, ...request }) =>
      links
        .ask(station, {
          kind: 'start',
          ...request,
          hash,
          input: { ...(await contentOf(blobs, input)) },
          ...(hops === undefined ? {} : { hops }),
        })
        .catch(asRefused),
    end: (run, how, reason) => links.ask(station, { kind: 'end', run, how, reason }),
    workOn: () => Promise.resolve(),
  };
}

/** What does not fit into a message never will: it is refused for good, and not asked again. */
const tooLarge = 'station.too-large';

function asRefused(error: unknown): { readonly ok: false; readonly refusal: Refusal } {
  if (!(error instanceof Error && 'code' in error && error.code === tooLarge)) throw error;

  return { ok: false, refusal: { code: tooLarge, message: error.message } };
}

/** The other station does not say how a run is. The reaction: ask again, it may be let to. */
class StationRefused extends Error {
  override readonly name = 'StationRefused';
  readonly code: string;

  constructor(station: string, { code, message }: Refusal) {
    super(`station ${station}: ${message}`);
    this.code = code;
  }
}

function badOutput(station: string): ErrorData {
  const message = `the output of the run on station ${station} has a key that only the journal may use`;

  return { code: 'station.bad-output', message, retryable: false };
}
