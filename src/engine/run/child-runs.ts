import type { Json } from '../../../events/canonical-json.ts';
import type { ErrorData } from '../../../events/run-events.ts';
import type { Orphan } from '../../../machines/chart/run/run-state.ts';
import { localId, taskAt } from '../../../machines/chart/task-at.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import { parseDefinitionName } from '../../../machines/definition.ts';
import { isMapping } from '../../../machines/language/mapping.ts';
import { budgetLeft } from '../../../machines/run/budget-stop.ts';
import type { Command } from '../../../machines/run/decide/command.ts';
import type { Effect } from '../../../machines/run/effects.ts';
import { redact } from '../../../machines/run/record/redact.ts';
import { errorData, renderInput } from '../../../machines/run/render.ts';
import { childRun, hopsOf, idempotencyKey, type Run, requestersOf } from '../../../machines/run/run.ts';
import { sentOutput } from '../../../machines/stations/sent-task.ts';
import type { Task } from '../../../machines/task.ts';
import { withNames } from '../../../machines/task-names.ts';
import { messageOf } from '../../lib/text.ts';
import type { RunSecrets } from '../../ports/access/secrets.ts';
import type { SubjectKeys } from '../../ports/access/subject-keys.ts';
import type { Clock } from '../../ports/clock.ts';
import type { DefinitionStore } from '../../ports/definitions/definition-store.ts';
import type { BlobStore } from '../../ports/runs/blob-store.ts';
import { StationUnreachable } from '../../ports/runs/stations.ts';
import { type DraftDefinitions, definitionsSeenBy } from '../draft-definitions.ts';
import { type Charts, DefinitionMissing } from '../run-reader/charts.ts';
import type { RunReader } from '../run-reader/run-reader.ts';
import type { StationLinks } from '../stations/station-links.ts';
import { createBackoffPoller } from './backoff-poller.ts';
import { type ChildEnd, type ChildHost, hostHere, hostOn } from './child-hosts.ts';
import { childInput } from './child-input.ts';
import { isTransientRefusal, NotStartedYet } from './command-traits.ts';
import { inputToSend, isSealedTask, keptSealed, keyOf, openChild, openInput } from './erasure-keys.ts';
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
  const { stations } = deps;
  const here = hostHere(deps);
  const rounds = createBackoffPoller({
    ...deps,
    onTrouble: (run, error) => {
      // That a link is lost is told once, and not by every run that waits for it.
      if (!(error instanceof StationUnreachable)) deps.onTrouble(run, error);
    },
  });
  const looking = new Map<string, Promise<unknown>>();
  const paused = new Set<string>();
  const forget = [
    stations?.onBack((station) => rounds.waken(stationKey(station))),
    stations?.onEnded((run) => rounds.waken(run)),
  ];

  function hostOf(station: string | undefined, isPaused = false): ChildHost {
    return station === undefined
      ? here
      : hostOn(station, { links: linksOf(deps, station), blobs: deps.blobs, isPaused });
  }

  /** Polls the child once: the command that reports its end, if it has ended. */
  async function look(
    run: Run,
    { task, attempt, child }: EffectOf<'follow'>,
    isFirst: boolean,
  ): Promise<Command | undefined> {
    const host = hostOf(taskAt(run.state, task)?.child?.station, paused.has(run.state.run));
    const ended = { kind: 'endChild', task, attempt, run: child } as const;
    const status = await host.statusOf(child);
    // If its engine is gone, the child may have no owner.
    if (status !== undefined && isFirst) await host.workOn(child);
    const refused = status === undefined ? await start(host, run, task, attempt) : undefined;
    if (refused !== undefined) return { ...ended, ...refused };
    const definition = run.chart.plan.get(localId(task))?.task;
    if (definition?.type === 'SUB_WORKFLOW' && !definition.wait)
      return { ...ended, status: 'STARTED', output: { run_id: child } };
    const end = status !== undefined && isFinal(status) ? await host.endOf(child) : undefined;

    return end === undefined ? undefined : { ...ended, ...ofTask(definition, keptSealed(run, task, end)) };
  }

  async function start(host: ChildHost, run: Run, task: string, attempt: number) {
    const child = taskAt(run.state, task)?.child;
    if (child === undefined) return undefined;
    // Large values are sent as references, as in the journal: a request is limited to one message.
    const input = await inputToSend(deps, run, child.input as Readonly<Record<string, Json>>);
    const parent = { run: run.state.run, task, attempt, key: idempotencyKey(run, task) };
    const budget = budgetLeft(run);
    const origin = {
      ...{ parent, hops: hopsOf(run.state), ...requestersOf(run), ...keyOf(run.state) },
      ...(budget === undefined ? {} : { budget }),
    };
    const answer = await host.start({ run: child.run, definition: child.definition, input, ...origin });
    if (answer.ok) return undefined;
    if (isTransientRefusal(answer.refusal)) throw new NotStartedYet(child.run, answer.refusal);
    const { code, message } = answer.refusal;

    return { status: 'REFUSED', error: { code, message, retryable: false } };
  }

  /** Asks the run to end, once; then polls until it has. */
  async function end(orphan: Orphan, asked: Set<string>, run: Run): Promise<Command | undefined> {
    const { task, attempt, run: child, how, station } = orphan;
    const parent = run.state.run;
    // A poll in progress may still start the run; if it does not, the run stays unstarted.
    await looking.get(child)?.catch(() => undefined);
    const host = hostOf(station);
    const ended = { kind: 'endChild', task, attempt, run: child } as const;
    const isAsked = asked.has(child);
    // A start may still be on its way to another station, which has to know first that it comes too late.
    if (station !== undefined && !isAsked) await askToEnd(host, orphan, asked, parent);
    const status = await host.statusOf(child);
    if (status === undefined) return { ...ended, status: 'NOT_STARTED' };
    if (isFinal(status)) return { ...ended, status, ...(await spentBy(host, run, child)) };
    if (isAsked || asked.has(child)) return undefined;
    const isLost = (await askToEnd(host, orphan, asked, parent)) === 'run.quarantined';

    // Nothing will ever end it. Compensation waits for a person; termination goes on.
    return isLost && how === 'terminate' ? { ...ended, status: 'QUARANTINED' } : undefined;
  }

  /** Resolves with the code of the refusal, if there was one. */
  async function askToEnd(host: ChildHost, { run, how }: Orphan, asked: Set<string>, parent: string) {
    const answer = await host.end(run, how, `run ${parent} gave it up`);
    if (answer.ok || answer.refusal.code === 'run.leaving') asked.add(run);

    return answer.ok ? undefined : answer.refusal.code;
  }

  return {
    delegate: (run, effect, submit) => {
      const { task, attempt } = effect;
      const station = stationOf(run, task);
      const round = { run: run.state.run, key: `name ${task} ${attempt}`, submit, wakenBy: keysOf(station) };
      rounds.begin(round, () => nameChild(deps, run, effect));
    },
    follow: (run, effect, submit) => {
      let isFirst = true;
      const wakenBy = [
        effect.child,
        pauseKey(run.state.run),
        ...keysOf(taskAt(run.state, effect.task)?.child?.station),
      ];
      const round = { run: run.state.run, key: `follow ${effect.child}`, wakenBy, submit };
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
      const wakenBy = [orphan.run, ...keysOf(orphan.station)];
      rounds.begin({ run: run.state.run, key, wakenBy, submit }, () => end(orphan, asked, run));
    },
    changed: ({ state: { run, status } }) => {
      if (isFinal(status)) rounds.waken(run);
      if (paused.has(run) === (status === 'PAUSED')) return;
      if (status === 'PAUSED') paused.add(run);
      else paused.delete(run);
      // What works for it on other stations pauses and goes on with it.
      rounds.waken(pauseKey(run));
    },
    drop: (run) => {
      paused.delete(run);
      rounds.drop(run);
    },
    stop: () => {
      for (const stop of forget) stop?.();
      rounds.stop();
    },
  };
}

