// The clock that tests move by hand is the one that rehearsals have.
import { createVirtualClock, type VirtualClock } from '../../src/stores/memory/virtual-clock.ts';

/** A clock that stands still until it is moved. */
export type ManualClock = VirtualClock;
export const createManualClock = createVirtualClock;
