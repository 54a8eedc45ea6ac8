// One seed is one world: how many engines, which definitions, which faults, in which order everything happens.
import { isFinal } from '../../machines/chart/task-status.ts';
import type { Run } from '../../machines/run/run.ts';
import { waitsFor } from '../../src/engine/queries/wait-reasons.ts';
import type { StoredDefinition } from '../../src/ports/definitions/definition-store.ts';
import { projectSecretsOf } from '../support/memory-stores.ts';
import { type Casting, ownCasting } from './casting.ts';
import { createRandom } from './kernel/random.ts';
import { createCourt } from './laws/court.ts';
import { createEvenTimers } from './laws/even-timers.ts';
import { createLedgerWatch } from './laws/ledger-watch.ts';
import { createReportWatch } from './laws/report-watch.ts';
import { staleItems } from './laws/stale-items.ts';
import { openRuns } from './laws/waiting.ts';
import { lookAfterAll } from './leaving/caretaker.ts';
import { createLeaving } from './leaving/leaving.ts';
import { planFaults, planPeople } from './plan-faults.ts';
import { drawn, drawnWhereRunsLeave } from './templates/all.ts';
import { chartOf, chartsOf } from './templates/charts.ts';
import type { AgentPlan, Template } from './templates/template.ts';
import { createCommandServer } from './world/commands.ts';
import { createDeeds } from './world/deeds.ts';
import { type EngineProcess, hostOf } from './world/engine-process.ts';
import { createFaults, drawnApart, type Fault } from './world/faults.ts';
import { createJournalServers } from './world/journal-servers.ts';
import { createLeaseServer } from './world/leases.ts';
import { createLedgerDisk } from './world/ledger-disk.ts';
import type { Setting } from './world/setting.ts';
import { createKept } from './world/stores.ts';
import { createStream, type Message } from './world/stream.ts';
import { createWorkServer } from './world/work-server.ts';
import { type CrashPoint, createWorld, type World } from './world/world.ts';

export type SeedOptions = {
  readonly seed: number;
  readonly trace?: (line: string) => void;
  /** Instead of chance: these definitions, these faults, these crashes. */
  readonly templates?: readonly Template[];
  readonly faults?: readonly Fault[];
  readonly crashPoints?: readonly CrashPoint[];
  readonly engines?: number;
  /** How many shards there are; by chance, without. */
  readonly shardCount?: number;
  /** Who plays; those of this release without. */
  readonly casting?: Casting;
  /** Called for every record at the moment in which it is stored. */
  readonly onStored?: (message: Message) => void;
};

export type SeedResult = {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly counts: ReadonlyMap<Fault, number>;
  readonly kinds: readonly Fault[];
  readonly templates: readonly string[];
  readonly events: number;
  readonly runs: number;
  readonly virtualMs: number;
  /** The places at which an engine could have ended: its requests that were made, and that were done. */
  readonly points: readonly CrashPoint[];
  /** Crash points at which an engine has ended. */
  readonly struck: number;
  /** What the runs have come to whose journal was not damaged. */
  readonly ended: readonly Run[];
  /** What was registered. */
  readonly definitions: readonly StoredDefinition[];
};

/** What a store loses, and whether runs leave the journal, comes by a chance of its own. */
const apartSalt = 55_066_624;
const canary = 'canary-5ecret-value';
/** Faults may strike for so long; then everything has to come to its end within the second time. */
const safetyMsMax = 90_000;
/** A loss that strikes last is over and was looked at. */
const lossMsMax = 20_000;
const startMsMax = 15_000;
const livenessMsMax = 20 * 60_000;
const turnsMax = 60_000;

