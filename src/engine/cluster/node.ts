import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import { commandDeed, defining, starting } from '../../../machines/agents/actions.ts';
import type { Chart } from '../../../machines/chart/chart.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import type { Feature } from '../../../machines/feature-gates.ts';
import type { Refusal } from '../../../machines/run/decide/command.ts';
import type { Run } from '../../../machines/run/run.ts';
import { isRunId, SHARDS, shardOf } from '../../../machines/shard.ts';
import { messageOf } from '../../lib/text.ts';
import type { Absences } from '../../ports/access/absences.ts';
import type { Authority } from '../../ports/access/authority.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ChannelCaller, CommandChannel, CommandHandler } from '../../ports/runs/command-channel.ts';
import { StoreRefuses, type StoreTrouble } from '../../ports/runs/journal.ts';
import type { Holder, Leases } from '../../ports/runs/leases.ts';
import type { Answer, RunCommand } from '../../ports/runs/workflows.ts';
import type { Roster } from '../../ports/work/agent-admin.ts';
import { unfitFor, whenHeardOf } from '../agents/appointing.ts';
import { createAttemptGate } from '../attempts/attempt-entry.ts';
import { inPlaceOf, notTheirs, refusedFor } from '../authorize.ts';
import type { QuotaGate } from '../quotas.ts';
import { EngineRequest, reservedIn } from '../requests.ts';
import { createEngine, type Engine } from '../run/engine.ts';
import type { EngineDeps } from '../run/engine-deps.ts';
import type { Outcome, Refused } from '../run/mailbox.ts';
import { movedOn } from '../run/mailbox-answers.ts';
import { createAdoption } from './adoption.ts';
import { refusedFeature } from './cluster-features.ts';
import { remoteRunClient } from './remote-run-client.ts';
import { createShardReports, createShardServer, createShardWork } from './shard-server.ts';
import { createShards } from './shards.ts';

const answersMax = 1_000;

/** One engine process among others: it owns shards, answers for their runs, and works on them. */
export type EngineNode = {
  /** Works on every run of its share of all shards, now and later; all nodes that do so share alike. */
  readonly workOnAll: () => Promise<void>;
  /**
   * Works on this run, now or as soon as its shard is free. One that is new has nothing that is read. Resolves with
   * whether the shard is ours now.
   */
  readonly workOn: (run: string, options?: { readonly isNew?: boolean }) => Promise<boolean>;
  /** Whether attempts of the run may begin here now. */
  readonly mayBegin: (run: string) => boolean;
  /** Since when, by the steady clock, its shard has been ours without a break; now, while it is not. */
  readonly freshSinceMs: (run: string) => number;
  /**
   * What this engine answers a request about a run of its own: nothing is sent. Undefined where it cannot answer, and
   * the owner has to be asked.
   */
  readonly ask: (run: string, request: Json, asker: ChannelCaller) => Promise<Json | undefined>;
  /**
   * Begins nothing any more, lets attempts under way end for so long, and gives everything to other nodes: what has
   * nothing under way at once. `stop` has to follow.
   */
  readonly drain: (limitMs: number) => Promise<void>;
  readonly stop: () => Promise<void>;
  /** Whether any shard is ours now. */
  readonly worksOnRuns: () => boolean;
};

export type NodeDeps = Omit<EngineDeps, 'otherRuns' | 'gate' | 'freshSinceMs' | 'featureRefusal'> & {
  readonly leases: Leases;
  readonly commands: CommandChannel;
  readonly holder: Holder;
  readonly isDead: (holder: Holder) => boolean;
  /** Who may do what; everybody may do everything without. */
  readonly authority?: Authority;
  /** Who is away, and who answers for them; nobody is without. */
  readonly absences?: Pick<Absences, 'absentFor'> | undefined;
  /** What the namespace may use; absent: as much as there is. */
  readonly quotas?: QuotaGate | undefined;
  /** Why nothing can be stored now, where that is known. */
  readonly storeTrouble?: (() => StoreTrouble | undefined) | undefined;
  /** How many shards the runs are spread over; 64 unless all engines and clients are given another number. */
  readonly shardCount?: number;
};

