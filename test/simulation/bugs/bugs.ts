import { agentBugs } from './agent-bugs.ts';
import type { Bug } from './bug.ts';
import { coreBugs } from './core-bugs.ts';
import { journalBugs } from './journal-bugs.ts';
import { leavingBugs } from './leaving-bugs.ts';
import { ledgerBugs } from './ledger-bugs.ts';
import { nodeBugs } from './node-bugs.ts';
import { workBugs } from './work-bugs.ts';

/** Every seeded bug. All that are not rare have to be caught. */
export const bugs: readonly Bug[] = [
  ...journalBugs,
  ...ledgerBugs,
  ...leavingBugs,
  ...nodeBugs,
  ...workBugs,
  ...agentBugs,
  ...coreBugs,
];