/** What it asked of models counts against the budget of its parent, whatever it was given up for. */
async function spentBy(host: ChildHost, parent: Run, child: string): Promise<Pick<ChildEnd, 'spent'>> {
  const spent = budgetLeft(parent) === undefined ? undefined : await host.spentOf(child);

  return spent === undefined ? {} : { spent };
}

/** The run of a task that was sent alone gives the output of that task under a name. */
function ofTask(task: Task | undefined, end: ChildEnd): ChildEnd {
  if (task?.type !== 'SUB_WORKFLOW' || task.sent === undefined || !isMapping(end.output)) return end;

  return { ...end, output: end.output[sentOutput] ?? null };
}

function stationOf(run: Run, address: string): string | undefined {
  const task = run.chart.plan.get(localId(address))?.task;

  return task?.type === 'SUB_WORKFLOW' ? task.station : undefined;
}

function keysOf(station: string | undefined): readonly string[] {
  return station === undefined ? [] : [stationKey(station)];
}

function pauseKey(run: string): string {
  return `pause ${run}`;
}

/** No id of a run has a blank in it. */
function stationKey(station: string): string {
  return `station ${station}`;
}

function linksOf({ stations }: Pick<NamingDeps, 'stations'>, station: string): StationLinks {
  if (stations !== undefined) return stations;

  throw new NoStations(station);
}