export async function createNode({ shardCount = SHARDS, ...deps }: NodeDeps): Promise<EngineNode> {
  const shardOfRun = (run: string) => shardOf(run, shardCount);
  const gate = createAttemptGate((run) => shards.mayBegin(run));
  const otherRuns = remoteRunClient(deps.commands, shardOfRun, workOn);
  const freshSinceMs = (run: string) => shards.freshSinceMs(run);
  const featureRefusal = (feature: Feature) => refusedFeature(deps, feature);
  const engine = createEngine({ ...deps, gate, freshSinceMs, otherRuns, featureRefusal, onChange });
  /** Runs that are worked on one by one; a node that works on all keeps none, others may end them. */
  const asked = new Set<string>();
  let worksOnAll = false;
  const stopping = new AbortController();
  const { signal } = stopping;
  const ours = { owns: (run: string) => shards.owns(run), owned: () => shards.owned() };
  const adoption = createAdoption(deps, { engine, asked, ...ours, shardOf: shardOfRun, signal });
  const answer = createAnswering({ ...deps, engine, onRefusedStart: (run) => asked.delete(run) });
  const report = createShardReports(engine, shardOfRun);
  const serving = createShardServer(deps, { answer, report });
  const shards = await createShards({
    ...deps,
    shardCount,
    ...createShardWork({ ...deps, engine, serving, adoption, gate, shardOf: shardOfRun, signal }),
    onRound: adoption.tryAgain,
    onMayBegin: gate.opened,
    onTrouble: (error) => deps.onTrouble('', error),
  });

  function onChange(run: Run): void {
    if (isFinal(run.state.status)) asked.delete(run.state.run);
    deps.onChange(run);
  }

  async function workOn(run: string, { isNew = false } = {}): Promise<boolean> {
    if (!worksOnAll) asked.add(run);
    const ours = await shards.claimFor(run);
    if (ours && !isNew) await adoption.adopt(run);

    return ours;
  }

  async function stop(): Promise<void> {
    stopping.abort();
    await shards.stopClaiming();
    await serving.endAll();
    // Whatever becomes of the runs, the leases are given back.
    await Promise.allSettled([engine.stop()]);
    await shards.release();
  }

  return {
    workOnAll: async () => {
      worksOnAll = true;
      await shards.share();
      asked.clear();
      await adoption.adoptAll();
    },
    ...{ workOn, stop, mayBegin: shards.mayBegin, freshSinceMs, drain: shards.drain },
    ask: async (run, ...asked) => (shards.mayBegin(run) ? askHere(answer, ...asked) : undefined),
    worksOnRuns: () => shards.owned().of.length > 0,
  };
}

/** As a channel would bring it: what whoever asks does to a request afterwards changes nothing. */
async function askHere(
  answer: CommandHandler,
  request: Json,
  asker: ChannelCaller,
): Promise<Json | undefined> {
  try {
    return await answer(JSON.parse(JSON.stringify(request)) as Json, asker);
  } catch {
    return undefined;
  }
}

const noQuotas: QuotaGate = { within: (begin) => begin() };

