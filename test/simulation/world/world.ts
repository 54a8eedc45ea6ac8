import { type Agenda, createAgenda } from '../kernel/agenda.ts';
import type { Random } from '../kernel/random.ts';
import type { Fault, Faults } from './faults.ts';

/** Where an engine is told to end: at the `index`th request, counted from 1 over all engines. */
export type CrashPoint = { readonly index: number; readonly when: 'before' | 'after' };

/** Something that a process asks for; `index` is 0 for those that are no engines. */
export type Request = { readonly name: string; readonly what: string; readonly index: number };

/** The time, the chance and the weather that all processes of a seed share. */
export type World = {
  readonly agenda: Agenda;
  readonly random: Random;
  readonly faults: Faults;
  readonly latencyMs: () => number;
  /** Whether the servers answer now: not at all in an outage, reads alone when the disk is full. */
  readonly isReachable: (isWrite: boolean) => boolean;
  /** Whether a process ends now, at something that it asks for. */
  readonly crashes: (request: Request, when: 'before' | 'after') => boolean;
  /** Counts a request. */
  readonly request: (name: string, what: string) => Request;
  /** The places at which an engine could have ended so far. */
  readonly points: () => readonly CrashPoint[];
  /** Crash points at which an engine has ended. */
  readonly struck: () => number;
  readonly trace: (line: string) => void;
  /** When something last went wrong that holds an engine up, in virtual ms. */
  readonly lastDisturbanceMs: () => number;
  /** Something went wrong that keeps an engine from beginning what it knows of, or from knowing of it. */
  readonly disturb: () => void;
};

export type WorldOptions = {
  /** When virtual time begins, in ms since 1970. */
  readonly startMs?: number;
  readonly random: Random;
  readonly faults: Faults;
  readonly trace?: ((line: string) => void) | undefined;
  readonly crashPoints?: readonly CrashPoint[] | undefined;
};

export function createWorld({
  random,
  faults,
  trace = () => undefined,
  crashPoints = [],
  startMs,
}: WorldOptions): World {
  const agenda = createAgenda(random, startMs);
  const latencyMaxMs = random.pick([0, 2, 2, 20, 200]);
  const down = { outage: 0, 'disk full': 0 };
  const points: CrashPoint[] = [];
  let asked = 0;
  let struck = 0;
  let disturbedMs = 0;
  const disturb = (): void => {
    disturbedMs = agenda.nowMs();
  };
  const say = (line: string): void =>
    trace(`${(agenda.nowMs() % 86_400_000).toFixed(0).padStart(8)} ${line}`);

  function plan(fault: 'outage' | 'disk full'): void {
    const delayMs = faults.nextInMs(fault);
    if (delayMs === undefined) return;
    agenda.after(delayMs, () => {
      if (!faults.areOn()) return;
      faults.count(fault);
      const forMs = random.between(1_000, random.chance(0.2) ? 60_000 : 8_000);
      down[fault] = agenda.nowMs() + forMs;
      say(`!! ${fault} for ${forMs} ms`);
      plan(fault);
    });
  }
  plan('outage');
  plan('disk full');

  return {
    agenda,
    random,
    faults,
    latencyMs: () => (latencyMaxMs === 0 ? 0 : random.next() * latencyMaxMs),
    isReachable: (isWrite) => {
      const now = agenda.nowMs();
      const isDown = faults.areOn() && (now < down.outage || (isWrite && now < down['disk full']));
      if (isDown) disturb();

      return !isDown;
    },
    crashes: ({ name, what, index }, when) => {
      if (name.startsWith('worker')) return faults.strikes('worker crash');
      if (index === 0) return when === 'before' && faults.strikes('client crash');
      points.push({ index, when });
      const isPoint = crashPoints.some((point) => point.when === when && point.index === index);
      if (isPoint) struck += 1;
      const fault: Fault = when === 'before' ? 'crash before' : 'crash after';
      const ends = isPoint || faults.strikes(fault);
      if (ends) say(`!! ${name} crashes ${when} ${what}`);

      return ends;
    },
    request: (name, what) => {
      const isEngine = name.startsWith('engine');
      if (isEngine) asked += 1;

      return { name, what, index: isEngine ? asked : 0 };
    },
    points: () => points,
    struck: () => struck,
    trace: say,
    lastDisturbanceMs: () => disturbedMs,
    disturb,
  };
}
