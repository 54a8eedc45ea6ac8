// Makes a definition of the numbers of a recipe: tasks of every type, joined, routed, nested, retried and undone in
// every way that the language has. Edges lead forwards only, so that the checker has little to refuse.
import type { Json } from '../../events/canonical-json.ts';
import { choicesMax, type Recipe, type TaskRecipe } from './random-recipe.ts';
import { commonKeys, type Draft, failureKeys, typeKeys } from './random-task.ts';

export type JsonMap = Readonly<Record<string, Json>>;

/** Which types a definition is made of: one listed twice is chosen twice as often. */
export type Palette = readonly string[];

/** The value of the key `workflow`. */
export function definitionOf(recipe: Recipe, palette: Palette): JsonMap {
  let made = 0;
  const nextId = (letter: string) => `${letter}${made++}`;
  const listed = listOf(recipe.tasks, false, false);
  const [timeout = 0, failure = 0, limit = 0, output = 0] = options(recipe);
  const [first] = listed.filter(({ type }) => type === undefined || type === 'TRANSFORM');
  const result = first === undefined || output < 100 ? 1 : `\${${String(first['id'])}.output.n}`;

  return {
    id: 'random',
    version: 1,
    variables: { count: 0 },
    tasks: listed,
    ...(timeout < 150 ? { timeout: '5m', timeout_policy: timeout < 100 ? 'fail' : 'alert' } : {}),
    ...(failure < 200 ? { failure_workflow: 'mend' } : {}),
    ...(limit < 80 ? { concurrency: { limit: 1 } } : {}),
    ...(output < 200 ? { output: { n: result } } : {}),
  };

  function listOf(recipes: readonly TaskRecipe[], inBranch: boolean, isInside: boolean): readonly JsonMap[] {
    const types = recipes.map((each, index) => {
      const type = typeOf(each, palette);
      // The task after it in a branch could never start.
      return type === 'TERMINATE' && inBranch && index < recipes.length - 1 ? 'SIMPLE' : type;
    });
    const ids = recipes.map(() => nextId('t'));
    const typed =
      (...wanted: readonly string[]) =>
      (id: string) =>
        wanted.includes(types[ids.indexOf(id)] ?? '');
    const before = recipes.map((recipe, index) => {
      const earlier = ids.slice(0, index).filter((id) => !typed('TERMINATE')(id));
      return inBranch ? [] : chosen(recipe.dependencies, earlier);
    });
    const undoers: JsonMap[] = [];
    const written = recipes.flatMap((recipe, index): readonly JsonMap[] => {
      const id = ids[index] ?? '';
      const dependsOn = before[index] ?? [];
      const aside: JsonMap[] = [];
      const draft: Draft = {
        id,
        type: types[index] ?? 'SIMPLE',
        traits: options(recipe),
        reads: (inBranch ? ids.slice(index - 1, index) : dependsOn).filter(typed('SIMPLE', 'TRANSFORM')),
        after: ids.slice(index + 1),
        free: ids.filter((_id, later) => later > index && before[later]?.includes(id) === false),
        dependsOn,
        isInside,
        branches: () => recipe.inside.map((each) => listOf(each, true, true)),
        body: () => listOf(recipe.inside[0] ?? [], false, true),
        another: (keys = {}, undoes = false) => {
          const extra = { id: nextId('x'), ...(keys['type'] === undefined ? { uses: 'noop' } : {}), ...keys };
          (undoes && inBranch ? undoers : aside).push(extra);
          return extra.id;
        },
      };

      return [{ ...commonKeys(draft), ...typeKeys(draft), ...failureKeys(draft) }, ...aside];
    });

    return [...written, ...undoers];
  }
}

/** The smaller the number, the plainer the definition that it makes: fast-check makes numbers smaller. */
function options({ traits }: Pick<Recipe, 'traits'>): readonly number[] {
  return traits.map((each) => choicesMax - 1 - each);
}

const nests: readonly string[] = ['FORK', 'FOR_EACH', 'DO_WHILE'];

function typeOf({ type, inside }: TaskRecipe, palette: Palette): string {
  const fitting = palette.filter((each) => nests.includes(each) === inside.length > 0);

  return fitting[type % fitting.length] ?? 'SIMPLE';
}

function chosen(numbers: readonly number[], ids: readonly string[]): readonly string[] {
  // A quarter of what could be waited for is not, so that several tasks begin with the run.
  return [...new Set(numbers.flatMap((each) => (each % 4 === 0 ? [] : (ids[each % ids.length] ?? []))))];
}