/** Answers what is asked of the runs of an engine; a request that comes again is answered as it was the first time. */
export function createAnswering({
  engine,
  authority,
  absences,
  quotas = noQuotas,
  storeTrouble = () => undefined,
  onRefusedStart,
  work,
  clock,
}: {
  readonly engine: Engine;
  /** Who may do what; everybody may do everything without. */
  readonly authority?: Authority | undefined;
  readonly absences?: NodeDeps['absences'];
  readonly quotas?: NodeDeps['quotas'];
  /** Why nothing can be stored now, where that is known: what cannot be carried out is refused at once. */
  readonly storeTrouble?: NodeDeps['storeTrouble'];
  readonly onRefusedStart: (run: string) => void;
  /** Who tasks can be given to; everybody without. */
  readonly work?: { readonly roster: Roster } | undefined;
  readonly clock?: Pick<Clock, 'after'>;
}): CommandHandler {
  const unfit = (run: Run, command: RunCommand): Refused | undefined => {
    if (command.kind !== 'assignTask' || work === undefined) return undefined;
    const refusal = unfitFor(run, command, work.roster);

    return refusal === undefined ? undefined : { ok: false, refusal };
  };
  const isThere = (run: string) => async () => (await engine.reader.last(run)) !== undefined;
  const oncePerRequest = createRecentAnswers<Outcome>(answersMax, isMovedOn);

  return answer;

  async function answer(raw: Json, asker: ChannelCaller): Promise<Json> {
    const request = EngineRequest.safeParse(raw);
    if (!request.success) return refusal('', 'request.invalid', request.error.message);
    const { run } = request.data;
    if (!isRunId(run))
      return refusal(run, 'run.invalid-id', `${JSON.stringify(run)} cannot be the id of a run`);
    const foreign = notTheirs(request.data, asker.as);
    if (foreign !== undefined) return refusal(run, foreign.code, foreign.message);
    const reserved = reservedIn(request.data);
    if (reserved !== undefined)
      return refusal(run, 'input.reserved', `only the journal may use the key at ${reserved}`);
    // Ids are chosen by whoever asks: nobody is given what somebody else was answered.
    const id = JSON.stringify([asker.as, request.data.id]);
    const unstored = refusedUnstored(request.data, oncePerRequest.stateOf(id));
    if (unstored !== undefined) return unstored;
    try {
      const outcome = await oncePerRequest.ask(id, () =>
        carryOut({ ...request.data, id }, asker).catch(asMovedOn),
      );
      if (!isMovedOn(outcome)) return answerOf(run, outcome);
    } catch (error) {
      return refusalOf(run, error);
    }
    // The run was given to another engine while the request was here. Without an answer the channel asks that one.
    throw new Error(movedOn.refusal.message);
  }

  /** What would change a run is refused at once while nothing is stored, unless it was answered before. */
  function refusedUnstored({ kind, run }: EngineRequest, known: RequestState): Json | undefined {
    if (kind === 'adopt' || known === 'answered') return undefined;
    const trouble = storeTrouble();
    if (trouble === undefined) return undefined;
    if (kind === 'start' && known === 'unknown') onRefusedStart(run);

    return refusalOf(run, new StoreRefuses(trouble, { isPending: known === 'pending' }));
  }

  async function carryOut(request: EngineRequest, { as, isNew }: ChannelCaller): Promise<Outcome> {
    const mayStart = ({ definition }: Chart) => refusedFor(authority, as, () => starting(definition));
    switch (request.kind) {
      case 'start': {
        const { run, hash, kind: _kind, id: _id, ...rest } = request;
        const chart = await engine.reader.charts.byHash(hash);
        const begin = () => engine.startRun({ run, chart, isNew, ...rest });
        const isOfRun = (rest.parent ?? rest.failureOf) !== undefined;
        const admitted = () => (isOfRun ? begin() : quotas.within(begin, isThere(run)));
        const outcome = mayStart(chart) ?? (await admitted());
        // Ids are made at random, so the same one again is the same request again: its answer was lost on the way.
        if (!outcome.ok && outcome.refusal.code === 'run.exists') return { ok: true, sequence: 1 };
        if (!outcome.ok) onRefusedStart(run);

        return outcome;
      }
      case 'fork':
        return quotas.within(() => forkRun(engine, request, mayStart), isThere(request.run));
      case 'migrate': {
        const { run, hash, actor, id } = request;
        const refused = ({ chart }: Run) => refusedFor(authority, as, () => defining(chart.definition));
        return engine.migrate(run, hash, { actor, id, refused });
      }
      case 'command': {
        const { run, command, actor, id } = request;
        if (command.kind === 'assignTask') await whenHeardOf(command.to, { ...work, clock });
        const refused = (of: Run) =>
          refusedFor(authority, as, () => commandDeed(command, { plan: of.chart.plan, state: of.state })) ??
          unfit(of, command);
        const meant = (of: Run) => inPlaceOf(of, { command, as, absences, authority });
        return engine.submit(run, command, { actor, id, refused, meant });
      }
      case 'adopt':
        await engine.adopt(request.run);
        return { ok: true, sequence: 0 };
    }
  }
}

