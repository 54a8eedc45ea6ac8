import type { Json } from '../../../events/canonical-json.ts';
import { starting } from '../../../machines/agents/actions.ts';
import { refusalOf } from '../../../machines/agents/authority.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import { type Definition, parseDefinitionName } from '../../../machines/definition.ts';
import { defined } from '../../../machines/language/defined.ts';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import type { Refusal } from '../../../machines/run/decide/command.ts';
import { reservedKey } from '../../../machines/run/record/claim-check.ts';
import { childRun } from '../../../machines/run/run.ts';
import { isRunId } from '../../../machines/shard.ts';
import {
  refusedSent,
  refusedTask,
  sentDefinition,
  sentPrefix,
} from '../../../machines/stations/sent-task.ts';
import { isGranted } from '../../../machines/stations/station-name.ts';
import type { StationGrant, Stations } from '../../../machines/stations/stations.ts';
import { createTurnsPerKey } from '../../lib/serial-queue.ts';
import type { ProjectSecrets, RunSecrets } from '../../ports/access/secrets.ts';
import type { DefinitionStore } from '../../ports/definitions/definition-store.ts';
import type { MarkStore } from '../../ports/mark-store.ts';
import type { ArchivedRun } from '../../ports/runs/archive.ts';
import type { BlobStore } from '../../ports/runs/blob-store.ts';
import { childInput } from '../run/child-input.ts';
import type { OtherRuns } from '../run/failure-runs.ts';
import { wholeOutput } from '../run/resolve-blobs.ts';
import type { RunReader } from '../run-reader/run-reader.ts';
import { type StationAnswer, StationRequest } from './protocol.ts';

export type StationDeskDeps = {
  /** What stations.yaml says now. */
  readonly stations: () => Promise<Stations>;
  readonly reader: Pick<RunReader, 'archived' | 'first' | 'last' | 'fold' | 'charts'>;
  readonly definitions: Pick<DefinitionStore, 'byId' | 'register'>;
  readonly runSecrets: RunSecrets;
  readonly projectSecrets: ProjectSecrets;
  readonly blobs: BlobStore;
  readonly otherRuns: OtherRuns;
  /** Where it is kept which runs were given up before they were started. */
  readonly marks: Pick<MarkStore, 'read' | 'write' | 'remove'>;
};

type Asked<Kind extends StationRequest['kind']> = Extract<StationRequest, { kind: Kind }>;

/** Who asks, and what it may do here. */
type Caller = { readonly station: string; readonly own: string; readonly may: StationGrant };

const ok: StationAnswer = { ok: true };

/**
 * Answers what other stations ask. Each may do what stations.yaml grants it, and see only the runs that it had started.
 * Rejects where a store or an engine does not answer: the request then comes again.
 */
export function createStationDesk(deps: StationDeskDeps): (from: string, request: Json) => Promise<Json> {
  const turns = createTurnsPerKey();

  return async (from, raw) => {
    const read = StationRequest.safeParse(raw);
    if (!read.success)
      return refuse('request.invalid', `station ${from} asked for what there is not`) as Json;
    const request = read.data;
    const { station: own, peers } = await deps.stations();
    const peer = peers.find(({ name }) => name === from);
    if (peer === undefined) return refuse('station.refused', `station ${own} does not know ${from}`) as Json;
    const caller = { station: from, own, may: peer.may };
    if (request.kind === 'hello') return ok as Json;
    if (request.kind === 'name') return (await nameFor(deps, caller, request)) as Json;
    if (request.kind === 'task') return (await takeTask(deps, caller, request)) as Json;
    if (!isRunId(request.run))
      return refuse('run.invalid-id', `${request.run} cannot be the id of a run`) as Json;

    return (await turns.take(request.run, () => ofRun(deps, caller, request))) as Json;
  };
}

function ofRun(
  deps: StationDeskDeps,
  caller: Caller,
  request: Asked<'start' | 'look' | 'end'>,
): Promise<StationAnswer> {
  switch (request.kind) {
    case 'start':
      return startFor(deps, caller, request);
    case 'look':
      return lookFor(deps, caller, request);
    case 'end':
      return endFor(deps, caller, request);
  }
}

async function nameFor(
  deps: StationDeskDeps,
  caller: Caller,
  { workflow }: Asked<'name'>,
): Promise<StationAnswer> {
  const { id, version } = parseDefinitionName(workflow);
  // Before it is looked for: what there is here is not for everybody.
  const refused = notGranted(caller, id);
  if (refused !== undefined) return refused;
  const stored = await deps.definitions.byId(id, version);
  if (stored === undefined)
    return refuse(
      'child.unknown-definition',
      `no definition "${workflow}" is registered on station ${caller.own}; publish it there, or put its file under definitions/ of an engine that serves`,
    );
  const { definition } = await deps.reader.charts.byHash(stored.ref.hash);

  return belowLevel(caller, definition) ?? { ok: true, definition: stored.ref };
}

