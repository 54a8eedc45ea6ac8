import { listAt } from '../source/parse-json.ts';
import { branchesOf } from '../source/task.ts';
import { build, type Convert, type Given, reportUnusedPolicies, single } from './build.ts';

/** JOIN: waits for the tasks it names, which are the ends of the branches before it. */
export const convertJoin: Convert = (given) => {
  const { task, place, scope, previous } = given;
  reportUnusedPolicies(task, place);
  const fork = scope.context.dynamicJoins.get(task.ref);
  if (fork !== undefined) return single(build(given, 'JOIN', {}));
  const ends =
    previous?.type === 'FORK_JOIN' ? branchesOf(previous).map((branch) => branch.at(-1)?.ref ?? '') : [];
  const named = listAt(task.raw, 'joinOn').filter((ref): ref is string => typeof ref === 'string');
  if (named.length === 0 && ends.length > 0) {
    place.say.info('joinOn', 'it names no task, so it waits for the end of every branch');
  }
  const refs = inReach(given, named.length > 0 ? named : ends);
  if (refs.length === 0 && given.after.length === 0) return single(build(given, 'NOOP', {}));

  if (refs.length === 0) return single(build(given, 'JOIN', {}));

  // It goes on when these are done, while other branches of the FORK may still be under way.
  return single(
    build(named.length === 0 ? given : { ...given, after: [] }, 'JOIN', { fields: { join_on: refs } }),
  );
};

/** EXCLUSIVE_JOIN: goes on with whatever one of its tasks was done. */
export const convertExclusiveJoin: Convert = (given) => {
  const { task, place } = given;
  reportUnusedPolicies(task, place);
  const texts = (key: string): readonly string[] =>
    listAt(task.raw, key).filter((ref): ref is string => typeof ref === 'string');
  const defaults = texts('defaultExclusiveJoinTask');
  const refs = inReach(given, [...new Set([...texts('joinOn'), ...defaults])]);
  if (refs.length === 0) return single(build(given, given.after.length === 0 ? 'NOOP' : 'JOIN', {}));
  if (defaults.length > 0) {
    place.say.info(
      'defaultExclusiveJoinTask',
      'the JOIN starts when all before it is settled; whoever reads its output takes the first of its tasks that was done',
      { became: 'join_on' },
    );
    return single(build(given, 'JOIN', { fields: { join_on: refs } }));
  }
  place.say.info('EXCLUSIVE_JOIN', 'it goes on as soon as one of its tasks is done', { became: 'join: any' });

  return single(build({ ...given, after: [] }, 'JOIN', { fields: { join: 'any', join_on: refs } }));
};

/** The ids of tasks that a JOIN here can name. Others are settled or unreachable by then; the report names them. */
function inReach({ place, scope, id }: Given, refs: readonly string[]): readonly string[] {
  const { ids } = scope.context;
  const known = refs.filter((ref) => scope.reach.has(ref));
  for (const ref of refs.filter((each) => !known.includes(each))) {
    const reason = ids.has(ref)
      ? `"${ref}" is in another list of tasks, or can never be reached`
      : `the definition has no task "${ref}"`;
    place.say.warning('joinOn', `${reason}, so that the JOIN does not wait for it`);
  }

  return known.map((ref) => ids.get(ref) ?? ref).filter((each) => each !== id);
}
