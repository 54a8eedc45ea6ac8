import { coreBugs } from '../simulation/bugs/core-bugs.ts';
import { attemptFaults } from './attempt-faults.ts';
import { bodyFaults } from './body-faults.ts';
import { endFaults } from './end-faults.ts';
import type { Fault } from './fault.ts';
import { orderFaults } from './order-faults.ts';
import { waitingFaults } from './waiting-faults.ts';

/** Those of the simulator that are about which way a run goes. */
const shared: ReadonlySet<string> = new Set([
  'attempts-one-too-many',
  'retry-time-from-the-clock',
  'undone-in-order',
  'first-of-all-is-enough',
  'item-counted-twice',
  'signal-not-kept',
  'resumed-without-work',
]);

/** Every seeded fault in the core. The tests that are made from definitions have to find at least 97 % of them. */
export const faults: readonly Fault[] = [
  ...coreBugs.filter(({ name }) => shared.has(name)),
  ...attemptFaults,
  ...orderFaults,
  ...waitingFaults,
  ...bodyFaults,
  ...endFaults,
];
