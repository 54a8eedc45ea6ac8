// Mistakes in what the workers of agents carry out: offers, reports, and who has an attempt.
import type { Bug } from './bug.ts';

const holders = 'src/engine/attempts/attempt-claims.js';
const reporting = 'src/engine/attempts/reporting.js';
const start = 'src/engine/attempts/reported-start.js';
const result = 'src/engine/attempts/reporting.js';

export const agentBugs: readonly Bug[] = [
  {
    name: 'report-token-unchecked',
    what: 'A report counts whatever token it holds.',
    file: reporting,
    find: '!isRunId(report.run) || report.token !== token',
    replace: '!isRunId(report.run)',
  },
  {
    name: 'report-of-another-agent-taken',
    what: 'A worker of an agent that had the attempt once may still begin it.',
    file: 'src/engine/attempts/reported.js',
    find: 'if (owner === agent) return undefined;',
    replace: 'if (owner !== undefined) return undefined;',
  },
  {
    name: 'holder-superseded-at-once',
    what: 'A worker may begin what another one has, however lately that one was heard of.',
    file: holders,
    find: 'return Math.max(sinceMs + ttlMs - nowMs, 0);',
    replace: 'return 0;',
  },
  {
    name: 'heartbeat-not-heard',
    what: 'Heartbeats of workers do not keep what they have.',
    file: 'src/engine/attempts/reporting.js',
    find: 'holders.heard(of, report.worker);',
    replace: '',
  },
  {
    name: 'holder-forgotten-by-takeover',
    what: 'An engine that takes a run over thinks every worker dead that it has not heard of itself.',
    file: holders,
    find: 'const seen = { attempt, worker, heardAtMs: clock.steady(), gaveBack: false };',
    replace: 'const seen = { attempt, worker, heardAtMs: -Infinity, gaveBack: false };',
  },
  {
    name: 'death-for-what-was-given-back',
    rare: true,
    what: 'A worker that gives an attempt back counts as one that was lost with it.',
    file: start,
    find: 'holders.hasGivenBack(of, holder) ? { givenBack: holder } : { lost: holder }',
    replace: '{ lost: holder }',
  },
  {
    name: 'deaths-without-end',
    what: 'An attempt is given to another worker however many were lost with it.',
    file: 'machines/run/decide/decide-attempt.js',
    find: 'deaths >= deathsMax',
    replace: 'false',
  },
  {
    name: 'begun-before-recorded',
    what: 'A worker is told to begin before its start is recorded.',
    file: start,
    find: 'if (heldUp !== undefined) return heldUp;',
    replace: `if (heldUp !== undefined) return heldUp;
      if (open.holder === undefined) {
        void submitted(reported, startCommand(reported, open, deps));
        return granted(reported, open, deps);
      }`,
  },
  {
    name: 'result-taken-before-recorded',
    what: 'A worker is told that its result is recorded while that is still tried.',
    file: result,
    find: 'const outcome = await submitted(reported, command);',
    replace: 'void submitted(reported, command); const outcome = { ok: true };',
  },
  {
    name: 'never-offered-again',
    what: 'What was brought into the queue of an agent once is not offered again.',
    file: 'src/engine/attempts/offering.js',
    find: 'return offerAgainMs;',
    replace: 'return undefined;',
  },
  {
    name: 'level-not-asked',
    what: 'Agents are found by their skills alone, whatever their level.',
    file: 'machines/agents/match.js',
    find: 'isEnough(each.level, level)',
    replace: 'true',
  },
];
