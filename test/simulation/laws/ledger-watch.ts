// What the ledger of an engine has to say of a journal that lost what it acknowledged (decision 0027). The ledger may
// be a moment behind, so what stands in its file counts, and nothing else.
import type { Run } from '../../../machines/run/run.ts';
import type { Append } from '../../../src/ports/runs/journal.ts';
import type { Ledger, LedgerReport } from '../../../src/ports/runs/ledger.ts';
import type { JournalServers } from '../world/journal-servers.ts';
import type { LedgerDisk } from '../world/ledger-disk.ts';
import type { Link } from '../world/link.ts';
import type { Stream } from '../world/stream.ts';
import type { World } from '../world/world.ts';
import type { Court } from './court.ts';

export type LedgerWatch = {
  /** Listens to what the ledger of an engine finds when it is compared with the journal. */
  readonly around: (link: Link, ledger: Ledger) => Ledger;
  /** The engine hears that its server is back. */
  readonly serverIsBack: (link: Link) => void;
  /** The engine asks for a record to be stored. */
  readonly appends: (link: Link, append: Append) => void;
  /** The engine was told that its record is stored. */
  readonly acked: (link: Link, append: Append, position: number) => void;
  /** The engine has the run in its memory. */
  readonly live: (link: Link, run: Run) => void;
};

type Head = { readonly sequence: number; readonly position: number; readonly hash: string };
type Comparison = {
  readonly link: Link;
  readonly sinceMs: number;
  readonly heads: ReadonlyMap<string, Head>;
  readonly isFirst: boolean;
  readonly losses: number;
  readonly isDivided: boolean;
};

type Deps = {
  readonly world: World;
  readonly stream: Stream;
  readonly servers: JournalServers;
  readonly disk: LedgerDisk | undefined;
  readonly court: Court;
};

/** The length of the checksum of a line, and the blank before it. */
const sumLength = 17;
/** Whoever hears that the server is back compares within so long. */
const compareMsMax = 2_000;
/** What was acknowledged is written within so long; the ledger itself waits for 250 ms. */
const writeMsMax = 2_000;
/** What the ledger asks the server is answered, or asked again, within so long. */
const answerMsMax = 3_000;

