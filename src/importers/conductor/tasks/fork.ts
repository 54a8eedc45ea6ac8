import { innerScope, takeOver } from '../context.ts';
import { branchesOf } from '../source/task.ts';
import { build, type Convert, single } from './build.ts';
import { reportUnusedPolicies } from './fields.ts';

/** FORK_JOIN: each list of tasks is a branch. */
export const convertFork: Convert = (given) => {
  const { task, place, scope, convertList } = given;
  reportUnusedPolicies(task, place);
  const branches = branchesOf(task).map((tasks) => {
    const inner = innerScope(scope, { list: 'branch' });
    return { inner, converted: convertList(tasks, inner, { after: [], before: undefined }) };
  });
  for (const { inner } of branches) takeOver(scope, inner);
  if (branches.length === 0) {
    place.say.info('FORK_JOIN', 'it has no tasks in its branches', { became: 'NOOP' });
    return single(build(given, 'NOOP', {}));
  }

  return single(
    build(given, 'FORK', { nested: { branches: branches.map(({ converted }) => converted.emitted) } }),
  );
};
