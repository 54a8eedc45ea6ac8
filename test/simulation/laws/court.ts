// Looks at everything that happens in a world and says which of the invariants of RELIABILITY-FULL.md, section 5, it
// breaks. It sees what the servers hold and what the workers did, not how the engine works.

import type { FactMembers } from '../../../events/catalogue.ts';
import type { JournalRecord } from '../../../events/record.ts';
import type { Chart } from '../../../machines/chart/chart.ts';
import { localId, taskAt } from '../../../machines/chart/task-at.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import type { Run } from '../../../machines/run/run.ts';
import { timersOf } from '../../../machines/run/timers.ts';
import type { Append } from '../../../src/ports/runs/journal.ts';
import type { Attempt } from '../../../src/ports/work/handler.ts';
import { sealedCanary } from '../templates/leaving.ts';
import type { AgentPlan } from '../templates/template.ts';
import type { Deeds } from '../world/deeds.ts';
import type { Link } from '../world/link.ts';
import type { Kept } from '../world/stores.ts';
import type { Message, Stream } from '../world/stream.ts';
import type { World } from '../world/world.ts';
import { createBetweenRuns } from './between-runs.ts';
import { createBounds } from './bounds.ts';
import { createDocket, type Docket, type Entry, isSame } from './docket.ts';
import { holdersLaw, isPoison } from './holders.ts';
import { createSetAside, type SetAside } from './set-aside.ts';
import { missingBlobs, notEnds, startedBy, textOf, tokenIn, told, wordIn, wrongIn } from './words.ts';

export type Court = {
  /** A process was told that its record is stored. */
  readonly acked: (append: Append, position: number) => void;
  /** An engine has this run in its memory. */
  readonly live: (link: Link, run: Run) => void;
  /** How many events of the run this engine has in its memory, and since when it has any. */
  readonly seen: (link: Link, run: string) => Seen | undefined;
  readonly begins: (link: Link, attempt: Attempt) => void;
  readonly trouble: (link: Link, run: string, error: unknown) => void;
  /** Something happened to the run that may change how it ends, and is no fault of the engine. */
  readonly perturb: (run: string, why: string) => void;
  readonly setAside: SetAside['damaged'];
  /** The store has lost these messages: their runs are nobody's, and others may end otherwise. */
  readonly lost: (messages: readonly Message[], how: 'lost tail' | 'second server') => void;
  /** A message is stored on a second server, which is going to be gone. */
  readonly storedApart: (message: Message, apart: Stream) => void;
  /** How often the store lost something. */
  readonly losses: () => number;
  readonly isLost: SetAside['isLost'];
  readonly isSetAside: SetAside['has'];
  readonly isNewer: SetAside['isNewer'];
  /** Whether the run has left the journal for good, as it should have. */
  readonly hasLeft: (run: string) => boolean;
  readonly docket: (run: string) => Docket | undefined;
  readonly dockets: () => ReadonlyMap<string, Docket>;
  readonly perturbed: (run: string) => readonly string[];
  readonly find: (violation: string) => void;
  readonly violations: readonly string[];
  /** What may be checked only when all is over. */
  readonly close: () => void;
};

type Seen = { readonly sequence: number; readonly sinceMs: number };

type CourtDeps = {
  readonly world: World;
  readonly stream: Stream;
  readonly kept: Kept;
  readonly deeds: Deeds;
  readonly chartOf: (hash: string) => Chart | undefined;
  readonly canary: string;
  /** Who carries tasks out besides the engines. */
  readonly agents: readonly AgentPlan[];
  /** The engine processes that run: they may have read a journal before it was damaged. */
  readonly alive: ReadonlySet<string>;
  /** Some engines are of another release, whose heads say less. */
  readonly isMixed: boolean;
  readonly hasLeft: (run: string) => boolean;
};

/** Work that was scheduled so long after the last disturbance has had every chance to be begun. */
const calmMs = 60_000;