/** Lives through one seed. The same options give the same result, event by event. */
export async function runSeed(options: SeedOptions): Promise<SeedResult> {
  const random = createRandom(options.seed);
  const { casting = ownCasting } = options;
  const apart = drawnApart(createRandom(options.seed ^ apartSalt));
  const faults = createFaults(random, options.faults, apart.filter(casting.mayHave));
  const world = createWorld({ random, faults, trace: options.trace, crashPoints: options.crashPoints });
  const chosen = options.templates ?? chooseTemplates(world, casting);
  const setting = createSetting(world, agentsOf(chosen), { ...casting, shards: options.shardCount });
  const { court, stream, agents } = setting;
  if (options.onStored !== undefined) stream.onStored(options.onStored);
  for (const { definitions, results = {} } of chosen)
    for (const { ref } of definitions) setting.results.set(ref.id, results);
  const count = options.engines ?? random.pick([1, 1, 1, 2, 2, 3]);
  const engines = Array.from({ length: count }, (_, index) => casting.engine(setting, index + 1));
  const workers = agents.flatMap((plan) =>
    Array.from({ length: plan.workers }, (_, index) => casting.worker(setting, plan, index + 1)),
  );
  const people = casting.people(setting);
  const startedMs = world.agenda.nowMs();
  let lastStartMs = 0;
  for (const [index, template] of chosen.entries()) {
    const startMs = index === 0 ? 0 : random.between(0, startMsMax);
    world.agenda.after(startMs, () => people.start(template));
    lastStartMs = Math.max(lastStartMs, startMs);
  }
  // Where nothing goes wrong on its way, a start does not come late.
  const begunMs = faults.kinds.length === 0 ? lastStartMs + 2_000 : startMsMax;
  planFaults(setting, { engines, workers, people, chosen });
  planPeople(world, people);

  const isBegun = () => world.agenda.nowMs() - startedMs > begunMs && !people.isAsking();
  const isOver = () => isBegun() && court.dockets().size > 0 && openRuns(court).length === 0;
  await live(world, {
    untilMs: startedMs + safetyMsMax,
    isOver: () => court.violations.length > 0 || isOver(),
  });
  faults.end();
  world.trace('-- nothing goes wrong from here on');
  const calm = world.agenda.nowMs();
  const isStill = () =>
    openRuns(court).length === 0 &&
    (setting.leaving === undefined || !people.isAsking()) &&
    staleItems(setting).length === 0;
  const isCalm = () =>
    court.violations.length > 0 ||
    (world.agenda.nowMs() > calm + (losesAny(world) ? lossMsMax : 1_000) && isStill());
  await live(world, { untilMs: calm + livenessMsMax, isOver: isCalm, onRound: people.setGoing });
  if (court.violations.length === 0) await lookAfterLeaving(setting, engines);
  // What somebody asked for once more may have had a run go on meanwhile.
  if (setting.leaving !== undefined && !isCalm())
    await live(world, { untilMs: world.agenda.nowMs() + livenessMsMax, isOver: isCalm });
  if (court.violations.length === 0) judge(setting, chosen);

  return {
    seed: options.seed,
    violations: [...court.violations],
    counts: faults.counts,
    kinds: faults.kinds,
    templates: chosen.map(({ name }) => name),
    events: stream.length(),
    runs: court.dockets().size,
    virtualMs: world.agenda.nowMs() - startedMs,
    points: world.points(),
    struck: world.struck(),
    ended: [...court.dockets()].filter(([id]) => !court.isSetAside(id)).map(([, docket]) => docket.run()),
    definitions: [...setting.kept.definitions],
  };
}

/** In a world that runs leave: in the end all that is due leaves, and somebody looks where every run is. */
async function lookAfterLeaving(setting: Setting, engines: readonly EngineProcess[]): Promise<void> {
  const { world, leaving, court } = setting;
  if (leaving === undefined) return;
  let isOver = false;
  for (const engine of engines) engine.upgrade();
  void lookAfterAll(setting, leaving, engines.length).finally(() => {
    isOver = true;
  });
  await live(world, { untilMs: world.agenda.nowMs() + livenessMsMax, isOver: () => isOver });
  if (!isOver) court.find('leaving: in the end nobody can look');
}

