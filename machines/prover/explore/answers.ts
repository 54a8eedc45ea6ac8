import { canonicalJson } from '../../../events/canonical-json.ts';
import type { ErrorData } from '../../../events/error-data.ts';
import { askedNow, namesAsked } from '../../agents/asked.ts';
import type { HumanTask, Task } from '../../task.ts';
import type { Move } from './move.ts';
import type { Open } from './pending-inputs.ts';
import type { Scene } from './scene.ts';

/** The codes of the failures that stand for all that are treated alike. */
const passing: ErrorData = { code: 'scenario.failed', message: 'the attempt failed', retryable: true };
const lasting: ErrorData = { code: 'scenario.broken', message: 'no attempt can succeed', retryable: false };

const people = ['ana', 'ben', 'cleo', 'dan', 'eva', 'finn', 'gus', 'hana', 'ivo', 'jo'];

/** Every answer that the world may give to a task, the plainest first; silence, where time would end it, last. */
export function answersTo(scene: Scene, open: Open): readonly Move[] {
  const { address, timer, state } = open;
  const of = { task: address, attempt: state.attempt };
  const silence: readonly Move[] = timer === undefined ? [] : [{ type: 'silence', ...of }];

  return [...spoken(scene, open), ...silence];
}

function spoken(scene: Scene, { address, task, state }: Open): readonly Move[] {
  const { candidates } = scene;
  const of = { task: address, attempt: state.attempt };
  switch (task.type) {
    case 'HUMAN': {
      const by = nextPerson(task, state);
      const given = candidates.answers(task.id);
      const approvals = given.map(
        (data): Move => ({
          type: 'approve',
          task: address,
          by,
          ...(data === undefined ? {} : { data }),
        }),
      );
      return [...approvals, { type: 'reject', task: address, by }];
    }
    case 'WAIT':
      if (task.signal === undefined)
        return [{ type: 'intervene', command: { kind: 'resolveTask', task: address, output: {} } }];
      return signalsFor(scene, task.id, task.signal);
    case 'SUB_WORKFLOW': {
      const ends = candidates
        .results(task.id)
        .map((output): Move => ({ type: 'endChild', ...of, status: 'COMPLETED', output }));
      const failures = failuresOf(task).map(
        (error): Move => ({ type: 'endChild', ...of, status: 'FAILED', error }),
      );
      return [...ends, ...failures];
    }
    default:
      return [
        ...candidates.results(task.id).map((output): Move => ({ type: 'complete', ...of, output })),
        ...failuresOf(task).map((error): Move => ({ type: 'fail', ...of, error })),
      ];
  }
}

/** A signal that came before and is kept, as nobody wanted it, is not wanted now. */
function signalsFor({ run, candidates }: Scene, task: string, name: string): readonly Move[] {
  const kept = new Set(
    run.state.signals?.filter((each) => each.name === name).map(({ data }) => canonicalJson(data)),
  );
  const fresh = candidates.signals(task).filter((data) => !kept.has(canonicalJson(data)));

  return fresh.map((data) => ({ type: 'signal', name, data }));
}

/** Whoever is asked and has not agreed yet. */
function nextPerson(task: HumanTask, state: Open['state']): string {
  const named = namesAsked(askedNow(task, state));
  const given = new Set(state.grants?.map(({ by }) => by));

  return (named.length === 0 ? people : named).find((name) => !given.has(name)) ?? 'zoe';
}

/**
 * The failures between which the definition tells a difference: one that another attempt may overcome, one that none
 * can, and one for each error code that it names.
 */
function failuresOf({ retry, catch: clauses }: Task): readonly ErrorData[] {
  const named = [...retry.nonRetryable, ...clauses.flatMap(({ errors }) => errors)];
  const codes = new Set(named.filter((code) => code !== '*'));

  return [
    passing,
    ...(retry.maxAttempts > 1 ? [lasting] : []),
    ...[...codes].map((code) => ({ code, message: `the attempt failed with ${code}`, retryable: true })),
  ];
}
