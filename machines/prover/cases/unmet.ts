import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import { localId, taskAt } from '../../chart/task-at.ts';
import { statusOf } from '../../chart/task-status.ts';
import { isMapping } from '../../language/mapping.ts';
import type { Run } from '../../run/run.ts';
import type { Scenario } from '../explore/scenario.ts';
import type { Expectation } from './test-case.ts';

/** What a case expected and did not find, each in words. */
export function unmet(expect: Expectation, scenario: Scenario, { state }: Run): readonly string[] {
  const { status, path = [], tasks = {}, output, error } = expect;
  const why = state.error === undefined ? '' : ` (${state.error.code}: ${state.error.message})`;
  const wrongStatus =
    status === undefined ? [] : differences('status', status, { found: state.status, shown: bare });
  const wrongTasks = Object.entries(tasks).flatMap(([address, wanted]) => {
    const task = taskAt(state, address);
    return differences(`tasks.${address}`, wanted, { found: task && statusOf(task.state), shown: bare });
  });

  return [
    ...wrongStatus.map((words) => words + why),
    ...(path.length === 0 ? [] : offPath(path, completed(scenario))),
    ...wrongTasks,
    ...(output === undefined ? [] : differences('output', output, { found: state.output })),
    ...(error === undefined ? [] : differences('error', error, { found: state.error })),
  ];
}

/** The tasks that completed, in their order. */
function completed({ parts }: Scenario): readonly string[] {
  const transitions = parts.flatMap(({ records }) => records.flatMap((record) => record.transitions));

  return transitions.flatMap(({ task, to }) =>
    task !== undefined && statusOf(to).startsWith('COMPLETED') ? [task] : [],
  );
}

function offPath(path: readonly string[], went: readonly string[]): readonly string[] {
  let from = 0;
  for (const [index, wanted] of path.entries()) {
    const found = went.findIndex((task, at) => at >= from && (task === wanted || localId(task) === wanted));
    if (found === -1) {
      const before = path[index - 1];
      const where = before === undefined ? '' : ` after ${before}`;
      const way = went.length === 0 ? 'no task did' : `these did: ${went.join(', ')}`;
      return [`expected ${wanted} to complete${where}; ${way}`];
    }
    from = found + 1;
  }

  return [];
}

type Found = { readonly found: unknown; readonly shown?: (value: Json) => string };

/** What is named has to be equal; of mappings more may be there. */
function differences(what: string, wanted: Json, { found, shown = canonicalJson }: Found): readonly string[] {
  if (isMapping(wanted) && isMapping(found as Json)) {
    const members = found as Readonly<Record<string, Json>>;
    return Object.entries(wanted).flatMap(([name, each]) =>
      differences(`${what}.${name}`, each, {
        found: Object.hasOwn(members, name) ? members[name] : undefined,
        shown,
      }),
    );
  }
  if (found !== undefined && canonicalJson(wanted) === canonicalJson(found as Json)) return [];
  const is = found === undefined ? 'there is none' : `it is ${shown(found as Json)}`;

  return [`expected ${what} ${shown(wanted)}, ${is}`];
}

/** Statuses read better without quotes; of other texts they tell "5" from 5. */
function bare(status: Json): string {
  return String(status);
}