/** A task that was sent alone becomes a definition of one task here. */
async function takeTask(
  deps: StationDeskDeps,
  caller: Caller,
  { task, inputs }: Asked<'task'>,
): Promise<StationAnswer> {
  const { station, own } = caller;
  const unsent = refusedSent(task, inputs);
  if (unsent !== undefined)
    return refuse('station.bad-task', `station ${own} does not carry the task out: ${unsent}`);
  const loaded = loadDefinition({
    file: `sent by ${station}`,
    content: sentDefinition(station, task, inputs),
  });
  if (!loaded.ok) {
    const why = loaded.problems.map(({ message }) => message).join('; ');
    return refuse('station.bad-task', `station ${own} cannot carry the task out: ${why}`);
  }
  const { definition, ref, text } = loaded.loaded;
  const refused = notGrantedTask(caller, definition);
  if (refused !== undefined) return refused;
  await deps.definitions.register({ ref, text, file: `${ref.id}.json` });

  return { ok: true, definition: ref };
}

function notGrantedTask({ station, own, may }: Caller, definition: Definition): StationAnswer | undefined {
  const why = refusedTask(may, definition);
  if (why === undefined) return undefined;

  return refuse(
    'station.refused',
    `station ${own} does not carry the task out for ${station}: in its stations.yaml, peers.${station}: ${why}`,
  );
}

function notGranted({ station, own, may }: Caller, id: string): StationAnswer | undefined {
  if (isGranted(may.start, id)) return undefined;

  return refuse(
    'station.refused',
    `station ${own} does not let ${station} start "${id}"; stations.yaml there says what it may: peers.${station}.may.start`,
  );
}

function belowLevel({ station, own, may }: Caller, definition: Definition): StationAnswer | undefined {
  const { level, domain } = may;
  if (level === undefined) return undefined;
  const principal = { name: `station ${station}`, level, ...(domain === undefined ? {} : { domain }) };
  const refusal = refusalOf(principal, starting(definition));

  return refusal === undefined
    ? undefined
    : refuse('station.refused', `station ${own} refused it (${refusal.code}): ${refusal.message}`);
}

async function startFor(
  deps: StationDeskDeps,
  caller: Caller,
  request: Asked<'start'>,
): Promise<StationAnswer> {
  const { run, hash, input: value, parent } = request;
  if (!isRunId(parent.run) || run !== childRun(parent.run, parent.task, parent.attempt, caller.station))
    return foreignId(run, caller.station);
  const there = await startedFor(deps, run);
  if (there !== undefined) return there === caller.station ? ok : taken(run);
  const reserved = reservedKey(value);
  if (reserved !== undefined)
    return refuse('input.reserved', `only the journal may use the key at ${reserved}`);
  const { definition } = await deps.reader.charts.byHash(hash);
  const isSent = definition.id.startsWith(sentPrefix(caller.station));
  const refused = isSent
    ? notGrantedTask(caller, definition)
    : (notGranted(caller, definition.id) ?? belowLevel(caller, definition));
  if (refused !== undefined) return refused;
  if (await isGivenUp(deps, caller, run)) return refuse('station.given-up', `run ${run} was given up before`);
  const given = { child: run, value, as: 'input', hidden: deps.projectSecrets.all() };
  const input = await childInput(deps.runSecrets, definition, given);
  if (!input.ok) return refuse(input.error.code, input.error.message);

  return begin(deps, caller, { ...request, input: input.value });
}

async function begin(
  deps: StationDeskDeps,
  caller: Caller,
  { kind: _kind, parent, hops, requesters, ...start }: Asked<'start'>,
): Promise<StationAnswer> {
  const { station } = caller;
  const origin = { parent: { ...parent, station }, ...defined({ hops, requesters }) };
  const answer = await deps.otherRuns.start({ ...start, ...origin, actor: `station:${station}` });
  if (!answer.ok) return { ok: false, refusal: answer.refusal };
  // Whoever gave it up meanwhile found no run to end.
  if (await isGivenUp(deps, caller, start.run)) {
    const reason = `station ${station} gave it up before it began`;
    await deps.otherRuns.command(start.run, { kind: 'terminateRun', reason }, 'engine');
  }

  return ok;
}

/** The station that had the run started: '' for one that was started here; undefined where there is no such run. */
async function startedFor({ reader }: StationDeskDeps, run: string): Promise<string | undefined> {
  const first = await reader.first(run);
  if (first === undefined) return undefined;
  if (first.kind !== 'record' || first.record.type !== 'run.started') return '';

  return first.record.data.fact.parent?.station ?? '';
}

/** It ended, and nobody can tell with what: whoever waits for it waits no longer. */
function outputGone({ run, policy }: ArchivedRun): StationAnswer {
  const message = `run ${run} left the journal before its output was asked for (${policy})`;

  return { ok: true, status: 'FAILED', error: { code: 'run.archived', message, retryable: false } };
}

