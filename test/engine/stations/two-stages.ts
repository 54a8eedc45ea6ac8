// Two engines with a journal each, and a wire between them that loses, doubles and delays what is said, or is cut.
import type { Json } from '../../../events/canonical-json.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { Stations } from '../../../machines/stations/stations.ts';
import { endedNote } from '../../../src/engine/stations/protocol.ts';
import { createStationDesk } from '../../../src/engine/stations/station-desk.ts';
import { createStationLinks, type StationLinks } from '../../../src/engine/stations/station-links.ts';
import type { MarkStore } from '../../../src/ports/mark-store.ts';
import type { StationWire } from '../../../src/ports/runs/stations.ts';
import { createMemoryDefinitionStore } from '../../../src/stores/memory/definition-store.ts';
import { createMemoryJournal } from '../../../src/stores/memory/journal.ts';
import { createMemoryMarkStore } from '../../../src/stores/memory/mark-store.ts';
import { chartOfText } from '../../support/chart-of.ts';
import { createStage, register, type Stage } from '../../support/engine-bench.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';
import { createMemoryStores } from '../../support/memory-stores.ts';

export type Station = {
  readonly name: string;
  readonly stage: () => Stage;
  readonly links: () => StationLinks;
  readonly marks: MarkStore;
  /** Ends the engine without a word and starts another one on the same journal, which takes up these runs. */
  readonly crash: (runs: readonly string[]) => Promise<void>;
};

/** What becomes of a message: each may be lost, said twice, or late by so many ms. */
export type Fate = { readonly isLost: boolean; readonly isDoubled: boolean; readonly lateMs: number };

export type Wires = { isCut: boolean; fate: () => Fate };

const unharmed: Fate = { isLost: false, isDoubled: false, lateMs: 0 };

type Desk = (from: string, request: Json) => Promise<Json>;
type Listener = (from: string, note: Json) => void;

/** `may`: what each grants the other. Definitions are registered by the names of their stations. */
export async function openTwoStages(options: {
  readonly may: Stations['peers'][number]['may'];
  readonly definitions: Readonly<Record<'bridge' | 'hull', readonly string[]>>;
  readonly secrets?: Readonly<Record<string, string>>;
}) {
  const clock = createManualClock();
  const wires: Wires = { isCut: false, fate: () => unharmed };
  const desks = new Map<string, Desk>();
  const listeners = new Map<string, Set<Listener>>();
  const open = (name: 'bridge' | 'hull') => openStation(name, { ...options, clock, wires, desks, listeners });

  return { clock, wires, bridge: await open('bridge'), hull: await open('hull') };
}

type World = Parameters<typeof openTwoStages>[0] & {
  readonly clock: ManualClock;
  readonly wires: Wires;
  readonly desks: Map<string, Desk>;
  readonly listeners: Map<string, Set<Listener>>;
};

async function openStation(name: 'bridge' | 'hull', world: World): Promise<Station> {
  const { clock, desks } = world;
  const definitions = createMemoryDefinitionStore();
  for (const text of world.definitions[name]) await register(definitions, chartOfText(text), text);
  const journal = createMemoryJournal(clock);
  const stores = createMemoryStores(world.secrets);
  const marks = createMemoryMarkStore();
  const peer = { name: name === 'hull' ? 'bridge' : 'hull', secret: 'LINK', may: world.may };
  let alive: { readonly stage: Stage; readonly links: StationLinks };
  begin();

  function begin(): void {
    const wire = wireOf(name, world);
    const links = createStationLinks({ own: name, wire, clock });
    const onChange = ({ state: { run, parent, endedAt } }: Run): void => {
      if (parent?.station !== undefined && endedAt !== undefined) wire.tell(parent.station, endedNote(run));
    };
    const stage = createStage({ clock, definitions, journal, stores, stations: links, onChange });
    desks.set(
      name,
      createStationDesk({
        ...{ ...stores, reader: stage.engine.reader, definitions, marks, otherRuns: stage.otherRuns },
        stations: () => Promise.resolve({ station: name, peers: [peer] }),
      }),
    );
    alive = { stage, links };
  }

  return {
    name,
    stage: () => alive.stage,
    links: () => alive.links,
    marks,
    crash: async (runs) => {
      desks.delete(name);
      alive.links.stop();
      await alive.stage.engine.release(() => true);
      begin();
      for (const run of runs) await alive.stage.engine.adopt(run);
    },
  };
}

function wireOf(own: string, { clock, wires, desks, listeners }: World): StationWire {
  /** Resolves once the message is there, as often as it is: never where it was lost, or the link is cut by then. */
  function carried(then: () => void): void {
    const { isLost, isDoubled, lateMs } = wires.fate();
    const arrive = (): void => void (wires.isCut || then());
    if (wires.isCut || isLost) return;
    if (lateMs === 0) arrive();
    else clock.after(lateMs, arrive);
    if (isDoubled) clock.after(lateMs + 50, arrive);
  }

  return {
    ask: (station, request, timeoutMs) =>
      new Promise((resolve) => {
        const cancel = clock.after(timeoutMs, () => resolve(undefined));
        const answered = (answer: Json): void => {
          cancel();
          resolve(answer);
        };
        carried(() => {
          const desk = desks.get(station);
          desk?.(own, request).then(
            (answer) => carried(() => answered(answer)),
            () => undefined,
          );
        });
      }),
    tell: (station, note) =>
      carried(() => {
        for (const listener of listeners.get(station) ?? []) listener(own, note);
      }),
    onTold: (listener) => {
      const mine = listeners.get(own) ?? new Set();
      listeners.set(own, mine.add(listener));

      return () => void mine.delete(listener);
    },
    serve: () => Promise.resolve(() => Promise.resolve()),
    close: () => Promise.resolve(),
  };
}
