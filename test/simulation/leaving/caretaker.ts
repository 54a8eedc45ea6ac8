// In the end, when nothing goes wrong any more: what is due leaves, and whoever looks finds every run where it should
// be, in the journal or in the archive, by the index of each machine and by the ledger.
import { foldLedger } from '../../../machines/audit/ledger.ts';
import { createCurrentRuns } from '../../../src/engine/board/index-keeper.ts';
import { createLedger } from '../../../src/engine/board/ledger.ts';
import { createRunReader, type RunReader } from '../../../src/engine/run-reader/run-reader.ts';
import { createWorkflows } from '../../../src/engine/workflows.ts';
import type { Journal } from '../../../src/ports/runs/journal.ts';
import type { Ledger } from '../../../src/ports/runs/ledger.ts';
import { type Docket, isSame } from '../laws/docket.ts';
import { createSimJournal } from '../world/journal.ts';
import { createLink, type Link } from '../world/link.ts';
import type { Setting } from '../world/setting.ts';
import { type Stores, storesOf } from '../world/stores.ts';
import { sweepOf } from './engine-retention.ts';
import { generationMsMin } from './generations.ts';
import { created, type Leaving } from './leaving.ts';

/** Somebody at each machine who looks. */
type Caretaker = {
  readonly link: Link;
  readonly stores: Stores;
  readonly journal: Journal;
  readonly ledger: Ledger;
  readonly reader: RunReader;
};

/** So often the last sweep is tried: what engines had begun may be in its way. */
const sweepsMax = 5;
const looksMax = 4;
const lookEveryMs = 5_000;

/** Resolves when everything was looked at. `places`: how many engines there are, each perhaps on its own machine. */
export async function lookAfterAll(setting: Setting, leaving: Leaving, places: number): Promise<void> {
  const { world, court } = setting;
  try {
    const first = caretaker(setting, leaving, 1);
    await sweepAll(setting, leaving, first);
    await checkRuns(setting, leaving, first);
    await checkLedger(setting, leaving, first);
    for (let place = 1; place <= places; place += 1)
      await checkIndex(setting, leaving, caretaker(setting, leaving, place));
  } catch (error) {
    world.trace('** whoever looks after all cannot');
    court.find(`leaving: in the end nobody can look: ${String((error as Error)?.stack ?? error)}`);
  }
}

function caretaker(setting: Setting, leaving: Leaving, place: number): Caretaker {
  const { world, charts, ledger: disk, servers } = setting;
  const link = createLink(world, `caretaker-${place}.1`, { onCrash: () => undefined });
  const stores = storesOf(link, setting.kept);
  const journal = createSimJournal(link, { stream: servers.of(link), faults: world.faults });
  const { archive, indexed } = leaving.of(link);
  if (disk === undefined) throw new Error('there is no ledger');
  const ledger = createLedger({
    ...{ journal, archive, clock: link.clock, file: disk.of(link) },
    created: async () => created,
    onTrouble: (message) => world.trace(`${link.name} says: ${message}`),
  });
  const runs = createCurrentRuns(indexed(journal));
  const reader = createRunReader({ journal, charts, archive, ledger, runs });

  return { link, stores, journal, ledger, reader };
}

async function sweepAll(setting: Setting, leaving: Leaving, { link, ...it }: Caretaker): Promise<void> {
  const sweep = sweepOf(setting, leaving, link);
  await after(link, Math.max(leaving.usual.retention.keepMs, 2 * generationMsMin));
  for (let tries = 1; ; tries += 1) {
    const { refused, plan, left, damaged } = await sweep({
      ...{ journal: it.journal, ledger: it.ledger, ...it.stores },
      leases: setting.leases.of(link),
      isDead: (holder) => !setting.alive.has(holder.node),
    });
    // Damaged ones stay, with their families.
    if (refused === undefined && (left === plan.runs || damaged.length > 0)) return;
    if (tries === sweepsMax) {
      setting.court.find(
        `leaving: ${plan.runs} runs are due, ${left} left: ${refused?.message ?? 'others stay'}`,
      );
      return;
    }
    await after(link, 2 * generationMsMin);
  }
}