export function createLedgerWatch({ world, stream, servers, disk, court }: Deps): LedgerWatch {
  const { agenda } = world;
  const comparedMs = new Map<string, number>();
  /** What each engine was to find lost: it does not go on with that. */
  const found = new Map<string, ReadonlyMap<string, Head>>();
  /** First records of runs that the engine misses. What was under way before it knew may still be stored once more. */
  const again = new Set<string>();

  function begin(link: Link): Comparison {
    const isFirst = !comparedMs.has(link.name);
    comparedMs.set(link.name, agenda.nowMs());

    return {
      link,
      sinceMs: agenda.nowMs(),
      heads: headsIn(disk?.lines() ?? []),
      isFirst,
      losses: court.losses() + servers.divisions(),
      isDivided: servers.isDivided(),
    };
  }

  function end(comparison: Comparison, { damaged }: LedgerReport): void {
    const { link, isDivided, losses } = comparison;
    // Who is served by a second server has another journal: what it does not hold is lost to it.
    if (isDivided || servers.isDivided() || !link.isAlive()) return;
    for (const { run, damage } of damaged)
      if (!court.isSetAside(run))
        court.find(`ledger: ${link.name} says ${damage.code} of ${run}, which lost nothing`);
    if (losses !== court.losses() + servers.divisions()) return;
    const due = toBeFound(comparison);
    const codes = new Map(damaged.map(({ run, damage }) => [run, damage.code]));
    for (const run of due.keys()) checkNamed(comparison, run, codes.get(run));
    found.set(link.name, due);
  }

  function toBeFound(comparison: Comparison): ReadonlyMap<string, Head> {
    const now = headsIn(disk?.lines() ?? []);
    const isStill = ([run, { hash }]: readonly [string, Head]) => now.get(run)?.hash === hash;
    const due = [...comparison.heads].filter(isStill);

    return new Map(due.filter(([run, head]) => isToBeFound(comparison, run, head)));
  }

  /** Whether what was acknowledged is gone, and nothing else is wrong with the run or came to be known of it since. */
  function isToBeFound({ isFirst }: Comparison, run: string, head: Head): boolean {
    if (!isLost(run, head) || !court.isLost(run)) return false;

    return isFirst || stream.of(run).every(({ position }) => position < head.position);
  }

  function isLost(run: string, { hash }: Head): boolean {
    return !stream.of(run).some(({ body }) => body.includes(hash));
  }

  function checkNamed({ link, sinceMs }: Comparison, run: string, code: string | undefined): void {
    const left = stream.of(run);
    const due = left.length === 0 ? 'ledger.run-missing' : 'ledger.rewritten';
    const isSame = left.every(({ storedAtMs }) => storedAtMs < sinceMs);
    if (code === undefined)
      court.find(`ledger: ${link.name} does not say that ${run} lost what was acknowledged`);
    else if (isSame && code !== due) court.find(`ledger: ${link.name} says ${code} of ${run}, not ${due}`);
  }

  return {
    around: (link, ledger) => ({
      ...ledger,
      begin: async (options) => {
        const comparison = begin(link);
        const begun = await ledger.begin(options);

        return {
          saw: begun.saw,
          finish: async (at) => {
            const report = await begun.finish(at);
            end(comparison, report);
            return report;
          },
        };
      },
      check: async (options) => {
        const comparison = begin(link);
        const report = await ledger.check(options);
        end(comparison, report);

        return report;
      },
    }),
    serverIsBack: (link) => {
      const sinceMs = agenda.nowMs();
      link.receive(() => {
        if ((comparedMs.get(link.name) ?? 0) < sinceMs)
          court.find(`ledger: ${link.name} does not compare the journal after its server is back`);
      }, compareMsMax);
    },
    appends: (link, { run, id, after }) => {
      if (after === 0 && found.get(link.name)?.has(run)) again.add(`${link.name} ${id}`);
    },
    acked: (link, { run, id }, position) => {
      // Who has not read its ledger yet may be kept from that, and who reads it waits for the server.
      const calmSinceMs = agenda.nowMs() - answerMsMax;
      if (found.has(link.name))
        link.receive(() => {
          if (world.lastDisturbanceMs() > calmSinceMs || court.hasLeft(run)) return;
          if ((headsIn(disk?.lines() ?? []).get(run)?.position ?? 0) < position)
            court.find(
              `ledger: ${link.name} has not written in ${writeMsMax} ms that ${id} is at ${position}`,
            );
        }, writeMsMax);
      if (again.has(`${link.name} ${id}`) && !servers.isDivided())
        court.find(`ledger: ${link.name} begins ${run} again, which it misses`);
    },
    live: (link, run) => {
      const id = run.state.run;
      const head = found.get(link.name)?.get(id);
      if (head !== undefined && isLost(id, head) && !servers.isDivided())
        court.find(`ledger: ${link.name} goes on with ${id}, whose event ${head.sequence} is lost`);
    },
  };
}

/** The last record of each run, as the lines of a ledger tell. */
function headsIn(lines: readonly string[]): ReadonlyMap<string, Head> {
  const heads = new Map<string, Head>();
  for (const text of lines) {
    const line = JSON.parse(text.slice(0, -sumLength)) as {
      readonly kind: string;
      readonly heads: readonly (readonly [string, number, number, string])[];
    };
    if (line.kind !== 'heads') continue;
    for (const [run, sequence, position, hash] of line.heads)
      if ((heads.get(run)?.position ?? 0) < position) heads.set(run, { sequence, position, hash });
  }

  return heads;
}