function isMovedOn(outcome: Outcome): boolean {
  return !outcome.ok && outcome.refusal.code === movedOn.refusal.code;
}

function asMovedOn(error: unknown): Outcome {
  if (error instanceof Error && 'code' in error && error.code === movedOn.refusal.code) return movedOn;

  throw error;
}

/** An outcome as it goes back to whoever asked. */
function answerOf(run: string, outcome: Outcome): Json {
  const answer: Answer = { ...outcome, run };

  return answer;
}

/** What whoever asked is told when carrying a request out failed. */
function refusalOf(run: string, error: unknown): Json {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'engine.error';

  return refusal(run, code, messageOf(error));
}

function refusal(run: string, code: string, message: string): Json {
  const refused: Refusal = { code, message };

  return { ok: false, run, refusal: refused };
}

type ForkRequest = Extract<EngineRequest, { kind: 'fork' }>;

/**
 * Begins a run that goes on from an event of another one. The same request again gets the same answer. `mayStart` says
 * why whoever asks may not start runs of this definition.
 */
export async function forkRun(
  engine: Pick<Engine, 'reader' | 'forkRun'>,
  { run, from, at, input, reason, actor }: ForkRequest,
  mayStart?: (chart: Chart) => Outcome | undefined,
): Promise<Outcome> {
  const { run: old } = await engine.reader.fold(from, { until: at, once: true });
  const refused = mayStart?.(old.chart);
  if (refused !== undefined) return refused;
  if (old.sequence !== at) {
    const message = `run ${from} has ${old.sequence} events, so it cannot be forked at event ${at}`;
    return { ok: false, refusal: { code: 'fork.no-event', message } };
  }
  // As the journal will give it back, members sorted: tasks are told in the order in which they stand.
  const state = JSON.parse(canonicalJson(old.state)) as Json;
  const command = {
    kind: 'forkRun',
    run,
    from: { run: from, at, hash: old.hash },
    state,
    input,
    reason,
  } as const;
  const outcome = await engine.forkRun(old.chart, command, actor);

  return !outcome.ok && outcome.refusal.code === 'run.exists' ? { ok: true, sequence: 1 } : outcome;
}

/** Answers a request that comes again, by its id, with what came of it the first time. */
type RecentAnswers<T> = {
  readonly ask: (id: string, act: () => Promise<T>) => Promise<T>;
  readonly stateOf: (id: string) => RequestState;
};

type RequestState = 'unknown' | 'pending' | 'answered';

/**
 * Keeps the answers to the last `answersMax` requests, those still under way included; not an answer that `isNone`
 * says is none, and not a failure, after which the request may be tried again.
 */
function createRecentAnswers<T>(answersMax: number, isNone: (answer: T) => boolean): RecentAnswers<T> {
  const answers = new Map<string, { readonly answer: Promise<T>; isOver: boolean }>();

  async function act(id: string, carryOut: () => Promise<T>): Promise<T> {
    try {
      const outcome = await carryOut();
      const entry = answers.get(id);
      if (isNone(outcome)) answers.delete(id);
      else if (entry !== undefined) entry.isOver = true;

      return outcome;
    } catch (error) {
      answers.delete(id);
      throw error;
    }
  }

  return {
    ask: (id, carryOut) => {
      const known = answers.get(id);
      if (known !== undefined) return known.answer;
      const answer = act(id, carryOut);
      answers.set(id, { answer, isOver: false });
      const [oldest] = answers.keys();
      if (answers.size > answersMax && oldest !== undefined) answers.delete(oldest);

      return answer;
    },
    stateOf: (id) => {
      const known = answers.get(id);
      if (known === undefined) return 'unknown';

      return known.isOver ? 'answered' : 'pending';
    },
  };
}
