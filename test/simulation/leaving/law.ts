// What holds for runs that leave the journal (decisions 0066, 0067, 0069). Looked at in the moment in which they leave,
// and once more when a sweep is over: what servers and disks hold counts, and not what the engine says of it.
import { foldLedger } from '../../../machines/audit/ledger.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import type { Policy } from '../../../machines/retention/due-runs.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { RetentionOutcome } from '../../../src/ports/retention.ts';
import type { LeftBehind } from '../../../src/ports/runs/generations.ts';
import type { RunIndex } from '../../../src/ports/runs/run-index.ts';
import type { Court } from '../laws/court.ts';
import type { LedgerDisk } from '../world/ledger-disk.ts';
import type { Link } from '../world/link.ts';
import type { Kept } from '../world/stores.ts';
import type { Stream } from '../world/stream.ts';
import type { World } from '../world/world.ts';
import type { ArchiveDisk } from './archive-disk.ts';

export type LeavingLaw = {
  /** An engine begins to let runs leave. */
  readonly sweeps: (link: Link) => void;
  /** It asks for the next generation. */
  readonly begins: (link: Link) => void;
  /** These runs are about to be gone, by what this engine asked for. */
  readonly leaves: (link: Link, left: LeftBehind) => void;
  /** It is through; `troubles` is what it said it left undone. */
  readonly swept: (link: Link, outcome: RetentionOutcome, troubles: readonly string[]) => void;
  /** The first event of a run that seals values is stored, and was decided on at that time. */
  readonly seals: (run: string, decidedMs: number) => void;
  readonly hasLeft: (run: string) => boolean;
  readonly left: () => ReadonlySet<string>;
  /** What is to be kept of a run, and by whom. */
  readonly policyOf: (run: Run) => Policy;
};

type Deps = {
  readonly world: World;
  readonly court: Court;
  readonly stream: Stream;
  readonly archive: ArchiveDisk;
  readonly disk: LedgerDisk;
  readonly kept: Kept;
  readonly usual: Policy;
  /** Up to where everybody who follows the journal was told. */
  readonly told: () => number;
  readonly indexOf: (link: Link) => RunIndex;
  /** Engines of an earlier release that are there, each with since when it has held leases without a gap. */
  readonly olderSinceMs: () => ReadonlyMap<string, number>;
};

type Sweep = {
  readonly sinceMs: number;
  readonly aside: ReadonlySet<string>;
  /** Runs that the ledger's file knew of. */
  readonly known: ReadonlySet<string>;
  left: readonly string[];
};

/** An index that is made anew is whole again within so long. */
const indexMsMax = 10_000;
/** Right before a run is begun that seals values it is asked who is there; the answer may be so old. */
const askedMsMax = 5_000;

const keptBy = { archive: 'whole', keep_head: 'head', drop: 'nothing' } as const;

