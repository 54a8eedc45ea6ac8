// Makes a definition of the numbers of a recipe: tasks of every type, joined, routed, nested, retried and undone in
// every way that the language has. Edges lead forwards only, so that the checker has little to refuse.
import type { Json } from '../../events/canonical-json.ts';
import { choicesMax, type Recipe, type TaskRecipe } from './random-recipe.ts';
import { commonKeys, type Draft, failureKeys, typeKeys } from './random-task.ts';

export type JsonMap = Readonly<Record<string, Json>>;

/** Which types a definition is made of: one listed twice is chosen twice as often. */
export type Palette = readonly string[];

/** What the tasks of a definition say, and what is said beside them. */
export type Dialect = {
  readonly keys: (draft: Draft) => JsonMap;
  readonly head: (tasks: readonly JsonMap[]) => JsonMap;
};

/** The value of the key `workflow`. */
export function definitionOf(recipe: Recipe, palette: Palette, dialect = broad(recipe)): JsonMap {
  let made = 0;
  const nextId = (letter: string) => `${letter}${made++}`;
  const listed = listOf(recipe.tasks, { inBranch: false, isInside: false, around: [] });

  return { id: 'random', version: 1, tasks: listed, ...dialect.head(listed) };

  function listOf(
    recipes: readonly TaskRecipe[],
    { inBranch, isInside, around }: Pick<Draft, 'isInside'> & { inBranch: boolean; around: Draft['seen'] },
  ): readonly JsonMap[] {
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
    const dependencies = recipes.map((recipe, index) => {
      const earlier = ids.slice(0, index).filter((id) => !typed('TERMINATE')(id));
      return inBranch ? [] : chosen(recipe.dependencies, earlier);
    });
    const seen: Draft['seen'][] = [];
    const undoers: JsonMap[] = [];
    const written = recipes.flatMap((recipe, index): readonly JsonMap[] => {
      const id = ids[index] ?? '';
      const dependsOn = dependencies[index] ?? [];
      const aside: JsonMap[] = [];
      const waitedFor = inBranch ? ids.slice(0, index) : dependsOn;
      const farther = waitedFor.flatMap((each) => [
        ...(seen[ids.indexOf(each)] ?? []),
        { id: each, type: types[ids.indexOf(each)] ?? 'SIMPLE' },
      ]);
      const before = [...new Map([...around, ...farther].map((each) => [each.id, each])).values()];
      seen.push(before);
      const draft: Draft = {
        id,
        type: types[index] ?? 'SIMPLE',
        traits: options(recipe),
        reads: (inBranch ? ids.slice(index - 1, index) : dependsOn).filter(typed('SIMPLE', 'TRANSFORM')),
        after: ids.slice(index + 1),
        free: ids.filter((_id, later) => later > index && dependencies[later]?.includes(id) === false),
        seen: before,
        dependsOn,
        isInside,
        branches: () =>
          recipe.inside.map((each) => listOf(each, { inBranch: true, isInside: true, around: before })),
        body: () => listOf(recipe.inside[0] ?? [], { inBranch: false, isInside: true, around: before }),
        another: (keys = {}, undoes = false) => {
          const isNobodys = keys['type'] === undefined && keys['assigned_to'] === undefined;
          const extra = { id: nextId('x'), ...(isNobodys ? { uses: 'noop' } : {}), ...keys };
          (undoes && inBranch ? undoers : aside).push(extra);
          return extra.id;
        },
      };

      return [{ id, ...dialect.keys(draft) }, ...aside];
    });

    return [...written, ...undoers];
  }
}

/** Everything that the language has, with few expressions: for laws that hold whatever a definition says. */
function broad(recipe: Recipe): Dialect {
  const [timeout = 0, failure = 0, limit = 0, output = 0] = options(recipe);

  return {
    keys: (draft) => ({ ...commonKeys(draft), ...typeKeys(draft), ...failureKeys(draft) }),
    head: (tasks) => {
      const [first] = tasks.filter(({ type }) => type === undefined || type === 'TRANSFORM');
      const result = first === undefined || output < 100 ? 1 : `\${${String(first['id'])}.output.n}`;
      return {
        variables: { count: 0 },
        ...(timeout < 150 ? { timeout: '5m', timeout_policy: timeout < 100 ? 'fail' : 'alert' } : {}),
        ...(failure < 200 ? { failure_workflow: 'mend' } : {}),
        ...(limit < 80 ? { concurrency: { limit: 1 } } : {}),
        ...(output < 200 ? { output: { n: result } } : {}),
      };
    },
  };
}

/** The smaller the number, the plainer the definition that it makes: fast-check makes numbers smaller. */
function options({ traits }: Pick<Recipe, 'traits'>): readonly number[] {
  return traits.map((each) => choicesMax - 1 - each);
}

const nests: readonly string[] = ['FORK', 'RACE', 'FOR_EACH', 'DO_WHILE'];

function typeOf({ type, inside }: TaskRecipe, palette: Palette): string {
  const fitting = palette.filter((each) => nests.includes(each) === inside.length > 0);

  return fitting[type % fitting.length] ?? 'SIMPLE';
}

function chosen(numbers: readonly number[], ids: readonly string[]): readonly string[] {
  // A quarter of what could be waited for is not, so that several tasks begin with the run.
  return [...new Set(numbers.flatMap((each) => (each % 4 === 0 ? [] : (ids[each % ids.length] ?? []))))];
}
