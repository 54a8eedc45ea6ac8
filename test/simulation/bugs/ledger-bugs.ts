// Mistakes in what an engine knows of its journal besides the journal.
import type { Bug } from './bug.ts';

const ledger = 'src/engine/board/ledger.js';
const reader = 'src/engine/run-reader/run-reader.js';
const core = 'machines/audit/ledger.js';

export const ledgerBugs: readonly Bug[] = [
  {
    name: 'missing-run-not-missed',
    what: 'A run that is not in the journal any more is taken for one that was removed on purpose.',
    file: core,
    find: `const events = sequence === 1 ? 'its one event was' : \`its \${sequence} events were\`;`,
    replace: "return undefined; const events = '';",
  },
  {
    name: 'missing-run-begins-again',
    what: 'A run that is missing is begun again under its id.',
    file: ledger,
    find: 'const damage = append.after === 0 ? missing(append.run) : undefined;',
    replace: 'const damage = undefined;',
  },
  {
    name: 'shorter-run-not-missed',
    what: 'A run that ends before what was acknowledged is taken for one that is read a moment late.',
    file: core,
    find: 'if (found.sequence < sequence) {',
    replace: 'if (found.sequence < sequence) { return undefined;',
  },
  {
    name: 'place-given-twice-not-seen',
    what: 'A run that has come as far as it was known to be is taken for unchanged, whatever record stands there.',
    file: core,
    find: 'if (found.sequence === sequence && found.hash !== known.hash) {',
    replace: 'if (false) {',
  },
  {
    name: 'moved-run-not-looked-at',
    rare: true,
    what: 'A run that went on since the ledger heard of it is taken for sound.',
    file: 'src/engine/run-reader/run-index.js',
    find: '.slice(0, whole ? undefined : movedMax)',
    replace: '.slice(0, 0)',
  },
  {
    name: 'damaged-run-worked-on',
    what: 'What the ledger says is told to people, and the run is read as if nothing were wrong.',
    file: reader,
    find: 'if (damage !== undefined) throw new RunQuarantined(damage);',
    replace: '',
  },
  {
    name: 'not-compared-when-the-server-is-back',
    what: 'The ledger is compared when an engine comes up, and not when its server comes back.',
    file: ledger,
    find: 'return connection.onReconnect(() => {',
    replace: 'return connection.onReconnect(() => { return;',
  },
  {
    name: 'ledger-only-in-memory',
    what: 'What was acknowledged is known to the process, and written nowhere.',
    file: 'src/engine/board/ledger-books.js',
    find: 'await write([...since, ...headLines(id, batch.values())]);',
    replace: 'void headLines;',
  },
];
