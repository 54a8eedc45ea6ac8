// Looks at everything that happens in a world and says which of the invariants of RELIABILITY-FULL.md, section 5, it
// breaks. It sees what the servers hold and what the workers did, not how the engine works.

import { isBlobRef } from '../../../events/blob-ref.ts';
import type { Json } from '../../../events/canonical-json.ts';
import type { FactMembers } from '../../../events/catalogue.ts';
import type { JournalRecord } from '../../../events/record.ts';
import type { Chart } from '../../../machines/chart/chart.ts';
import { localId, taskAt } from '../../../machines/chart/task-at.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import { sha256Hex } from '../../../machines/hash.ts';
import type { Run } from '../../../machines/run/run.ts';
import { timersOf } from '../../../machines/run/timers.ts';
import type { Append } from '../../../src/ports/runs/journal.ts';
import type { Attempt } from '../../../src/ports/work/handler.ts';
import type { AgentPlan } from '../templates/template.ts';
import type { Ledger } from '../world/ledger.ts';
import type { Link } from '../world/link.ts';
import type { Kept } from '../world/stores.ts';
import type { Message, Stream } from '../world/stream.ts';
import type { World } from '../world/world.ts';
import { createBetweenRuns } from './between-runs.ts';
import { createBounds } from './bounds.ts';
import { createDocket, type Docket, type Entry, isSame } from './docket.ts';
import { holdersLaw, isPoison } from './holders.ts';
import { isForeseen, startedBy, tokenIn, told, wordIn } from './words.ts';

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
  /** The journal of the run is about to be damaged: from now on it is nobody's. */
  readonly setAside: (run: string, how: 'foreign message' | 'damaged record') => void;
  readonly isSetAside: (run: string) => boolean;
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
  readonly ledger: Ledger;
  readonly chartOf: (hash: string) => Chart | undefined;
  readonly canary: string;
  /** Who carries tasks out besides the engines. */
  readonly agents: readonly AgentPlan[];
  /** The engine processes that run: they may have read a journal before it was damaged. */
  readonly alive: ReadonlySet<string>;
};

/** What may be told of a run that has not ended. */
const notEnds: ReadonlySet<string> = new Set(['STARTED', 'REFUSED', 'NOT_STARTED']);
/** Work that was scheduled so long after the last disturbance has had every chance to be begun. */
const calmMs = 60_000;

export function createCourt({
  world,
  stream,
  kept,
  ledger,
  chartOf,
  canary,
  agents,
  alive,
}: CourtDeps): Court {
  const violations: string[] = [];
  const bounds = createBounds(world);
  const holders = holdersLaw(agents);
  const dockets = new Map<string, Docket>();
  const aside = new Map<string, { planted: number; readonly readers: ReadonlySet<string> }>();
  const between = createBetweenRuns((run) => aside.has(run));
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
  stream.onStored((message) => {
    try {
      stored(message);
    } catch (error) {
      find(`${message.run}: ${error instanceof Error ? error.message : String(error)}`);
    }
  });

  function stored(message: Message): void {
    const { run, body, position } = message;
    const isAside = aside.get(run);
    if (isAside !== undefined) {
      isAside.planted -= 1;
      if (isAside.planted < 0) find(`${run}: something was appended behind a message that no engine wrote`);
      return;
    }
    const docket = docketOf(run, body);
    if (docket === undefined) throw new Error('no definition of it is known');
    const entry = docket.enter(body);
    world.trace(`${run.slice(-4)}#${entry.record.sequence} ${told(entry.record)} @${position}`);
    if (body.includes(canary)) find(`I18: ${entry.record.id} holds a secret`);
    checkBlobs(entry.record.data as unknown as Json);
    checkAttempts(run, entry);
    checkTimer(run, entry);
    for (const problem of [...between.see(run, entry), ...bounds.see(message, entry), ...holders(entry)])
      find(problem);
    checkTold(entry);
  }

  function docketOf(run: string, body: string): Docket | undefined {
    const known = dockets.get(run);
    if (known !== undefined) return known;
    const chart = chartOf((JSON.parse(body) as JournalRecord).data.head.definition.hash);
    if (chart === undefined) return undefined;
    const docket = createDocket(chart);
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
    if (word !== undefined && !ledger.hasSaid(key, word))
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
      ledger.hasBegun(key) ||
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

  function checkBlobs(value: Json): void {
    if (typeof value !== 'object' || value === null) return;
    if (!isBlobRef(value)) {
      for (const each of Array.isArray(value) ? value : Object.values(value)) checkBlobs(each);
      return;
    }
    const { digest } = value.$blob;
    const text = kept.blobs.get(digest);
    if (text === undefined || sha256Hex(text) !== digest)
      find(`I19: the value ${digest.slice(0, 8)} is not kept`);
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
    const { readers } = aside.get(id) ?? {};
    // Damage that lies before a snapshot is for `doctor` and `replay` to find.
    const isRead = readers !== undefined && !kept.snapshots.has(id);
    if (isRead && !readers.has(link.name)) find(`${link.name} goes on with ${id}, whose journal is damaged`);
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
    const earlier = underWay.get(mine);
    if (earlier !== undefined && !earlier.signal.aborted) find(`I4: ${link.name} carries ${key} out twice`);
    // What has ended stays under way: until its result is recorded the same process may not begin it again.
    underWay.set(mine, attempt);
    ledger.began(key);
    const docket = aside.has(run) ? undefined : dockets.get(run);
    if (docket !== undefined) for (const problem of bounds.begins(attempt, docket.run())) find(problem);
  }

  function closeRun(run: string, docket: Docket): void {
    for (const started of startedBy(docket)) {
      if (!dockets.has(started)) find(`I5: ${run} says that it started ${started}, which is not there`);
    }
    try {
      docket.close();
    } catch (error) {
      find(`${run}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  function closeAcks(): void {
    for (const [position, { run, id, body }] of acks) {
      if (stream.at(position)?.body !== body && !aside.has(run))
        find(`I1: ${id} was acknowledged at ${position} and is not there any more`);
    }
  }

  function close(): void {
    closeAcks();
    for (const [run, docket] of dockets) if (!aside.has(run)) closeRun(run, docket);
    for (const event of kept.published) {
      if (JSON.stringify(event).includes(canary)) find(`I18: the event ${event.id} holds a secret`);
    }
  }

  return {
    acked: (append, position) => {
      const { run, id, body } = append;
      acks.set(position, append);
      const at = stream.at(position);
      if (at?.body !== body && !aside.has(run))
        find(`I1: ${id} is not at ${position}, where it was acknowledged`);
    },
    live,
    seen: (link, run) => seen.get(`${link.name} ${run}`),
    begins,
    trouble: (link, run, error) => {
      world.trace(
        `${link.name} has trouble with ${run.slice(-4)}: ${error instanceof Error ? error.message : ''}`,
      );
      if (!isForeseen(error))
        find(`${link.name} met what nobody foresaw: ${String((error as Error)?.stack ?? error)}`);
    },
    perturb,
    setAside: (run, how) => {
      const planted = how === 'foreign message' ? 1 : Number.POSITIVE_INFINITY;
      aside.set(run, { planted, readers: new Set(alive) });
    },
    isSetAside: (run) => aside.has(run),
    docket: (run) => dockets.get(run),
    dockets: () => dockets,
    perturbed: (run) => whys.get(run) ?? [],
    find,
    violations,
    close,
  };
}