async function lookFor(
  deps: StationDeskDeps,
  caller: Caller,
  { run: id, isPaused = false }: Asked<'look'>,
): Promise<StationAnswer> {
  const { reader, blobs } = deps;
  const last = await reader.last(id);
  const archived = last === undefined ? await reader.archived(id) : undefined;
  if (last === undefined && archived === undefined) return ok;
  // Who had it started is not kept either.
  if (archived !== undefined && archived.kept !== 'whole') return outputGone(archived);
  if ((await startedFor(deps, id)) !== caller.station) return taken(id);
  const status =
    last?.kind === 'record' ? last.record.data.head.status : (archived?.head.status ?? 'RUNNING');
  if (!isFinal(status)) {
    await pauseAlong(deps, caller, { run: id, status, isPaused });
    return { ok: true, status };
  }
  const { run } = await reader.fold(id);
  const { state } = run;
  if (!isFinal(state.status)) return { ok: true, status: state.status };
  await forgetPause(deps, caller, id);
  // The other station has none of the large values of this one: they travel whole.
  const output = state.output === undefined ? undefined : await wholeOutput(blobs, run);

  return {
    ok: true,
    status: state.status,
    ...(output === undefined ? {} : { output }),
    ...(state.status === 'COMPLETED' || state.error === undefined ? {} : { error: state.error }),
  };
}

/**
 * A run pauses with the one that it works for, and goes on with it; what a person here paused stays so. The mark says
 * which pause it was: until it is known when that began, that there is to be one.
 */
async function pauseAlong(
  deps: StationDeskDeps,
  caller: Caller,
  { run, status, isPaused }: { readonly run: string; readonly status: string; readonly isPaused: boolean },
): Promise<void> {
  const { otherRuns, marks } = deps;
  const key = pauseMark(caller, run);
  if (isPaused) {
    if (status !== 'RUNNING') return;
    const reason = `so is the run of station ${caller.station} that it works for`;
    const kept = await marks.read(key);
    const revision = await marks.write(key, true, kept?.revision ?? 0);
    await otherRuns.command(run, { kind: 'pauseRun', reason }, 'engine');
    const since = await pausedSince(deps, run);
    if (since !== undefined && revision !== undefined) await marks.write(key, since, revision);
    return;
  }
  const kept = await marks.read(key);
  if (kept === undefined) return;
  const isOurs = kept.value === true || kept.value === (await pausedSince(deps, run));
  if (status === 'PAUSED' && isOurs) await otherRuns.command(run, { kind: 'resumeRun' }, 'engine');
  await marks.remove(key, kept.revision);
}

function pauseMark({ station }: Caller, run: string): string {
  return `paused-along/${station}/${run}`;
}

async function pausedSince({ reader }: StationDeskDeps, run: string): Promise<string | undefined> {
  return (await reader.fold(run)).run.state.pausedAt;
}

async function forgetPause({ marks }: StationDeskDeps, caller: Caller, run: string): Promise<void> {
  const key = pauseMark(caller, run);
  const kept = await marks.read(key);
  if (kept !== undefined) await marks.remove(key, kept.revision);
}

async function endFor(
  deps: StationDeskDeps,
  caller: Caller,
  { run, how, reason }: Asked<'end'>,
): Promise<StationAnswer> {
  // Before it is looked for: a start that is still under way looks for the mark when it is through.
  const there = await startedFor(deps, run);
  if (there === undefined) await giveUp(deps, caller, run);
  const by = there ?? (await startedFor(deps, run));
  if (by === undefined) return ok;
  if (by !== caller.station) return taken(run);
  const kind = how === 'terminate' ? 'terminateRun' : 'cancelRun';
  const answer = await deps.otherRuns.command(
    run,
    { kind, reason: `station ${caller.station}: ${reason}` },
    'engine',
  );

  return answer.ok ? ok : { ok: false, refusal: answer.refusal };
}

async function isGivenUp({ marks }: StationDeskDeps, { station }: Caller, run: string): Promise<boolean> {
  return (await marks.read(`given-up/${station}/${run}`)) !== undefined;
}

/** Whoever was first has marked it as well. */
async function giveUp({ marks }: StationDeskDeps, { station }: Caller, run: string): Promise<void> {
  await marks.write(`given-up/${station}/${run}`, true, 0);
}

function taken(run: string): StationAnswer {
  return refuse('station.run-taken', `the run ${run} there was not started for this station`);
}

/** Whoever could choose could take an id that a run of this station is to have. */
function foreignId(run: string, station: string): StationAnswer {
  return refuse(
    'station.foreign-id',
    `the id ${run} does not follow from the task that station ${station} asks for; do both stations run the same version?`,
  );
}

function refuse(code: string, message: string): StationAnswer {
  const refusal: Refusal = { code, message };

  return { ok: false, refusal };
}
