import type { Json } from '../../events/canonical-json.ts';
import type { ExportSource } from '../../machines/audit/export-format.ts';
import { digestsIn } from '../../machines/audit/verify-export.ts';
import { taskAt } from '../../machines/chart/task-at.ts';
import { isFinal } from '../../machines/chart/task-status.ts';
import type { Refusal } from '../../machines/run/decide/command.ts';
import { partedInput } from '../../machines/run/record/parted-input.ts';
import { shardOf } from '../../machines/shard.ts';
import { within } from '../lib/deadline.ts';
import type { Absences } from '../ports/access/absences.ts';
import { type Audits, NoSuchEvent } from '../ports/access/audits.ts';
import { type Authority, anyActor } from '../ports/access/authority.ts';
import type { ProjectSecrets, RunSecrets } from '../ports/access/secrets.ts';
import type { SubjectKeys } from '../ports/access/subject-keys.ts';
import type { Clock } from '../ports/clock.ts';
import { type DefinitionStore, DefinitionUnreadable } from '../ports/definitions/definition-store.ts';
import { type ArchivedRun, type RunArchive, RunArchived } from '../ports/runs/archive.ts';
import { BlobDamaged, type BlobStore } from '../ports/runs/blob-store.ts';
import { type CommandChannel, NoAnswer } from '../ports/runs/command-channel.ts';
import { type Damage, type Journal, RunQuarantined, type Stored } from '../ports/runs/journal.ts';
import type { Snapshots } from '../ports/runs/snapshots.ts';
import type { StationLink } from '../ports/runs/stations.ts';
import {
  type Answer,
  type RunCommand,
  RunNotFound,
  RunRefused,
  type RunView,
  type Wait,
  type Workflows,
} from '../ports/runs/workflows.ts';
import type { Roster } from '../ports/work/agent-admin.ts';
import type { LiveOutput } from '../ports/work/live-output.ts';
import { refusedName } from './actor-name.ts';
import { withBreakers } from './attempts/breakers.ts';
import type { EngineNode } from './cluster/node.ts';
import { createInputEdits } from './input-edits.ts';
import { keyedRun, startedBefore } from './keyed-start.ts';
import { createWhatIfs, register } from './publishing.ts';
import { createApprovals } from './queries/approvals.ts';
import { createDeadLetters } from './queries/dead-letters.ts';
import { createQueries, toView } from './queries/queries.ts';
import type { EngineRequest } from './requests.ts';
import { wholeOutput } from './run/resolve-blobs.ts';
import { type Charts, createCharts } from './run-reader/charts.ts';
import { withQuarantinedChildren } from './run-reader/quarantined-children.ts';
import { createRunReader, type RunReader } from './run-reader/run-reader.ts';
import { surroundingsOf } from './surroundings.ts';

export type WorkflowsDeps = {
  readonly journal: Journal;
  readonly definitions: DefinitionStore;
  /** Where definitions are registered that runs are started by; absent: in `definitions`. */
  readonly startsBy?: DefinitionStore | undefined;
  readonly commands: CommandChannel;
  readonly runSecrets: RunSecrets;
  /** Large values that the journal refers to. */
  readonly blobs?: BlobStore | undefined;
  /** What attempts print while they go on; absent: nobody tells it. */
  readonly live?: Pick<LiveOutput, 'printing'> | undefined;
  /** What expressions read as `secrets`; only what-if asks for it. */
  readonly projectSecrets?: ProjectSecrets | undefined;
  /** The keys that values are sealed with. */
  readonly subjectKeys?: SubjectKeys | undefined;
  readonly snapshots?: Snapshots | undefined;
  /** Runs that have left the journal; absent: none has. */
  readonly archive?: RunArchive | undefined;
  /** Keeps long runs that are looked at folded, in memory: for a process that is asked again and again. */
  readonly keepsRuns?: boolean;
  readonly clock: Clock;
  readonly newRunId: () => string;
  /** The engine of this process; absent in a process that only asks. */
  readonly node?: EngineNode;
  /** Whether engines that live hold runs. Absent where that cannot be known; then nothing is said of it. */
  readonly owned?: () => Promise<(run: string) => boolean>;
  /** Who could carry out what is for agents. Absent where that is not known. */
  readonly roster?: (() => Promise<Roster>) | undefined;
  /** How other stations are reached. */
  readonly links?: (() => Promise<ReadonlyMap<string, StationLink>>) | undefined;
  /** How long a command waits for the owner of its run to answer. */
  readonly answerTimeoutMs: number;
  /** As that of the engines. */
  readonly shardCount?: number;
  /** Those of the engine of this process, so that each definition is compiled once. */
  readonly charts?: Charts;
  /** That of this process, so that each long run is kept folded once. */
  readonly reader?: RunReader;
  /** Who may do what, as far as it is done here: new definitions are. Everybody may without. */
  readonly authority?: Authority | undefined;
  /** The same for questions about who may, asked only where they come up. */
  readonly rights?: (() => Promise<Authority>) | undefined;
  /** Who is away, and who answers for them. */
  readonly absences?: Pick<Absences, 'absentFor'> | undefined;
};