/** This engine knows no other stations. The reaction: declare them, or leave the run to an engine that does. */
class NoStations extends Error {
  override readonly name = 'NoStations';
  readonly code = 'station.none';

  constructor(station: string) {
    super(`there is no way to station ${station}: this project has no stations.yaml`);
  }
}

type NamingDeps = {
  readonly blobs: BlobStore;
  readonly definitions: DefinitionStore;
  readonly drafts?: Pick<DraftDefinitions, 'seenBy'> | undefined;
  readonly runSecrets: RunSecrets;
  readonly subjectKeys?: SubjectKeys | undefined;
  readonly charts: Charts;
  /** The other stations; absent where there are none. */
  readonly stations?: StationLinks | undefined;
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
  if (task?.type === 'SUB_WORKFLOW' && task.station !== undefined)
    return childElsewhere(deps, run, {
      address,
      attempt,
      station: task.station,
      workflow: named,
      sent: task.sent,
    });
  const { id, version } = parseDefinitionName(named);
  const stored = await (await definitionsSeenBy(deps, run.chart)).byId(id, version);
  if (stored === undefined) return { error: unknownDefinition(named) };
  const chart = await deps.charts.byHash(stored.ref.hash).catch(asMissing);
  if (chart instanceof DefinitionMissing) return { error: unreadable(chart) };
  const rendered = await renderedInput(deps, run, address);
  if (!rendered.ok) return { error: errorData(rendered.error) };
  const child = childRun(run.state.run, address, attempt);
  const input = await childInput(deps.runSecrets, chart.definition, {
    child,
    value: rendered.value,
    as: itemName(run, address),
    hidden: run.aside.hidden,
  });
  if (!input.ok) return { error: input.error };
  const plain = isSealedTask(run, address) ? openInput(chart.sealed, input.value) : undefined;
  if (plain !== undefined) return { error: openChild(id, plain) };

  return { run: child, definition: stored.ref, input: input.value };
}

/** The other station says which definition is meant, and whether it lets us. Rejects while it does not answer. */
async function childElsewhere(
  deps: NamingDeps,
  run: Run,
  {
    address,
    attempt,
    station,
    workflow,
    sent,
  }: {
    readonly address: string;
    readonly attempt: number;
    readonly station: string;
    readonly workflow: string;
    readonly sent: Json | undefined;
  },
) {
  const rendered = await renderedInput(deps, run, address);
  if (!rendered.ok) return { error: errorData(rendered.error) };
  const { value } = rendered;
  // What is redacted is what holds a secret.
  if (redact(value, run.aside.hidden) !== value || isSealedTask(run, address))
    return { error: secretForStation(station) };
  const input = isMapping(value) ? value : { [itemName(run, address)]: value };
  const named =
    sent === undefined
      ? ({ kind: 'name', workflow } as const)
      : ({ kind: 'task', task: sent as Record<string, Json>, inputs: Object.keys(input) } as const);
  const { ask, own } = linksOf(deps, station);
  const answer = await ask(station, named);
  const child = childRun(run.state.run, address, attempt, own);
  if (!answer.ok && isTransientRefusal(answer.refusal)) throw new NotStartedYet(child, answer.refusal);
  if (!answer.ok) return { error: { ...answer.refusal, retryable: false } };
  if (answer.definition === undefined)
    throw new NotStartedYet(child, { code: 'station.bad-answer', message: 'no name' });

  return { run: child, definition: answer.definition, input, station };
}

function renderedInput({ blobs }: NamingDeps, run: Run, address: string) {
  return withBlobs(
    blobs,
    () => run,
    () => renderInput(run, address),
  );
}

function secretForStation(station: string): ErrorData {
  return {
    code: 'station.secret-input',
    message: `the input for station ${station} would hold a secret, or a value that is recorded sealed here, and neither travels; a secret can be kept there, in its own secrets.env`,
    retryable: false,
  };
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