/** Runs that left read as they did before, and are not begun or changed any more. */
async function checkRuns({ court, ...setting }: Setting, leaving: Leaving, it: Caretaker): Promise<void> {
  const workflows = createWorkflows({
    ...{ ...it.stores, journal: it.journal, reader: it.reader, archive: leaving.of(it.link).archive },
    commands: setting.commands.of(it.link),
    clock: it.link.clock,
    newRunId: () => '',
    answerTimeoutMs: 15_000,
    shardCount: setting.shardCount,
    charts: setting.charts,
  });
  for (const id of leaving.law.left()) {
    const docket = court.docket(id);
    if (docket === undefined || court.isSetAside(id)) continue;
    const wrong = await readsWrong(it.reader, docket, leaving.archive.kept(id)?.kept === 'whole');
    if (wrong !== undefined) court.find(`leaving: ${id} has left the journal, and ${wrong}`);
    const answer = await workflows.command(id, { kind: 'cancelRun' }, 'late');
    if (answer.ok || answer.refusal.code !== 'run.archived')
      court.find(`leaving: ${id} has left the journal, and was cancelled: ${JSON.stringify(answer)}`);
  }
}

async function readsWrong(reader: RunReader, docket: Docket, isWhole: boolean): Promise<string | undefined> {
  const { run: id } = docket.run().state;
  const bodies: string[] = [];
  try {
    for await (const { body } of reader.entries(id)) bodies.push(body);
    const { run } = await reader.fold(id, { verified: true });
    if (!isWhole) return 'is read although not all of it was kept';
    if (!isSame(run, docket.run())) return 'reads as another state than before';
  } catch (error) {
    const { code } = error as { readonly code?: string };
    return !isWhole && code === 'run.archived' ? undefined : `cannot be read: ${String(error)}`;
  }
  const before = docket.records().map(({ hash }) => hash);
  const now = bodies.map((body) => (JSON.parse(body) as { readonly hash: string }).hash);

  return now.join() === before.join() ? undefined : 'reads otherwise than before';
}

/** None is missed, and none that left is taken for one that is there. */
async function checkLedger({ court, ledger: disk }: Setting, { law }: Leaving, it: Caretaker): Promise<void> {
  const { damaged } = await it.ledger.check({ whole: true });
  for (const { run, damage } of damaged)
    if (!court.isSetAside(run)) court.find(`leaving: the ledger says ${damage.code} of ${run} in the end`);
  await it.ledger.close();
  const known = foldLedger(disk?.lines() ?? []).book(created)?.heads ?? new Map();
  for (const run of law.left())
    if (known.has(run)) court.find(`leaving: the ledger still knows ${run}, and no line says that it left`);
}

/** What left is marked, or not listed; what is in the journal is listed as such. An engine may just make it anew. */
async function checkIndex({ court, stream }: Setting, leaving: Leaving, it: Caretaker): Promise<void> {
  const look = async (): Promise<readonly string[]> => {
    const listed = new Map<string, string>();
    for await (const { run, archived = 'there' } of it.reader.runs.each({}, 'changed'))
      listed.set(run, archived);
    const runs = new Set([...stream.runs(), ...leaving.law.left(), ...listed.keys()]);

    return [...runs].flatMap((run) => {
      const kept = stream.of(run).length > 0 ? 'there' : leaving.archive.kept(run)?.kept;
      const wanted = kept === 'nothing' ? undefined : kept;
      const isRight = court.isSetAside(run) || run === '' || listed.get(run) === wanted;
      return isRight ? [] : [`${run} as ${listed.get(run)}, not ${wanted}`];
    });
  };
  let wrong = await look();
  for (let tries = 1; wrong.length > 0 && tries < looksMax; tries += 1) {
    await after(it.link, lookEveryMs);
    wrong = await look();
  }
  for (const each of wrong) court.find(`leaving: the index of ${it.link.name} has ${each}`);
}

function after({ clock }: Link, ms: number): Promise<void> {
  return new Promise<void>((resolve) => void clock.after(ms, () => resolve()));
}
