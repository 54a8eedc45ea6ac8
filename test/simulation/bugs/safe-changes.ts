import type { SafeChange } from './bug.ts';

/** Changes that the simulator finds nothing in, because something else keeps the engine safe. */
export const safeChanges: readonly SafeChange[] = [
  {
    name: 'own-append-taken-for-a-conflict',
    what: 'After a lost answer every wrong position counts as a conflict, even if our own record got there.',
    file: 'src/stores/jetstream/journal/settle-append.js',
    find: 'if (first?.body === append.body)',
    replace: 'if (false)',
    because:
      'The run is read again, and the command is answered by what stands in it: a request by its id, a result as one that has been recorded.',
  },
  {
    name: 'no-answer-taken-for-not-stored',
    what: 'An append whose answer does not come is given up at once and decided anew, with a new time.',
    file: 'src/stores/jetstream/journal/settle-append.js',
    find: "if (answer.kind !== 'refused') return answer.kind === 'lost';",
    replace:
      "if (answer.kind === 'lost') throw new JournalUnavailable('no answer'); if (answer.kind !== 'refused') return false;",
    because:
      'The new record expects the same position, so that whichever of the two lands second is refused.',
  },
  {
    name: 'momentary-refusal-given-up',
    what: 'An append that another proposal is in the way of (10164) is not tried again.',
    file: 'src/stores/jetstream/journal/settle-append.js',
    find: 'new Set([MOMENTARY, 10158])',
    replace: 'new Set()',
    because:
      'The mailbox keeps results until the journal takes them, and whoever asked is told to ask again.',
  },
  {
    name: 'stale-attempt-not-refused',
    what: 'The result of an earlier attempt is decided on like any other.',
    file: 'machines/run/decide/decide-attempt.js',
    find: 'if (attempt !== state.attempt)',
    replace: 'if (false)',
    because: 'The chart takes results of the latest attempt alone; what it does not take is never appended.',
  },
  {
    name: 'child-by-chance',
    what: 'The run that carries an attempt out gets another id each time one is asked for.',
    file: 'src/engine/run/child-runs.js',
    find: 'const child = childRun(run.state.run, address, attempt);\n    const input = await childInput',
    replace:
      'const child = childRun(run.state.run, address, (globalThis.asked = (globalThis.asked ?? 0) + 1));\n    const input = await childInput',
    because: 'The id is recorded before the run is started, and one attempt is named once.',
  },
  {
    name: 'place-not-given-back',
    what: 'A run that ends keeps its place among those that may be under way.',
    file: 'src/engine/run/admission.js',
    find: 'if (state.concurrencyKey !== undefined) await slots.release(state.concurrencyKey, state.run);',
    replace: '',
    because: 'Whoever waits for a place takes back those of runs that have ended.',
  },
  {
    name: 'lost-shard-worked-on',
    what: 'A shard that was lost to another engine is not let go of.',
    file: 'src/engine/cluster/shard-server.js',
    find: 'return engine.release(inShard(shard));',
    replace: 'return [];',
    because: 'Safety is the position that an append expects; a lease only says who is likely to be first.',
  },
  {
    name: 'loads-not-shared',
    what: 'Two that ask for the same run at once both read it.',
    file: 'src/engine/run/engine.js',
    find: 'const loadOnce = oncePerKey(load);',
    replace: 'const loadOnce = load;',
    because: 'Whoever has read it last takes the mailbox that is there meanwhile.',
  },
  {
    name: 'result-of-a-stopped-attempt',
    what: 'The result of an attempt that was told to stop is submitted all the same.',
    file: 'src/engine/attempts/attempts.js',
    find: 'if (entry.stop.isTold()) { await keepLog(entry, command)',
    replace: 'if (false) { await keepLog(entry, command)',
    because:
      'The run refuses what does not come from its latest attempt, and a mailbox that was let go of takes nothing.',
  },
  {
    name: 'no-sweep-at-claim',
    what: 'Whoever claims a shard works on the runs that are asked for, and does not look which others it has.',
    file: 'src/engine/cluster/adoption.js',
    find: 'if (all) void sweep();',
    replace: '',
    because:
      'Every five minutes an engine looks through all runs of its shards, and compares each with its journal. How soon a run is taken over is for test/e2e to say.',
  },
  {
    name: 'unreadable-run-not-tried-again',
    what: 'A run that could not be read when its shard was claimed is not tried again.',
    file: 'src/engine/cluster/adoption.js',
    find: 'for (const run of [...adoptLater])',
    replace: 'for (const run of [])',
    because:
      'Every five minutes an engine looks through all runs of its shards, and compares each with its journal. How soon a run is taken over is for test/e2e to say.',
  },
  {
    name: 'no-look-at-idle-runs',
    what: 'A run that nothing happens to is never compared with its journal.',
    file: 'src/engine/run/staleness-poller.js',
    find: 'await look(run);',
    replace: '',
    because:
      'Every five minutes an engine looks through all runs of its shards, and compares each with its journal. How soon a run is taken over is for test/e2e to say.',
  },
  {
    name: 'limit-not-asked',
    what: 'A run whose definition refuses more than so many is started whoever else is under way.',
    file: 'src/engine/run/admission.js',
    find: 'if (refusal !== undefined) return { ok: false, refusal };',
    replace: '',
    because:
      'Every run of a limited definition asks for its place once more before it begins: one that was not refused waits for it.',
  },
];
