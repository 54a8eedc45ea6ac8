import type { Json } from '../../../events/canonical-json.ts';
import type { ErrorData } from '../../../events/run-events.ts';
import type { Orphan, RunState } from '../../../machines/chart/run/run-state.ts';
import { localId, taskAt } from '../../../machines/chart/task-at.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import { parseDefinitionName } from '../../../machines/definition.ts';
import type { Command } from '../../../machines/run/decide/command.ts';
import type { Effect } from '../../../machines/run/effects.ts';
import { errorData, renderInput } from '../../../machines/run/render.ts';
import { childRun, hopsOf, idempotencyKey, type Run, requestersOf } from '../../../machines/run/run.ts';
import { withNames } from '../../../machines/task-names.ts';
import { messageOf } from '../../lib/text.ts';
import type { RunSecrets } from '../../ports/access/secrets.ts';
import type { Clock } from '../../ports/clock.ts';
import type { DefinitionStore } from '../../ports/definitions/definition-store.ts';
import type { BlobStore } from '../../ports/runs/blob-store.ts';
import type { Stored } from '../../ports/runs/journal.ts';
import { type Charts, DefinitionMissing } from '../run-reader/charts.ts';
import type { RunReader } from '../run-reader/run-reader.ts';
import { createBackoffPoller } from './backoff-poller.ts';
import { childInput } from './child-input.ts';
import { isTransientRefusal, NotStartedYet } from './command-traits.ts';
import type { OtherRuns } from './failure-runs.ts';
import { withBlobs } from './resolve-blobs.ts';

type Submit = (command: Command) => Promise<unknown>;
type EffectOf<Kind extends Effect['kind']> = Extract<Effect, { kind: Kind }>;

export type ChildrenDeps = NamingDeps & {
  readonly reader: Pick<RunReader, 'fold' | 'last'>;
  readonly otherRuns: OtherRuns;
  readonly clock: Clock;
  readonly onTrouble: (run: string, error: unknown) => void;
};

/** Child runs: named, started, followed to their end, or ended. */
export type Children = {
  readonly delegate: (run: Run, effect: EffectOf<'delegate'>, submit: Submit) => void;
  readonly follow: (run: Run, effect: EffectOf<'follow'>, submit: Submit) => void;
  readonly abandon: (run: Run, orphan: Orphan, submit: Submit) => void;
  /** A run in this process changed: whoever waits for its end need not poll. */
  readonly changed: (run: Run) => void;
  readonly drop: (run: string) => void;
  readonly stop: () => void;
};

export function createChildren(deps: ChildrenDeps): Children {
  const { reader, otherRuns } = deps;
  const rounds = createBackoffPoller(deps);
  const looking = new Map<string, Promise<unknown>>();

  /** Polls the child once: the command that reports its end, if it has ended. */
  async function look(
    run: Run,
    { task, attempt, child }: EffectOf<'follow'>,
    isFirst: boolean,
  ): Promise<Command | undefined> {
    const last = await reader.last(child);
    // If its engine is gone, the child may have no owner.
    if (last !== undefined && isFirst) await otherRuns.workOn(child);
    if (last === undefined) {
      const refused = await start(run, task, attempt);
      if (refused !== undefined) return { kind: 'endChild', task, attempt, run: child, ...refused };
    }
    const definition = run.chart.plan.get(localId(task))?.task;
    if (definition?.type === 'SUB_WORKFLOW' && !definition.wait) {
      return { kind: 'endChild', task, attempt, run: child, status: 'STARTED', output: { run_id: child } };
    }
    if (finalStatusOf(last) === undefined) return undefined;

    const ended = await endOf(child);

    return ended === undefined ? undefined : { kind: 'endChild', task, attempt, run: child, ...ended };
  }

  async function start(run: Run, task: string, attempt: number) {
    const child = taskAt(run.state, task)?.child;
    if (child === undefined) return undefined;
    const { hash } = child.definition;
    // Large values are sent as references, as in the journal: a request is limited to one message.
    const input = child.input as Readonly<Record<string, Json>>;
    const parent = { run: run.state.run, task, attempt, key: idempotencyKey(run, task) };
    const origin = { parent, hops: hopsOf(run.state), ...requestersOf(run) };
    const request = { run: child.run, hash, input, ...origin, actor: 'engine' };
    const answer = await otherRuns.start(request);
    if (answer.ok) return undefined;
    if (isTransientRefusal(answer.refusal)) throw new NotStartedYet(child.run, answer.refusal);
    const { code, message } = answer.refusal;

    return { status: 'REFUSED', error: { code, message, retryable: false } };
  }

  /** Undefined if the run was made to go on since its end was seen. */
  async function endOf(
    child: string,
  ): Promise<{ readonly status: string; readonly output?: Json; readonly error?: ErrorData } | undefined> {
    const { run } = await reader.fold(child);
    const { status, output, error }: RunState = run.state;
    if (!isFinal(status)) return undefined;

    return {
      status,
      ...(output === undefined ? {} : { output }),
      ...(status === 'COMPLETED' || error === undefined ? {} : { error }),
    };
  }

  /** Asks the run to end, once; then polls until it has. */
  async function end({ task, attempt, run: child, how }: Orphan, asked: Set<string>, parent: string) {
    // A poll in progress may still start the run; if it does not, the run stays unstarted.
    await looking.get(child)?.catch(() => undefined);
    const last = await reader.last(child);
    const ended = { kind: 'endChild', task, attempt, run: child } as const;
    if (last === undefined) return { ...ended, status: 'NOT_STARTED' };
    const status = finalStatusOf(last);
    if (status !== undefined) return { ...ended, status };
    if (asked.has(child)) return undefined;
    const kind = how === 'terminate' ? 'terminateRun' : 'cancelRun';
    const answer = await otherRuns.command(child, { kind, reason: `run ${parent} gave it up` }, 'engine');
    if (answer.ok || answer.refusal.code === 'run.leaving') asked.add(child);
    // Nothing will ever end it. Compensation waits for a person; termination goes on.
    const isLost = !answer.ok && answer.refusal.code === 'run.quarantined' && how === 'terminate';

    return isLost ? { ...ended, status: 'QUARANTINED' } : undefined;
  }

  return {
    delegate: (run, effect, submit) =>
      rounds.begin({ run: run.state.run, key: `name ${effect.task} ${effect.attempt}`, submit }, () =>
        nameChild(deps, run, effect),
      ),
    follow: (run, effect, submit) => {
      let isFirst = true;
      const round = { run: run.state.run, key: `follow ${effect.child}`, wakenBy: effect.child, submit };
      rounds.begin(round, () => {
        const looked = look(run, effect, isFirst).finally(() => looking.delete(effect.child));
        looking.set(effect.child, looked);
        isFirst = false;
        return looked;
      });
    },
    abandon: (run, orphan, submit) => {
      const asked = new Set<string>();
      rounds.end(run.state.run, `follow ${orphan.run}`);
      const key = `end ${orphan.run} ${orphan.how}`;
      rounds.begin({ run: run.state.run, key, wakenBy: orphan.run, submit }, () =>
        end(orphan, asked, run.state.run),
      );
    },
    changed: ({ state }) => {
      if (isFinal(state.status)) rounds.waken(state.run);
    },
    drop: rounds.drop,
    stop: rounds.stop,
  };
}

