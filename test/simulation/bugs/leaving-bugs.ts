// Mistakes in how runs leave the journal, are kept, and are known to have left; and in what releases leave to others.
import type { Bug } from './bug.ts';

const retention = 'src/engine/retention/retention.js';
const due = 'machines/retention/due-runs.js';
const archived = 'src/engine/run-reader/archived-runs.js';
const index = 'src/engine/board/index-keeper.js';

export const leavingBugs: readonly Bug[] = [
  {
    name: 'archived-after-it-left',
    what: 'The journal goes on without the runs first, and what left is written to the archive behind that.',
    file: retention,
    find: 'const segment = first.done === true ? undefined : await archive.put(about, withFirst(first.value, written));',
    replace: `const segment = undefined;
      const later = [];
      if (first.done !== true) for await (const each of withFirst(first.value, written)) later.push(each);
      clock.after(5000, () => void archive.put(about, (async function* () { yield* later; })()).catch(() => undefined));`,
  },
  {
    name: 'archived-before-taken-for-now',
    rare: true,
    what: 'What an earlier sweep has archived of a run is taken for the run as it is now.',
    file: retention,
    find: 'const isSame = known.position === position && known.hash === hash;',
    replace: 'const isSame = true;',
  },
  {
    name: 'damaged-run-leaves',
    rare: true,
    what: 'Nobody looks whether the records of a run that leaves follow from one another.',
    file: retention,
    find: "if (stored.kind !== 'record' || !follows(stored, last)) return 'damaged';",
    replace: "if (stored.kind !== 'record') return 'damaged';",
  },
  {
    name: 'dropped-state-kept',
    what: 'Of a run that is to be dropped its last state is kept.',
    file: retention,
    find: "drop: 'nothing' }",
    replace: "drop: 'head' }",
  },
  {
    name: 'no-line-of-those-that-left',
    what: 'The ledger is not told which runs left the journal.',
    file: retention,
    find: 'await ledger.leave(departed).catch(',
    replace: 'await Promise.resolve().catch(',
  },
  {
    name: 'left-and-listed',
    what: 'The index is not told which runs left the journal.',
    file: retention,
    find: 'await markArchived(index, departed).catch(',
    replace: 'await Promise.resolve().catch(',
  },
  {
    name: 'secrets-outlive-their-run',
    what: 'The secrets of a run that left the journal are kept.',
    file: retention,
    find: 'await mapAtOnce(secret.flat(), requestsAtOnce, (run) => runSecrets.forget(run));',
    replace: 'void secret;',
  },
  {
    name: 'part-left-behind',
    what: 'A family goes as soon as the time of one of its runs is over, and leaves the others behind.',
    file: due,
    find: "if (dueAtMs > nowMs) return 'not-yet';",
    replace: 'if (dueAtMs > nowMs) return undefined;',
  },
  {
    name: 'parts-go-by-themselves',
    what: 'Each run leaves by itself, whatever it is a part of.',
    file: due,
    find: 'const root = roots.get(last) ?? last;',
    replace: 'const root = run.run;',
  },
  {
    name: 'leaves-before-it-is-told',
    what: 'A run leaves although those who follow the journal have not heard of it.',
    file: due,
    find: "return position > toldTo ? 'not-told' : undefined;",
    replace: 'return undefined;',
  },
  {
    name: 'project-overrules-definition',
    what: 'How long runs stay is what the project says, whatever their definition says.',
    file: due,
    find: 'policyOf(run, runs) ?? usual;',
    replace: 'usual ?? policyOf(run, runs);',
  },
  {
    name: 'archive-not-asked',
    what: 'A run that is not in the journal is looked for nowhere else.',
    file: archived,
    find: 'if (!isThere) yield* readArchived(run, options?.after ?? 0);',
    replace: '',
  },
  {
    name: 'in-both-taken-for-gone',
    what: 'A run that an interrupted sweep has left in the archive and in the journal counts as gone.',
    file: archived,
    find: 'return found === undefined || (await isThere()) ? undefined : found;',
    replace: 'return found;',
  },
  {
    name: 'archived-run-begun-again',
    rare: true,
    what: 'A run is begun without a look whether one of its id has left the journal.',
    file: 'src/engine/run/engine.js',
    find: 'if (!isNew && (await deps.reader.archived(id)) !== undefined) return startedBeforeArchived(id);',
    replace: '',
  },
  {
    name: 'left-taken-for-lost',
    what: 'A run that left the journal while another engine had it in its ledger is reported as lost.',
    file: 'src/engine/board/ledger.js',
    find: 'return known && archived && explainsAbsence(known, archived) ? archived : undefined;',
    replace: 'return undefined;',
  },
  {
    name: 'other-indexes-not-told',
    what: 'An index that others let runs leave beside is taken up as if none had.',
    file: index,
    find: 'if (noted >= carriedTo) return;',
    replace: 'return;',
  },
  {
    name: 'silent-engine-taken-for-this-release',
    what: 'An engine that does not say what it understands is taken for one that understands everything.',
    file: 'machines/feature-gates.js',
    find: '({ understands = [] }) =>',
    replace: '({ understands = knownFeatures }) =>',
  },
  {
    name: 'sealed-whoever-is-there',
    what: 'A run that seals values is begun whatever engines are there.',
    file: 'src/engine/run/erasure-keys.js',
    find: "const refusal = await featureRefusal?.('sealed');",
    replace: 'const refusal = undefined; void featureRefusal;',
  },
  {
    name: 'sealed-value-recorded',
    what: 'What a definition marks to be sealed is recorded as it is.',
    file: 'machines/run/record/sealing.js',
    find: 'if (!isToSeal(parts, fact, member.path)) continue;',
    replace: 'continue;',
  },
  {
    name: 'critical-passed-over',
    what: 'What cannot be understood without something that this release does not know is read without it.',
    file: 'machines/run/record/stored-record.js',
    find: 'const unknown = critical.find((each) => each !== sealedMark);',
    replace: 'const unknown = undefined; void critical;',
  },
  {
    name: 'newer-quarantined',
    what: 'A run that a newer release has gone on with is quarantined.',
    file: 'machines/run/record/damage-text.js',
    find: 'return code === newerCode;',
    replace: 'return false;',
  },
];
