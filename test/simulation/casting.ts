import { createEngineProcess, type EngineProcess } from './world/engine-process.ts';
import type { Fault } from './world/faults.ts';
import { createPeople } from './world/people.ts';
import type { Setting } from './world/setting.ts';
import { createWorkerProcess } from './world/worker-process.ts';

/** Who engines, workers and people are. Some may be of another release, which wrote heads otherwise. */
export type Casting = {
  readonly engine: (setting: Setting, place: number) => EngineProcess;
  readonly worker: typeof createWorkerProcess;
  readonly people: typeof createPeople;
  readonly isMixed: boolean;
  /** Whether all of them can be expected to stand it. */
  readonly mayHave: (fault: Fault) => boolean;
};

/** All of this release. */
export const ownCasting: Casting = {
  engine: createEngineProcess,
  worker: createWorkerProcess,
  people: createPeople,
  isMixed: false,
  mayHave: () => true,
};