type WithoutId<Request> = Request extends unknown ? Omit<Request, 'id'> : never;
type Rerun = Extract<RunCommand, { kind: 'rerun' }>;
type Asking = WithoutId<EngineRequest>;
type Registering = Parameters<typeof register>[1];
type StartRequest = Parameters<Workflows['start']>[0];

async function* nothingPrinted(): AsyncGenerator<never, void, undefined> {}

/** The engine as front ends see it. */
export function createWorkflows(deps: WorkflowsDeps): Workflows {
  const { definitions, commands, node, answerTimeoutMs } = deps;
  const { charts = createCharts(definitions), reader = createRunReader({ ...deps, charts }) } = deps;
  const questions = createQueries(reader, deps);
  const edit = createInputEdits({ ...deps, reader });
  const registering = createRegistering(deps);

  async function ask(request: Asking & { readonly actor: string }, isNew = false): Promise<Answer> {
    const refusal = refusedName(request.actor);
    if (refusal !== undefined) return { ok: false, run: request.run, refusal };
    await node?.workOn(request.run, { isNew });

    return askOwner(request, request.actor, isNew);
  }

  async function askOwner(asking: Asking, as: string, isNew = false): Promise<Answer> {
    const request: EngineRequest = { id: crypto.randomUUID(), ...asking };
    const sent = request as Json;
    const shard = shardOf(request.run, deps.shardCount);
    const beganMs = deps.clock.steady();
    const own = node?.ask(request.run, sent, { as, isNew });
    const answered = own && (await within(deps.clock, answerTimeoutMs, own));
    const leftMs = answerTimeoutMs - (deps.clock.steady() - beganMs);
    if (answered === undefined && leftMs <= 0) throw new NoAnswer(request.run, answerTimeoutMs);
    const answer = answered ?? (await commands.request(shard, sent, { as, timeoutMs: leftMs }));

    return answer as unknown as Answer;
  }

  /** A run that only an engine can move, and that no engine holds, waits for that before all else. */
  async function withEngine(view: RunView): Promise<RunView> {
    if (!view.waitsFor.some((wait) => needsEngine(view, wait))) return view;
    if ((await deps.owned?.())?.(view.run) !== false) return view;
    const wait: Wait = { reason: 'no engine works on it', fix: `workflow resume ${view.run}` };

    // Where nobody is there who would begin a task, an engine alone would not help.
    const isStranded = view.waitsFor.some(({ unattended }) => unattended === true);
    return { ...view, waitsFor: isStranded ? [...view.waitsFor, wait] : [wait, ...view.waitsFor] };
  }

  async function start(request: StartRequest): Promise<Answer> {
    const { definition, file, alongside = [], input, actor, key } = request;
    const { ref } = definition;
    const run = key === undefined ? newId() : keyedRun(actor, key);
    for (const each of [...alongside, { definition, file }]) {
      const refusal = await registering(each, actor);
      if (refusal !== undefined) return { ok: false, run, refusal };
    }
    const { open, secret } = partedInput(definition.definition, input);
    const before = async () =>
      key === undefined ? undefined : startedBefore(reader, { run, actor, definition: ref, input: open });
    // The secrets of a run that is there stay as they are.
    const known = await before();
    if (known !== undefined) return known;
    if (Object.keys(secret).length > 0) await deps.runSecrets.keep(run, secret);
    const isNew = key === undefined;
    const answer = await ask({ kind: 'start', run, hash: ref.hash, input: { ...open }, actor }, isNew);

    // Of two at once with one key, one may have begun another run than was asked for here.
    return answer.ok ? ((await before()) ?? answer) : answer;
  }

  /** An id whose run this engine may work on at once, where it shares the runs with others. */
  function newId(): string {
    let id = deps.newRunId();
    if (node?.worksOnRuns() !== true) return id;
    for (let tries = 1; tries < newIdTriesMax && !node.mayBegin(id); tries += 1) id = deps.newRunId();

    return id;
  }

  async function rerun(run: string, command: Rerun, actor: string): Promise<Answer> {
    const last = await reader.last(run);
    const isOver = last?.kind !== 'record' || isFinal(last.record.data.head.status);
    // It will be refused: no secret of a run that is under way is touched.
    if (!isOver) return ask({ kind: 'command', run, command: { ...command, input: undefined }, actor });
    const before = await deps.runSecrets.of(run);
    const input = await edit(run, run, command.input);
    const edited = input === undefined ? command : { ...command, input: { ...input } };
    const answer = await ask({ kind: 'command', run, command: edited, actor });
    if (!answer.ok && input !== undefined) await deps.runSecrets.keep(run, before);

    return answer;
  }

  return {
    ...questions,
    printing: (run, signal) => deps.live?.printing(run, signal) ?? nothingPrinted(),
    surroundings: () => surroundingsOf(deps),
    ...createAudits({ ...deps, reader }),
    ...createWhatIfs({ ...deps, reader }),
    view: async (run) => withBreakers(deps, await withEngine(await questions.view(run))),
    inspect: async (run) => {
      const inspected = await questions.inspect(run);
      if (inspected.damage !== undefined || inspected.view === undefined) return inspected;
      const view = await withQuarantinedChildren(reader, inspected.view);

      return { run, view: await withBreakers(deps, await withEngine(view)) };
    },
    viewOf: async (run, records) => withEngine(await questions.viewOf(run, records)),
    start,
    fork: async ({ run: from, at, input, reason, actor }) => {
      const run = deps.newRunId();
      const edited = await edit(from, run, input);

      return ask({
        kind: 'fork',
        run,
        from,
        at,
        actor,
        ...(edited === undefined ? {} : { input: { ...edited } }),
        ...(reason === undefined ? {} : { reason }),
      });
    },
    migrate: (run, hash, actor) => ask({ kind: 'migrate', run, hash, actor }),
    deadLetters: createDeadLetters(reader),
    ...createApprovals({ ...deps, reader }),
    command: async (run, command, actor) => {
      const archived = await reader.archived(run);
      if (archived !== undefined) return { ok: false, run, refusal: refusedAsArchived(archived) };
      if (command.kind === 'rerun') return rerun(run, command, actor);
      const isThere = (await reader.last(run)) !== undefined || (await reader.isKnown(run));
      if (!isThere) throw new RunNotFound(run);

      return ask({ kind: 'command', run, command, actor });
    },
    adopt: async (run) => {
      if ((await node?.workOn(run)) === true) return 'adopted';
      const answer = await askOwner({ kind: 'adopt', run }, anyActor);
      if (!answer.ok) throw new RunRefused(answer.refusal);

      return 'owned elsewhere';
    },
    ...definitionsIn(definitions),
  };
}

