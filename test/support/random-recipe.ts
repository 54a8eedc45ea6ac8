// What a random definition is made of: numbers alone, so that fast-check can make a failing one smaller. Which tasks
// they become is the business of random-definition.ts.
import fc from 'fast-check';

/** One task: numbers that choose its type, what it waits for and its options, and the lists of tasks inside of it. */
export type TaskRecipe = {
  readonly type: number;
  readonly dependencies: readonly number[];
  readonly traits: readonly number[];
  readonly inside: readonly (readonly TaskRecipe[])[];
};

export type Recipe = { readonly traits: readonly number[]; readonly tasks: readonly TaskRecipe[] };

/** Every number is below this. */
export const choicesMax = 1_000;

const choice = fc.nat({ max: choicesMax - 1 });
const traits = fc.array(choice, { minLength: 10, maxLength: 10, size: 'max' });

/** Definitions whose tasks stand inside of each other up to `depth` levels. */
export function recipes(depth: number): fc.Arbitrary<Recipe> {
  return fc.record({ traits, tasks: taskRecipes(depth, [8, 5, 3][depth] ?? 2) });
}

function taskRecipes(depth: number, tasksMax: number): fc.Arbitrary<readonly TaskRecipe[]> {
  return fc.array(taskRecipe(depth), { minLength: 1, maxLength: tasksMax, size: 'max' });
}

function taskRecipe(depth: number): fc.Arbitrary<TaskRecipe> {
  const inside = depth === 0 ? fc.constant([]) : insides(depth);

  return fc.record({
    type: choice,
    dependencies: fc.array(choice, { maxLength: 3, size: 'max' }),
    traits,
    inside,
  });
}

/** Most tasks have no body, and need not pay for one that nobody looks at. */
function insides(depth: number): fc.Arbitrary<readonly (readonly TaskRecipe[])[]> {
  const one = fc.array(taskRecipes(depth - 1, depth === 1 ? 3 : 2), {
    minLength: 1,
    maxLength: 2,
    size: 'max',
  });

  return fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: one });
}
