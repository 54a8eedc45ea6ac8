// Mistakes between a decision and its record.
import type { Bug } from './bug.ts';

const mailbox = 'src/engine/run/mailbox.js';
const settle = 'src/stores/jetstream/journal/settle-append.js';

export const journalBugs: readonly Bug[] = [
  {
    name: 'dispatch-before-append',
    what: 'Effects are carried out first, and the event that asks for them is appended then.',
    file: mailbox,
    find: `position = await journal.append({ run: name, id, body, after: position, isSealed: true });
      run = sealed.run; deps.onAppended(sealed, position);`,
    replace: `run = sealed.run; deps.onAppended(sealed, position);
      position = await journal.append({ run: name, id, body, after: position, isSealed: true });`,
  },
  {
    name: 'no-optimistic-check',
    what: 'An append expects whatever is the last message of the run at that time.',
    file: mailbox,
    find: 'id, body, after: position, isSealed: true })',
    replace: 'id, body, after: (await journal.last(name))?.position ?? 0, isSealed: true })',
  },
  {
    name: 'conflict-same-record-again',
    what: 'After a conflict the same record is appended once more, behind what the other writer wrote.',
    file: mailbox,
    find: 'position = await journal.append({ run: name, id, body, after: position, isSealed: true });',
    replace: `position = await journal.append({ run: name, id, body, after: position }).catch(async (error) => {
        if (!(error instanceof JournalConflict)) throw error;
        return journal.append({ run: name, id, body, after: (await journal.last(name)).position });
      });`,
  },
  {
    name: 'conflict-new-position-old-state',
    what: 'After a conflict only the position is read anew, and the old state goes on from there.',
    file: mailbox,
    find: 'const unread = await reload().catch((failure) => failure);',
    replace: `const unread = await journal.last(run.state.run).then((last) => {
        position = last.position;
      }, (failure) => failure);`,
  },
  {
    name: 'conflict-taken-for-own-success',
    what: 'A wrong position is taken to mean that an earlier try was stored: nobody looks whose record is there.',
    file: settle,
    find: 'if (first?.body === append.body)',
    replace: 'if (first !== undefined)',
  },
  {
    name: 'conflict-without-reload',
    rare: true,
    what: 'After a conflict the command is tried again on the state that just lost.',
    file: mailbox,
    find: 'const unread = await reload().catch((failure) => failure);',
    replace: 'const unread = undefined; await new Promise((resolve) => void clock.after(stallMs, resolve));',
  },
  {
    name: 'reload-without-position',
    rare: true,
    what: 'A reload takes the state over, and forgets the position that belongs to it.',
    file: mailbox,
    find: '({ run, position, time } = await deps.reload());',
    replace: '({ run, time } = await deps.reload());',
  },
  {
    name: 'no-answer-taken-for-stored',
    what: 'An append whose answer does not come is taken for stored.',
    file: settle,
    find: 'let answer = firstAnswer;',
    replace: `let answer = firstAnswer.kind === 'lost'
      ? { kind: 'ack', seq: pending.append.after + 1, count: 1, duplicate: false }
      : firstAnswer;`,
  },
  {
    name: 'results-dropped-in-an-outage',
    what: 'A result that the journal cannot take now (it is down, or its disk is full) is given up like a request.',
    file: mailbox,
    find: '&& fromInside(command)',
    replace: '&& false',
  },
  {
    name: 'refused-on-a-stale-state',
    rare: true,
    what: 'A command is refused by what the state in memory says, without a look whether it is the newest.',
    file: mailbox,
    find: 'mayBeRefusedStale(command) && (await isBehind())',
    replace: 'false',
  },
  {
    name: 'commands-side-by-side',
    rare: true,
    what: 'Commands of a run are handled as they come, not one at a time.',
    file: mailbox,
    find: 'return letters.post(async () => (closed ?',
    replace: 'return { post: async (act) => act() }.post(async () => (closed ?',
  },
  {
    name: 'times-go-back',
    what: 'An event gets the time of the clock, wherever that was set to.',
    file: mailbox,
    find: 'time = timeOf(fact, Math.max(timeMs(), time));',
    replace: 'time = deps.clock.now();',
  },
  {
    name: 'timers-by-the-clock-on-the-wall',
    what: 'The time of a run is that of the clock on the wall: one that is set moves its timers.',
    file: mailbox,
    find: 'if (Math.abs(wallMs - countedMs) < setMsMin)',
    replace: '',
  },
  {
    name: 'requests-not-remembered',
    rare: true,
    what: 'The run does not remember by which request an event came: a repeated request is decided anew.',
    file: 'machines/run/decide/decide.js',
    find: 'if (id === undefined) return state;',
    replace: 'return state;',
  },
  {
    name: 'failed-start-left-at-hand',
    rare: true,
    what: 'A run whose start failed stays in memory, not begun, whatever the journal says later.',
    file: 'src/engine/run/engine.js',
    find: 'if (mailbox.run().sequence === 0) atHand.forget(id);',
    replace: '',
  },
  {
    name: 'start-again-is-refused',
    what: 'A repeated start is refused, because the run is there already.',
    file: 'src/engine/cluster/node.js',
    find: "if (!outcome.ok && outcome.refusal.code === 'run.exists') return { ok: true, sequence: 1 };",
    replace: '',
  },
  {
    name: 'records-not-verified',
    what: 'A record is folded without a look at its hash.',
    file: 'machines/run/record/fold.js',
    find: 'if (!isSigned(body, record.hash))',
    replace: 'if (false)',
  },
  {
    name: 'blob-after-the-event',
    what: 'A large value is stored while the event that refers to it is appended.',
    file: 'src/engine/run/resolve-blobs.js',
    find: 'await blobs.put(blob);',
    replace: 'void blobs.put(blob).catch(() => undefined);',
  },
  {
    name: 'blob-not-stored',
    what: 'A large value is kept in memory and stored nowhere.',
    file: 'src/engine/run/resolve-blobs.js',
    find: 'await blobs.put(blob);',
    replace: '',
  },
  {
    name: 'secrets-not-hidden',
    what: 'What people and workers give is appended as it is.',
    file: 'src/engine/run/resolve-blobs.js',
    find: 'claimCheck(sealFact(run, redactFact(fact, run.aside.hidden)))',
    replace: 'claimCheck(sealFact(run, fact))',
  },
];