function finalStatusOf(last: Stored | undefined): string | undefined {
  const status = last?.kind === 'record' ? last.record.data.head.status : undefined;

  return status !== undefined && isFinal(status) ? status : undefined;
}

type NamingDeps = {
  readonly blobs: BlobStore;
  readonly definitions: DefinitionStore;
  readonly runSecrets: RunSecrets;
  readonly charts: Charts;
};

/** Chooses id, definition and input of the child of an attempt, or says why there can be none. */
async function nameChild(
  deps: NamingDeps,
  run: Run,
  { task, attempt }: { readonly task: string; readonly attempt: number },
): Promise<Command> {
  const child = await childOf(deps, run, task, attempt);

  return { kind: 'delegate', task, attempt, child };
}

async function childOf(deps: NamingDeps, run: Run, address: string, attempt: number) {
  const task = run.chart.plan.get(localId(address))?.task;
  const names = taskAt(run.state, address)?.names;
  const named = task?.type === 'SUB_WORKFLOW' ? withNames(task, names).workflow : '';
  const { id, version } = parseDefinitionName(named);
  const stored = await deps.definitions.byId(id, version);
  if (stored === undefined) return { error: unknownDefinition(named) };
  const chart = await deps.charts.byHash(stored.ref.hash).catch(asMissing);
  if (chart instanceof DefinitionMissing) return { error: unreadable(chart) };
  const rendered = await withBlobs(
    deps.blobs,
    () => run,
    () => renderInput(run, address),
  );
  if (!rendered.ok) return { error: errorData(rendered.error) };
  const child = childRun(run.state.run, address, attempt);
  const input = await childInput(deps.runSecrets, chart.definition, {
    child,
    value: rendered.value,
    as: itemName(run, address),
    hidden: run.aside.hidden,
  });
  if (!input.ok) return { error: input.error };

  return { run: child, definition: stored.ref, input: input.value };
}

/** The input under which the item of a FORK is passed to its child run. */
function itemName(run: Run, address: string): string {
  const fork = run.chart.plan.get(run.chart.plan.get(localId(address))?.owner ?? '')?.task;

  return fork?.type === 'FORK' ? (fork.as ?? 'item') : 'item';
}

function asMissing(error: unknown): DefinitionMissing {
  if (error instanceof DefinitionMissing) return error;
  throw error;
}

function unknownDefinition(named: string): ErrorData {
  return {
    code: 'child.unknown-definition',
    message: `no definition "${named}" is registered; start it once, or put its file beside this one under definitions/`,
    retryable: false,
  };
}

function unreadable(error: DefinitionMissing): ErrorData {
  return { code: 'child.unreadable-definition', message: messageOf(error), retryable: false };
}