function definitionsIn(
  store: DefinitionStore,
): Pick<Workflows, 'definitions' | 'definition' | 'definitionOf'> {
  return {
    definitions: () => store.list(),
    definition: (id, version) => store.byId(id, version),
    definitionOf: (hash) => store.byHash(hash),
  };
}

/** Of two engines each has half of the shards: it has hardly none in so many ids. */
const newIdTriesMax = 64;
const registeredMax = 1_000;

/** Registers definitions, each version once in this process: what is registered stays so, and all may use it. */
function createRegistering(deps: WorkflowsDeps): typeof registered {
  const known = new Set<string>();
  const to = { ...deps, definitions: deps.startsBy ?? deps.definitions };

  async function registered(each: Registering, actor: string): Promise<Refusal | undefined> {
    const { hash } = each.definition.ref;
    if (known.has(hash)) return undefined;
    const refusal = await register(to, each, actor);
    if (known.size >= registeredMax) known.clear();
    if (refusal === undefined) known.add(hash);

    return refusal;
  }

  return registered;
}

/** Approvals wait for people, other waits for times, signals and runs; a paused run waits to be resumed. */
const needing: ReadonlySet<string> = new Set(['scheduled', 'in_progress', 'retrying', 'listing', 'looping']);

function needsEngine({ state }: RunView, { task }: Wait): boolean {
  return task !== undefined && needing.has(taskAt(state, task)?.state ?? '');
}