function createSetting(
  world: World,
  agents: readonly AgentPlan[],
  { isMixed, shards }: Pick<Casting, 'isMixed'> & { readonly shards: number | undefined },
): Setting {
  const { random, agenda } = world;
  const kept = createKept();
  const stream = createStream(agenda.nowMs);
  const deeds = createDeeds();
  const alive = new Set<string>();
  const byChance = random.pick([1, 2, 4, 8]);
  const shardCount = shards ?? byChance;
  const court = createCourt({
    world,
    stream,
    kept,
    deeds,
    chartOf: (hash) => chartOf(kept.definitions, hash),
    canary,
    agents,
    alive,
    isMixed,
    hasLeft: (run) => leaving?.law.hasLeft(run) ?? false,
  });
  const servers = createJournalServers(stream, court.storedApart);
  // A world that loses nothing goes as it went before there was a ledger.
  const isLeft = world.faults.kinds.includes('runs leave');
  const ledger = losesAny(world) || isLeft ? createLedgerDisk() : undefined;
  const work = createWorkServer({ world, shardCount, watch: createReportWatch(world, court) });
  for (const { agent } of agents) work.shelf.open(agent);
  const leases = createLeaseServer(world, random.pick([3_000, 10_000, 30_000]));
  const snapshotEvery = random.pick([2, 5, 500]);
  const hosts = random.pick(['one', 'many'] as const);
  const leaving =
    isLeft && ledger
      ? createLeaving({
          ...{ world, stream, court, kept, leases, alive, disk: ledger },
          hostOf: (name) => hostOf(hosts, name),
        })
      : undefined;

  return {
    world,
    stream,
    servers,
    ledger,
    ledgerWatch: createLedgerWatch({ world, stream, servers, disk: ledger, court }),
    evenTimers: createEvenTimers(world, { court, stream }),
    kept,
    deeds,
    leases,
    leaving,
    commands: createCommandServer(world),
    projectSecrets: projectSecretsOf({ TOKEN: canary }),
    files: new Map(),
    results: new Map(),
    court,
    agents,
    drains: new Map(),
    work,
    charts: chartsOf(kept.definitions),
    shardCount,
    snapshotEvery,
    hosts,
    alive,
  };
}

function losesAny({ faults }: World): boolean {
  return faults.kinds.includes('lost tail') || faults.kinds.includes('second server');
}

function chooseTemplates({ random, faults }: World, { isMixed }: Casting): readonly Template[] {
  const from = faults.kinds.includes('runs leave') && !isMixed ? drawnWhereRunsLeave : drawn;
  const kinds = Array.from({ length: random.pick([1, 1, 2]) }, () => random.pick(from));

  return Array.from({ length: random.pick([1, 1, 1, 2]) }, () => random.pick(kinds));
}

function agentsOf(chosen: readonly Template[]): readonly AgentPlan[] {
  return [...new Set(chosen.flatMap(({ agents = [] }) => agents))];
}

/** Goes on event by event; between two of them everything that follows from the first has happened. */
async function live(
  world: World,
  {
    untilMs,
    isOver,
    onRound,
  }: { readonly untilMs: number; readonly isOver: () => boolean; readonly onRound?: () => void },
): Promise<void> {
  for (let turn = 0; turn < turnsMax; turn += 1) {
    if (!world.agenda.next(untilMs)) return;
    await new Promise(setImmediate);
    if (isOver()) return;
    if (onRound !== undefined && turn % 200 === 199) onRound();
  }
}

/** What every run has come to, once all have had their time. */
function judge(setting: Setting, chosen: readonly Template[]): void {
  const { court } = setting;
  for (const run of openRuns(court)) {
    const waits = waitsFor(run).map(({ task = 'the run', reason }) => `${task}: ${reason}`);
    court.find(
      `I9: ${run.state.run} of ${run.state.definition.id} is ${run.state.status} (${run.state.phase}) and does not go on; ${waits.join('; ')}`,
    );
  }
  for (const { agent, key } of staleItems(setting))
    court.find(`${key} is over and stays in the queue of ${agent}`);
  court.close();
  const isCalm = [...court.dockets().keys()].every((id) => court.perturbed(id).length === 0);
  for (const [id, docket] of court.dockets()) {
    const run = docket.run();
    const template = chosen.find(({ definitions: [first] }) => first?.ref.id === run.chart.ref.id);
    if (template === undefined || court.isSetAside(id) || template.isTimed || !isFinal(run.state.status))
      continue;
    if (court.perturbed(id).length > 0 || (template.definitions.length > 1 && !isCalm)) continue;
    const wrong = template.wrong(run);
    if (wrong !== undefined) court.find(`${template.name} ended wrongly: ${wrong}`);
  }
}