export function createLeavingLaw(deps: Deps): LeavingLaw {
  const { world, court, stream, archive, disk, kept, usual } = deps;
  const { agenda, faults } = world;
  const gone = new Set<string>();
  const sweeps = new Map<string, Sweep>();
  const isTimeEven = !faults.kinds.includes('clock jump');
  const runOf = (id: string): Run | undefined => court.docket(id)?.run();
  const parentOf = ({ state }: Run): string | undefined => state.parent?.run ?? state.failureOf;
  const rootOf = (run: Run): string => {
    const parent = runOf(parentOf(run) ?? '');

    return parent === undefined ? run.state.run : rootOf(parent);
  };

  function policyOf(run: Run): Policy {
    const { retention, id, version } = run.chart.definition;
    if (retention !== undefined) return { retention, of: `${id} version ${version}` };
    const parent = runOf(parentOf(run) ?? '');

    return parent === undefined ? usual : policyOf(parent);
  }

  function checkTime(run: Run, position: number): void {
    const { run: id, status, endedAt = '' } = run.state;
    if (!isFinal(status)) court.find(`leaving: ${id} leaves the journal and is ${status}`);
    const { keepMs } = policyOf(run).retention;
    if (isTimeEven && isFinal(status) && Date.parse(endedAt) + keepMs > agenda.nowMs())
      court.find(`leaving: ${id} leaves the journal before its ${keepMs} ms are over`);
    if (position > deps.told()) court.find(`leaving: ${id} leaves the journal and was not told to everybody`);
  }

  /** What the archive has of it is what stood in the journal, and as much as its policy says. */
  function checkArchived(run: Run): void {
    const id = run.state.run;
    const found = archive.kept(id);
    if (found === undefined) court.find(`leaving: ${id} leaves the journal and is not in the archive`);
    if (found === undefined) return;
    const policy = policyOf(run);
    const wanted = keptBy[policy.retention.after];
    if (found.kept !== wanted)
      court.find(`leaving: of ${id} ${found.kept} is kept, and its policy says ${wanted}`);
    if (!found.policy.includes(policy.of))
      court.find(`leaving: ${id} leaves by "${found.policy}", and its policy is of ${policy.of}`);
    if (found.hash !== run.hash) court.find(`leaving: the archive has an earlier state of ${id}`);
    const bodies = stream.of(id).map(({ body }) => body);
    if (wanted === 'whole' && found.bodies.join('\n') !== bodies.join('\n'))
      court.find(`leaving: the archive has other records of ${id} than the journal`);
  }

  function checkFamily(run: Run, left: LeftBehind): void {
    const root = rootOf(run);
    for (const [id, docket] of court.dockets()) {
      const isLeftOver = stream.of(id).length > 0 && !left.has(id) && !court.isSetAside(id);
      if (isLeftOver && rootOf(docket.run()) === root)
        court.find(`leaving: ${run.state.run} leaves the journal without ${id}, of the same family`);
    }
  }

  function checkLedger({ known, left }: Sweep): void {
    const lines = disk.lines();
    const fold = foldLedger(lines);
    // A file that was rewritten has only the count of those that left.
    const archived = lines.filter((line) => line.startsWith('{"kind":"archived"'));
    if (archived.some((line) => line.includes('"runs":[]'))) return;
    for (const run of left)
      if (known.has(run) && !archived.some((line) => line.includes(run)))
        court.find(`leaving: no line of the ledger says that ${run} was archived`);
    if (fold.unreadable > 0) court.find('leaving: the ledger cannot be read');
  }

  function checkSecrets({ left }: Sweep): void {
    for (const run of left)
      if (kept.secrets.has(run)) court.find(`leaving: the secrets of ${run} are kept after it left`);
  }

  /** Engines may just make the index anew that they share, and go on with that when the archive is back. */
  function checkIndex(link: Link, { left, sinceMs }: Sweep): void {
    if (!link.isAlive() || archive.wasAway(sinceMs)) return;
    const index = deps.indexOf(link);
    for (const run of left) {
      const kept = archive.kept(run)?.kept;
      const wanted = kept === 'nothing' ? undefined : kept;
      const line = index.line(run);
      if (line?.archived !== wanted || (line === undefined) !== (wanted === undefined))
        court.find(
          `leaving: the index has ${run} as ${line?.archived ?? 'there'}, and ${kept} of it is kept`,
        );
    }
  }

  function sweeping(): Sweep {
    const heads = foldLedger(disk.lines())
      .books()
      .flatMap((book) => [...book.heads.keys()]);
    const aside = [...court.dockets().keys()].filter(court.isSetAside);

    return { sinceMs: agenda.nowMs(), aside: new Set(aside), known: new Set(heads), left: [] };
  }

  return {
    sweeps: (link) => void sweeps.set(link.name, sweeping()),
    begins: (link) => {
      const { sinceMs = Number.POSITIVE_INFINITY } = sweeps.get(link.name) ?? {};
      for (const [name, heldMs] of deps.olderSinceMs())
        if (heldMs < sinceMs)
          court.find(`leaving: ${link.name} has the journal go on in a generation while ${name} is there`);
    },
    leaves: (link, left) => {
      const sweep = sweeps.get(link.name);
      if (sweep !== undefined) sweep.left = [...left.keys()];
      for (const [id, position] of left) {
        const run = runOf(id);
        if (sweep?.aside.has(id)) court.find(`leaving: ${id} leaves the journal and is damaged`);
        if (run === undefined || court.isSetAside(id)) continue;
        checkTime(run, position);
        checkArchived(run);
        checkFamily(run, left);
      }
      for (const id of left.keys()) gone.add(id);
    },
    swept: (link, { left }, troubles) => {
      const sweep = sweeps.get(link.name);
      if (sweep === undefined || left === 0 || troubles.length > 0) return;
      checkLedger(sweep);
      checkSecrets(sweep);
      agenda.after(indexMsMax, () => checkIndex(link, sweep));
    },
    seals: (run, decidedMs) => {
      for (const [name, heldMs] of deps.olderSinceMs())
        if (isTimeEven && heldMs < decidedMs - askedMsMax)
          court.find(`leaving: ${run} seals values while ${name} is there`);
    },
    hasLeft: (run) => gone.has(run),
    left: () => gone,
    policyOf,
  };
}