/** Before an engine is asked, which may not be there, and before secrets of the run are touched. */
function refusedAsArchived(archived: ArchivedRun): Refusal {
  const { code, message } = new RunArchived(archived);

  return { code, message };
}

type Sources = {
  readonly reader: RunReader;
  readonly definitions: DefinitionStore;
  /** Large values are left out without. */
  readonly blobs?: BlobStore | undefined;
};

/** Answers what can be asked of the past of runs, from the journal. */
function createAudits(sources: Sources): Audits & Pick<Workflows, 'viewAt' | 'blob' | 'output'> {
  return {
    auditSource: (run) => auditSource(sources, run),
    output: async (run) => {
      const { run: folded } = await sources.reader.fold(run, { stays: true });

      return sources.blobs === undefined ? (folded.state.output ?? null) : wholeOutput(sources.blobs, folded);
    },
    blob: async (digest) =>
      (sources.blobs === undefined ? [] : await readBlob(sources.blobs, digest))[0]?.[1],
    viewAt: async (id, at) => {
      // Its latest events are looked at most: a snapshot made before them is as good here as for the run itself.
      const { run, time } = await sources.reader.fold(id, { until: at, stays: true });
      if (run.sequence !== at) throw new NoSuchEvent(at, run.sequence);

      return toView(run, new Date(time).toISOString());
    },
  };
}

async function auditSource({ reader, definitions, blobs }: Sources, run: string): Promise<ExportSource> {
  const stored: Stored[] = [];
  for await (const each of reader.entries(run)) stored.push(each);
  const records = stored.flatMap((each) => (each.kind === 'record' ? [each.record] : []));
  const last = records.at(-1);
  const [first] = stored;
  if (first === undefined) throw new RunNotFound(run);
  if (last === undefined) throw new RunQuarantined(unreadable(first));
  const hashes = new Set(records.map(({ data }) => data.head.definition.hash));
  const found = await Promise.all([...hashes].map((hash) => readDefinition(definitions, hash)));
  const digests = new Set(records.flatMap(({ data }) => digestsIn(data.fact)));
  const values =
    blobs === undefined ? [] : await Promise.all([...digests].map((each) => readBlob(blobs, each)));

  return {
    run,
    definitions: found.flat(),
    records: stored.map(({ body }) => body),
    ...(digests.size === 0 ? {} : { blobs: Object.fromEntries(values.flat()) }),
    last,
  };
}

/** Not one of the messages is a record. */
function unreadable({ position, ...first }: Stored): Damage {
  if (first.kind === 'foreign') return { code: first.code, sequence: 1, position, message: first.reason };

  return { code: 'journal.foreign', sequence: 1, position, message: 'no record can be read' };
}

/** One that is not stored any more is left out: whoever verifies the export is told of it. */
async function readDefinition(store: DefinitionStore, hash: string): Promise<ExportSource['definitions']> {
  try {
    const found = await store.byHash(hash);
    return found === undefined ? [] : [{ ref: found.ref, text: found.text }];
  } catch (error) {
    if (error instanceof DefinitionUnreadable) return [];
    throw error;
  }
}

async function readBlob(store: BlobStore, digest: string): Promise<readonly (readonly [string, string])[]> {
  try {
    const text = await store.get(digest);
    return text === undefined ? [] : [[digest, text]];
  } catch (error) {
    if (error instanceof BlobDamaged) return [];
    throw error;
  }
}
