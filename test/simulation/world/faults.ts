import type { Random } from '../kernel/random.ts';

/** Everything that can go wrong, with how often it does in a seed that has it: per chance to happen, unless said. */
const rates = {
  /** A request that never arrives. */
  'lost request': 0.03,
  /** What was asked for is done, and nobody hears of it. */
  'lost answer': 0.03,
  /** A request that arrives after it was given up. */
  'late landing': 0.02,
  /** 10164: another proposal for the subject is in flight. */
  'momentary refusal': 0.04,
  /** Nobody listens, for 1 to 60 s: a server that is down, a cluster without a leader. Mean seconds between. */
  outage: 45,
  /** Reads go on and writes only time out. Mean seconds between. */
  'disk full': 70,
  /** The process ends at once, before something it asked for is done. */
  'crash before': 0.002,
  /** The process ends at once, after something it asked for was done. */
  'crash after': 0.002,
  /** The process ends at once, whatever it is at. Mean seconds between. */
  'crash any time': 40,
  /** The process stands still (a long garbage collection, SIGSTOP) for up to 30 s. Mean seconds between. */
  pause: 40,
  /** The process is told to stop, and begun again later. */
  'orderly stop': 60,
  /** A lease ends before its time. */
  'early expiry': 0.02,
  /** Lease changes are told seconds late. */
  'late watch': 0.1,
  /** The clock of a machine is set. Mean seconds between. */
  'clock jump': 30,
  /** A handler takes much longer than it should. */
  'slow handler': 0.13,
  /** A handler that throws after it has done its work. */
  'handler breaks': 0.04,
  /** A handler that does not heed that it was told to stop. */
  'handler goes on': 0.98,
  /** A person or a program asks for the same thing again. */
  'asked again': 0.2,
  /** A person or a program asks for something at random: pause, cancel, retry, rerun, skip, complete by hand. */
  meddling: 25,
  /** A message that no engine wrote stands on the subject of a run. Mean seconds between. */
  'foreign message': 150,
  /** A stored record is altered, or is gone. Mean seconds between. */
  'damaged record': 150,
  /** A person, or a program, that ends in the middle of asking. */
  'client crash': 0.02,
  /** A newer version of a definition is registered while runs of the older one are under way. */
  upgrade: 60,
  /** A worker process ends at once, before or after something it asked for. */
  'worker crash': 0.03,
  /** A worker process ends at once, whatever it is at. Mean seconds between. */
  'worker death': 30,
  /** A worker process stands still for up to 40 s: longer than it takes to be given up. Mean seconds between. */
  'worker pause': 30,
  /** A worker process is told to stop, and comes again later. Mean seconds between. */
  'worker stop': 45,
  /** An agent gets nothing new for a while. Mean seconds between. */
  'agent drained': 45,
  /** A report that arrives long after its worker has given up waiting for the answer. */
  'late word': 0.05,
  /** An item that is given to two workers at once. */
  'delivered twice': 0.05,
  /** The queue forgets which items are under way, and delivers them again. Mean seconds between. */
  'deliveries forgotten': 30,
  /** The queue loses an item. Mean seconds between. */
  'item lost': 45,
  /** Somebody reports about an attempt that they do not have. Mean seconds between. */
  'forged report': 10,
  /** A worker is not told that its attempt is over. */
  'lost stop': 0.3,
} as const;

/** What a store loses that acknowledged it. Drawn apart: seeds without them stay as they were. */
const lossRates = {
  /** The server comes back without its last 1 to 20 messages, and gives their positions again. Mean seconds between. */
  'lost tail': 15,
  /** A second server runs on the same store, and what engines append to it is gone. Mean seconds between. */
  'second server': 15,
} as const;

/** What belongs to runs that leave the journal. Drawn apart as well: a world has all of these, or none. */
const leavingRates = {
  /** An engine lets runs leave whose time is over. Mean seconds between. */
  'runs leave': 10,
  /** The folder of archived runs cannot be read or written, for up to 20 s. Mean seconds between. */
  'archive away': 30,
  /** Something that is asked of the archive fails. */
  'archive fails': 0.03,
  /** A program starts the same run again, with its key. Mean seconds between. */
  'started again': 12,
  /** An engine of a release to come writes something that no run can be understood without. Mean seconds between. */
  'newer record': 40,
} as const;

const allRates = { ...rates, ...lossRates, ...leavingRates };
export type Fault = keyof typeof allRates;
const oftenFaults = Object.keys(rates) as readonly (keyof typeof rates)[];
const lossFaults = Object.keys(lossRates) as readonly (keyof typeof lossRates)[];
const leavingFaults = Object.keys(leavingRates) as readonly (keyof typeof leavingRates)[];
export const allFaults: readonly Fault[] = [...oftenFaults, ...lossFaults, ...leavingFaults];
const lossShare = 0.12;
const leavingShare = 0.25;

export type Faults = {
  /** Whether it happens now. Counts it if it does. */
  readonly strikes: (fault: Fault) => boolean;
  /** How long until it happens the next time, in ms; undefined in a seed that does not have it. */
  readonly nextInMs: (fault: Fault) => number | undefined;
  /** Notes that a fault that comes by time has happened. */
  readonly count: (fault: Fault) => void;
  /** From now on nothing goes wrong. */
  readonly end: () => void;
  readonly areOn: () => boolean;
  readonly counts: ReadonlyMap<Fault, number>;
  /** Those that this seed has. */
  readonly kinds: readonly Fault[];
};

/**
 * Each seed has some of the faults and not others (swarm testing, Groce et al. 2012): one that strikes all the time
 * would hide what the others can do.
 */
export function createFaults(random: Random, only?: readonly Fault[], apart: readonly Fault[] = []): Faults {
  const intensity = random.pick([0.3, 1, 1, 3]);
  const share = random.pick([0, 0.2, 0.5, 0.5, 0.8]);
  const kinds = only ?? [...oftenFaults.filter(() => random.chance(share)), ...apart];
  const has = new Set(kinds);
  const counts = new Map<Fault, number>();
  let on = true;
  const count = (fault: Fault) => void counts.set(fault, (counts.get(fault) ?? 0) + 1);

  return {
    strikes: (fault) => {
      if (!on || !has.has(fault) || !random.chance(allRates[fault] * intensity)) return false;
      count(fault);

      return true;
    },
    nextInMs: (fault) => {
      if (!on || !has.has(fault)) return undefined;

      return (allRates[fault] * 1_000 * (0.2 + 1.6 * random.next())) / intensity;
    },
    count,
    end: () => {
      on = false;
    },
    areOn: () => on,
    counts,
    kinds,
  };
}

/** What a seed loses, or that runs leave its journal, by a chance of its own. */
export function drawnApart(random: Random): readonly Fault[] {
  const losses = lossFaults.filter(() => random.chance(lossShare));

  return losses.length === 0 && random.chance(leavingShare) ? leavingFaults : losses;
}