export function createCourt(deps: CourtDeps): Court {
  const { world, stream, kept, deeds, chartOf, canary, agents, alive, isMixed, hasLeft } = deps;
  const violations: string[] = [];
  const secrets = [canary, sealedCanary];
  // Who is served by a second server has another journal.
  const isDividedWorld = world.faults.kinds.includes('second server');
  const bounds = createBounds(world);
  const holders = holdersLaw(agents);
  const dockets = new Map<string, Docket>();
  const aside = createSetAside(alive);
  let losses = 0;
  const between = createBetweenRuns(aside.has);
  const scheduledMs = new Map<string, number>();
  const underWay = new Map<string, Attempt>();
  const acks = new Map<number, Append>();
  const seen = new Map<string, Seen>();
  const whys = new Map<string, string[]>();
  /** Each way in which a run has ended. */
  const ends = new Set<string>();
  const perturb = (run: string, why: string) => void whys.set(run, [...(whys.get(run) ?? []), why]);
  const find = (violation: string): void => {
    world.trace(`** ${violation}`);
    violations.push(violation);
  };
  const safely = (run: string, act: () => void): void => {
    try {
      act();
    } catch (error) {
      find(`${run}: ${textOf(error)}`);
    }
  };
  const isThere = ({ run, body }: Append, position: number) =>
    stream.at(position)?.body === body || aside.has(run) || hasLeft(run);
  stream.onStored((message) => safely(message.run, () => stored(message)));

  function stored(message: Message): void {
    const { run, body, position } = message;
    if (!aside.mayLand(run)) find(`${run}: something was appended behind a message that no engine wrote`);
    if (hasLeft(run)) find(`leaving: something was appended to ${run} after it had left the journal`);
    if (aside.has(run) || hasLeft(run)) return;
    const docket = docketOf(run, body);
    if (docket === undefined) throw new Error('no definition of it is known');
    const entry = docket.enter(body);
    world.trace(`${run.slice(-4)}#${entry.record.sequence} ${told(entry.record)} @${position}`);
    checkEntry(message, entry);
  }

  function checkEntry(message: Message, entry: Entry): void {
    const { run, body } = message;
    if (secrets.some((text) => body.includes(text))) find(`I18: ${entry.record.id} holds a secret`);
    for (const digest of missingBlobs(kept.blobs, entry.record)) find(`I19: the value ${digest} is not kept`);
    checkAttempts(run, entry);
    checkTimer(run, entry);
    for (const problem of [...between.see(run, entry), ...bounds.see(message, entry), ...holders(entry)])
      find(problem);
    checkTold(entry);
  }

  /** The docket takes it as long as the run went on nowhere else. */
  function storedApart(message: Message, apart: Stream): void {
    const { run } = message;
    const known = dockets.get(run)?.records().length ?? 0;
    if (!aside.has(run) && apart.of(run).length === known + 1) stored(message);
    aside.lost(run);
  }

  function lost(messages: readonly Message[], how: string): void {
    losses += 1;
    world.disturb();
    for (const { run } of messages) aside.lost(run);
    for (const run of dockets.keys()) perturb(run, how);
  }

  function docketOf(run: string, body: string): Docket | undefined {
    const known = dockets.get(run);
    if (known !== undefined) return known;
    const chart = chartOf((JSON.parse(body) as JournalRecord).data.head.definition.hash);
    if (chart === undefined) return undefined;
    const docket = createDocket(chart, { isMixed });
    dockets.set(run, docket);

    return docket;
  }

  function checkAttempts(run: string, { sealed, record }: Entry): void {
    for (const { task, to } of sealed.transitions) {
      if (task === undefined || to !== 'scheduled') continue;
      const { attempt = 0 } = taskAt(sealed.run.state, task) ?? {};
      scheduledMs.set(`${run}/${task}/${attempt}`, world.agenda.nowMs());
    }
    if (record.type !== 'task.completed' && record.type !== 'task.failed') return;
    const { task, attempt } = record.data.fact;
    const key = `${run}/${task}/${attempt}`;
    if (record.type === 'task.completed') {
      checkWord(key, tokenIn(record.data.fact.output));
      return;
    }
    const { error } = record.data.fact;
    checkWord(key, wordIn(error));
    // What kills its workers ends so; anything else may, where workers are killed.
    if (error.code === 'worker.lost' && !isPoison(sealed.run, task)) perturb(run, 'its workers were lost');
  }

  function checkWord(key: string, word: string | undefined): void {
    if (word !== undefined && !deeds.hasSaid(key, word))
      find(`I12: ${key} was told ${word}, which no worker said of it`);
  }

  function checkTimer(run: string, { before, record }: Entry): void {
    if (record.type !== 'timer.fired') return;
    const { timer, task, attempt, dueAt } = record.data.fact;
    if (String(dueAt) > record.time) find(`I8: ${record.id}: ${String(timer)} fired before it was due`);
    if (!timersOf(before).some((each) => each.timer === timer && each.dueAt === dueAt && each.task === task))
      find(`I8: ${record.id}: ${String(timer)} did not run`);
    const key = `${run}/${String(task)}/${String(attempt)}`;
    const scheduledAt = scheduledMs.get(key);
    const type = before.chart.plan.get(localId(String(task ?? '')))?.task.type;
    const isWork = type === 'SIMPLE' || type === 'HTTP' || type === 'EVENT';
    if (
      !isWork ||
      timer === 'task.retry' ||
      scheduledAt === undefined ||
      deeds.hasBegun(key) ||
      whys.has(run)
    )
      return;
    if (world.lastDisturbanceMs() + calmMs < scheduledAt)
      find(`a time-out hides a lost dispatch: nobody ever began ${key}`);
  }

  /** I12: what a run tells of the end of another one is true. */
  function checkTold({ sealed, record }: Entry): void {
    const { run, status } = sealed.run.state;
    if (isFinal(status)) ends.add(`${run} ${status}`);
    const { run: child, status: told }: FactMembers = record.data.fact;
    if (record.type !== 'child.ended' || notEnds.has(String(told)) || aside.has(String(child))) return;
    if (!ends.has(`${String(child)} ${String(told)}`))
      find(`I12: ${record.id} says that ${String(child)} ended ${String(told)}, which it did not`);
  }

  function live(link: Link, run: Run): void {
    const id = run.state.run;
    const known = seen.get(`${link.name} ${id}`);
    // Anything but the next event of it is a run that was read anew: what was known of it besides is gone.
    const goesOn = known !== undefined && run.sequence === known.sequence + 1;
    seen.set(`${link.name} ${id}`, {
      sequence: run.sequence,
      sinceMs: goesOn ? known.sinceMs : world.agenda.nowMs(),
    });
    // Damage that lies before a snapshot is for `doctor` and `replay` to find.
    if (aside.isDamagedFor(link.name, id) && !kept.snapshots.has(id))
      find(`${link.name} goes on with ${id}, whose journal is damaged`);
    if (aside.has(id)) return;
    const stored = dockets.get(id)?.at(run.sequence);
    if (stored === undefined)
      find(`I1: ${link.name} has event ${run.sequence} of ${id}, which is not stored`);
    else if (!isSame(stored, run))
      find(`I11: ${link.name} has another state of ${id} after event ${run.sequence}`);
  }

  function begins(link: Link, attempt: Attempt): void {
    const { attemptKey: key, run } = attempt;
    const mine = `${link.name} ${key}`;
    world.trace(`${link.name} begins ${key.slice(run.length - 4)}`);
    if (!scheduledMs.has(key) && !aside.has(run))
      find(`I5: ${link.name} begins ${key}, which the journal did not ask for`);
    if (underWay.get(mine)?.signal.aborted === false) find(`I4: ${link.name} carries ${key} out twice`);
    // What has ended stays under way: until its result is recorded the same process may not begin it again.
    underWay.set(mine, attempt);
    deeds.began(key);
    const docket = aside.has(run) ? undefined : dockets.get(run);
    if (docket !== undefined) for (const problem of bounds.begins(attempt, docket.run())) find(problem);
  }

  function closeRun(run: string, docket: Docket): void {
    for (const started of startedBy(docket))
      if (!dockets.has(started)) find(`I5: ${run} says that it started ${started}, which is not there`);
    safely(run, docket.close);
  }

  function close(): void {
    for (const [position, append] of acks)
      if (!isThere(append, position))
        find(`I1: ${append.id} was acknowledged at ${position} and is not there any more`);
    for (const [run, docket] of dockets) if (!aside.has(run)) closeRun(run, docket);
    for (const event of kept.published)
      if (JSON.stringify(event).includes(canary)) find(`I18: the event ${event.id} holds a secret`);
  }

  return {
    acked: (append, position) => {
      acks.set(position, append);
      if (!isThere(append, position))
        find(`I1: ${append.id} is not at ${position}, where it was acknowledged`);
    },
    live,
    seen: (link, run) => seen.get(`${link.name} ${run}`),
    begins,
    trouble: (link, run, error) => {
      world.trace(`${link.name} has trouble with ${run.slice(-4)}: ${textOf(error)}`);
      // A run may be told of because of another one that is damaged.
      const wrong = wrongIn(error, !aside.isEmpty() || isDividedWorld);
      if (wrong !== undefined) find(`${link.name} ${wrong}`);
    },
    perturb,
    setAside: aside.damaged,
    lost,
    storedApart: (message, apart) => safely(message.run, () => storedApart(message, apart)),
    losses: () => losses,
    isLost: aside.isLost,
    isSetAside: aside.has,
    isNewer: aside.isNewer,
    hasLeft,
    docket: (run) => dockets.get(run),
    dockets: () => dockets,
    perturbed: (run) => whys.get(run) ?? [],
    find,
    violations,
    close,
  };
}
