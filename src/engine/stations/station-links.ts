import type { Json } from '../../../events/canonical-json.ts';
import { delay } from '../../lib/deadline.ts';
import type { Clock } from '../../ports/clock.ts';
import { type StationLink, StationUnreachable, type StationWire } from '../../ports/runs/stations.ts';
import { runEnded, StationAnswer, type StationRequest } from './protocol.ts';

/** How long the other station has to answer. What it does for a request that was given up is done once all the same. */
const answerMsMax = 3_000;
/** How soon a link that is back is noticed. */
const probeEveryMs = 250;
const probeMsMax = 1_500;
/** How soon a link that is lost is noticed while nothing is asked. */
const watchEveryMs = 5_000;
/** Requests that wait for one station at a time. */
const asksMax = 64;

/** The other stations, as this process reaches them. */
export type StationLinks = {
  /** What this station is called. */
  readonly own: string;
  /** Rejects with StationUnreachable, at once while the link is known to be down, and for what is no answer. */
  readonly ask: (station: string, request: StationRequest) => Promise<StationAnswer>;
  /** Looks from then on whether these stations answer, also while nobody asks them for anything. */
  readonly watch: (stations: readonly string[]) => void;
  /** Called when a station answers again, until the returned function is called. */
  readonly onBack: (listener: (station: string) => void) => () => void;
  /** Called when another station says that a run which was started for us has ended. */
  readonly onEnded: (listener: (run: string) => void) => () => void;
  readonly stop: () => void;
};

/** A station answered something that no station of this version says. The reaction: bring both to one version. */
class StationAnswerInvalid extends Error {
  override readonly name = 'StationAnswerInvalid';
  readonly code = 'station.bad-answer';

  constructor(station: string) {
    super(`station ${station} gave an answer that is none; do both stations run the same version?`);
  }
}

export function createStationLinks({
  own,
  wire,
  clock,
  onLink = () => undefined,
}: {
  readonly own: string;
  readonly wire: Pick<StationWire, 'ask' | 'onTold'>;
  readonly clock: Clock;
  /** Told of every link when it is known first, and when it is lost or back. */
  readonly onLink?: (station: string, link: StationLink) => void;
}): StationLinks {
  const links = new Map<string, StationLink>();
  const probing = new Set<string>();
  const turns = createTurnsPerStation(asksMax);
  const onBack = new Set<(station: string) => void>();
  const now = () => new Date(clock.now()).toISOString();
  let stopped = false;

  async function ask(station: string, request: StationRequest): Promise<StationAnswer> {
    return turns(station, async () => {
      const link = links.get(station);
      if (link?.isUp === false) throw new StationUnreachable(station, link.since);
      const askedAt = now();
      const answer = await wire.ask(station, request as Json, answerMsMax);
      if (answer === undefined) {
        void probe(station, askedAt);
        throw new StationUnreachable(station, askedAt);
      }
      note(station, true, now());

      return readAnswer(station, answer);
    });
  }

  /** Asks until the station answers. Then whoever waits for it asks again at once: its turn may be far off. */
  async function probe(station: string, lostAt: string): Promise<void> {
    if (probing.has(station)) return;
    probing.add(station);
    while (!stopped && !(await isThere(wire, station))) {
      note(station, false, lostAt);
      await delay(clock, probeEveryMs);
    }
    probing.delete(station);
    if (stopped) return;
    note(station, true, now());
    for (const listener of [...onBack]) listener(station);
  }

  /** Since when it is so counts from the first time that it was. */
  function note(station: string, isUp: boolean, since: string): void {
    if (links.get(station)?.isUp === isUp) return;
    links.set(station, { isUp, since });
    onLink(station, { isUp, since });
  }

  async function watch(station: string): Promise<void> {
    while (!stopped) {
      const askedAt = now();
      if (await isThere(wire, station)) note(station, true, askedAt);
      else await probe(station, askedAt);
      await delay(clock, watchEveryMs);
    }
  }

  return {
    own,
    ask,
    watch: (stations) => {
      for (const station of stations) void watch(station);
    },
    onBack: (listener) => {
      onBack.add(listener);

      return () => void onBack.delete(listener);
    },
    onEnded: (listener) =>
      wire.onTold((_from, note) => {
        const run = runEnded(note);
        if (run !== undefined) listener(run);
      }),
    stop: () => {
      stopped = true;
    },
  };
}

function readAnswer(station: string, answer: Json): StationAnswer {
  const read = StationAnswer.safeParse(answer);
  if (!read.success) throw new StationAnswerInvalid(station);

  return read.data;
}

async function isThere(wire: Pick<StationWire, 'ask'>, station: string): Promise<boolean> {
  return (await wire.ask(station, { kind: 'hello' }, probeMsMax).catch(() => undefined)) !== undefined;
}

/** When a link is back, whoever waited for it asks in the same moment. */
function createTurnsPerStation(countMax: number) {
  const busy = new Map<string, { count: number; readonly waiting: (() => void)[] }>();

  return async <T>(station: string, act: () => Promise<T>): Promise<T> => {
    const turn = busy.get(station) ?? { count: 0, waiting: [] };
    busy.set(station, turn);
    if (turn.count >= countMax) await new Promise<void>((resolve) => turn.waiting.push(resolve));
    else turn.count += 1;
    try {
      return await act();
    } finally {
      const next = turn.waiting.shift();
      if (next === undefined) turn.count -= 1;
      else next();
    }
  };
}
