// Random tasks about what the proof is about: what may be absent, divide by nothing, go by a name that nobody has, or
// wait for what never comes. Everything is random, also how careful the author is.
import type { Json } from '../../../../events/canonical-json.ts';
import { createRandom, type Random } from '../../../simulation/kernel/random.ts';
import type { Dialect, JsonMap } from '../../../support/random-definition.ts';
import type { Recipe } from '../../../support/random-recipe.ts';
import { type Draft, racingBranches } from '../../../support/random-task.ts';
import {
  createMaker,
  type Input,
  type Maker,
  randomInputs,
  type Source,
  taskSources,
} from './expressions.ts';

/** What a planted WAIT waits for: no signal of this name holds its `match`. */
export const vainSignal = 'vain';

const vain = [
  'signal.data.n > 3 && signal.data.n < 2',
  "signal.data.s == 'a' && signal.data.s == 'b'",
  'signal.data.ok == true && signal.data.ok == false',
];

type Author = {
  readonly care: number;
  readonly inputs: readonly Input[];
  /** Its names come from lists in which all are known. */
  readonly knowsNames: boolean;
};

/** A task that is being written. */
type Writing = {
  readonly draft: Draft;
  readonly random: Random;
  readonly make: Maker;
  readonly span: (fixed: string) => string;
  readonly author: Author;
};

/** What the tasks of a recipe say. */
export function proofDialect(recipe: Recipe): Dialect {
  const random = createRandom(seedOf(recipe.traits));
  const inputs = randomInputs(random);
  const author: Author = {
    care: random.pick([0.3, 0.7, 0.9, 0.97, 1]),
    inputs,
    knowsNames: random.chance(0.9),
  };
  const required = inputs.filter(({ declared }) => declared['default'] === undefined && random.chance(0.6));
  const written: { readonly id: string; readonly type: string }[] = [];

  return {
    keys: (draft) => {
      const own = createRandom(seedOf([...draft.traits, ...Buffer.from(draft.id)]));
      if (!draft.isInside) written.push({ id: draft.id, type: draft.type });
      const make = makerFor(own, author, draft.seen, draft.isInside);
      return taskKeys({ draft, random: own, make, span: spanMaker(own, make, author.care), author });
    },
    head: () => {
      const make = makerFor(random, author, written, false);
      return {
        input: {
          properties: {
            ...Object.fromEntries(inputs.map(({ name, declared }) => [name, declared])),
            who: { type: 'string', enum: ['ANA', author.knowsNames ? 'BEN' : 'GHOST'] },
            kid: { type: 'string', enum: ['child', author.knowsNames ? 'other' : 'ghost'] },
          },
          required: [...required.map(({ name }) => name), 'who', 'kid'],
        },
        variables: { count: 0 },
        ...(random.chance(0.5) ? { output: { r: `\${${make('number')}}`, t: `\${${make('text')}}` } } : {}),
        ...(random.chance(0.1) ? { timeout: '1h' } : {}),
      };
    },
  };
}

function seedOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => (Math.imul(sum, 31) + each) | 0, 17);
}

function makerFor(random: Random, author: Author, seen: Draft['seen'], isInside: boolean): Maker {
  const inputs = author.inputs.map(
    ({ name, kind }): Source => ({ path: `workflow.input.${name}`, kind, own: true }),
  );
  const variables: Source[] = [
    { path: 'workflow.variables.count', kind: 'number', own: true },
    { path: 'workflow.variables.late', kind: 'number', own: true },
  ];
  const isSet = seen.some(({ type }) => type === 'SET_VARIABLE') && !isInside;
  const sources = [...inputs, ...inputs, ...variables.slice(0, isSet ? 2 : 1), ...taskSources(seen)];

  return createMaker(random, { sources, tasks: seen.map(({ id }) => id), care: author.care });
}

function taskKeys(writing: Writing): JsonMap {
  const { draft, random, make } = writing;
  const { dependsOn, type } = draft;
  const own = (makers[type] ?? makers['SIMPLE'])?.(writing) ?? {};

  return {
    ...(dependsOn.length === 0 ? {} : { depends_on: dependsOn, ...joinKeys(random, dependsOn.length) }),
    ...(random.chance(0.25) ? { when: make('flag') } : {}),
    ...own,
    ...(type === 'TERMINATE' ? {} : failureKeys(writing)),
  };
}

function joinKeys(random: Random, count: number): JsonMap {
  if (random.chance(0.5)) return {};
  if (random.chance(0.5)) return { join: 'all_done' };
  if (count < 2) return {};

  return random.chance(0.5)
    ? { join: 'any', ...(random.chance(0.3) ? { cancel_rest: true } : {}) }
    : { join: random.between(1, count) };
}

/** Whoever carries these out may have codes of their own. */
const raisesOdd: ReadonlySet<string> = new Set([
  'SIMPLE',
  'SUB_WORKFLOW',
  'FORK',
  'RACE',
  'FOR_EACH',
  'DO_WHILE',
]);

/** What else happens when the task fails, and what undoes it. */
function failureKeys({ draft, random, make, author }: Writing): JsonMap {
  const { another, free, id } = draft;
  const after = makerFor(random, author, [...draft.seen, draft], draft.isInside);
  const standIn = () =>
    free.length > 0 && random.chance(0.3)
      ? random.pick(free)
      : another({ type: 'TRANSFORM', output: { n: `\${${make('number')}}`, s: `\${${after('text')}}` } });
  const caught = random.chance(0.5) && raisesOdd.has(draft.type) ? ['odd'] : ['*'];

  return {
    ...(random.chance(0.15) ? { optional: true } : {}),
    ...(random.chance(0.1) ? { fallback: standIn() } : {}),
    ...(random.chance(0.12) ? { catch: [{ errors: caught, next: standIn() }] } : {}),
    // What is undone in a branch that lost a race is undone while the run goes on.
    ...(random.chance(draft.isInside ? 0.5 : 0.08)
      ? { compensate: another({ assigned_to: 'ANA', input: { of: `\${${after('number')}}`, id } }, true) }
      : {}),
    ...(random.chance(0.15)
      ? { retry_policy: { max_attempts: 2, ...(random.chance(0.2) ? { on_exhausted: 'pause' } : {}) } }
      : {}),
  };
}

/** Makes durations, half of them of an expression. What others give may be any number: it is the author's own. */
function spanMaker(random: Random, make: Maker, care: number): (fixed: string) => string {
  return (fixed) => {
    if (random.chance(0.5)) return fixed;
    const number = make('number', { own: true });
    const counted = `\${${number} >= 1 && ${number} <= 90 ? ${number} : 30}s`;

    return random.pick([
      `\${${make('flag')} ? '${fixed}' : '1m'}`,
      `\${duration(${make('flag')} ? '${fixed}' : '90s')}`,
      random.chance(care) ? counted : `\${${number}}s`,
    ]);
  };
}

const makers: Readonly<Record<string, (writing: Writing) => JsonMap>> = {
  SIMPLE: ({ random, make, span }) => ({
    ...(random.chance(0.3) ? { assigned_to: '${workflow.input.who}' } : { assigned_to: 'ANA' }),
    input: { v: `\${${make('number')}}`, t: `is \${${make('text')}}` },
    ...(random.chance(0.8)
      ? { output: ['n', 's', 'list', 'flag'] }
      : { output: { n: '${result.n}', k: `\${${make('number')}}`, list: '${result.list}' } }),
    ...(random.chance(0.15) ? { timeout: span('30s'), timeout_policy: random.pick(['retry', 'fail']) } : {}),
    ...(random.chance(0.1) ? { output_to: `out/\${${make('text')}}.json` } : {}),
  }),
  NOOP: () => ({ type: 'NOOP' }),
  HTTP: ({ make, span }) => ({
    type: 'HTTP',
    request: { url: `https://example.test/\${${make('text')}}`, body: { v: `\${${make('number')}}` } },
    timeout: span('20s'),
  }),
  TRANSFORM: ({ make }) => ({
    type: 'TRANSFORM',
    output: {
      n: `\${${make('number')}}`,
      k: `\${${make('number', { own: true })}}`,
      s: `\${${make('text')}}`,
      list: `\${${make('list')}}`,
      flag: `\${${make('flag')}}`,
    },
  }),
  SET_VARIABLE: ({ random, make }) => ({
    type: 'SET_VARIABLE',
    variables: { [random.pick(['count', 'late'])]: `\${${make('number', { own: true })}}` },
  }),
  JOIN: ({ draft: { dependsOn } }) => ({ type: dependsOn.length === 0 ? 'NOOP' : 'JOIN' }),
  TERMINATE: ({ random, make, draft }) => ({
    type: 'TERMINATE',
    reason: `as \${${make('text')}}`,
    ...random.pick<JsonMap>([
      { status: random.pick(['COMPLETED', 'FAILED', 'TERMINATED']) },
      ...(draft.isInside ? [{ status: random.pick(['COMPLETED', 'FAILED']), scope: 'body' }] : []),
    ]),
  }),
  WAIT: ({ random, make, span }) => ({
    type: 'WAIT',
    ...random.pick<JsonMap>([
      ...vain.map((match) => ({ signal: vainSignal, match })),
      { duration: span('5s') },
      { signal: 'go' },
      { signal: 'go-${workflow.input.who}' },
      { signal: 'go', match: `signal.data.n >= ${make('number')}` },
      { signal: 'go', match: `${make('flag')}` },
    ]),
    ...(random.chance(0.5)
      ? { timeout: span('20s'), on_timeout: random.pick(['continue', 'continue', 'fail']) }
      : {}),
  }),
  HUMAN: ({ random, make, span }) => ({
    type: 'HUMAN',
    input: { v: `\${${make('number')}}` },
    ...(random.chance(0.4) ? { approvers: { names: ['${workflow.input.who}'] } } : {}),
    form: { properties: { discount: { type: 'number' } } },
    ...(random.chance(0.4)
      ? { timeout: span('40s'), on_timeout: random.pick(['fail', 'approve', 'reject']) }
      : {}),
    on_reject: random.pick(['continue', 'fail']),
  }),
  SUB_WORKFLOW: ({ random, make }) => ({
    type: 'SUB_WORKFLOW',
    workflow: random.chance(0.7) ? 'child' : '${workflow.input.kid}',
    input: { amount: `\${${make('number')}}` },
  }),
  DECISION: ({ draft, random, make }) => decisionKeys(draft, random, make),
  FORK: ({ draft: { branches }, random }) => ({ type: 'FORK', branches: branches(), ...tolerance(random) }),
  RACE: ({ draft, random }) => ({ type: 'FORK', branches: racingBranches(draft), ...tolerance(random) }),
  FOR_EACH: ({ draft: { body }, random, make }) => ({
    type: 'FORK',
    for_each: `\${${make('list')}}`,
    tasks: body(),
    ...tolerance(random),
  }),
  DO_WHILE: (writing) => ({
    type: 'DO_WHILE',
    tasks: tasksOfLoop(writing),
    loop_condition: `loop.iteration < 2 && ${writing.make('flag')}`,
    max_iterations: 4,
  }),
};

/** The body of a loop, often with a task more that leaves the loop. */
function tasksOfLoop({ draft, random, author }: Writing): readonly JsonMap[] {
  const tasks = draft.body();
  const waited = tasks.find(({ id, type }) => String(id).startsWith('t') && type !== 'TERMINATE');
  if (waited === undefined || random.chance(0.2)) return tasks;
  const { id, type = 'SIMPLE' } = waited;
  const seen = [...draft.seen, { id: String(id), type: String(type) }];
  const when = makerFor(random, author, seen, true)('flag');
  const leaving = { type: 'TERMINATE', status: 'COMPLETED', scope: 'loop', when };

  return [...tasks, { id: `${draft.id}_left`, depends_on: String(id), ...leaving }];
}

function tolerance(random: Random): JsonMap {
  return random.chance(0.3) ? { tolerate_failures: 1 } : {};
}

function decisionKeys({ after, another }: Draft, random: Random, make: Maker): JsonMap {
  const target = () =>
    after.length > 0 && random.chance(0.6)
      ? random.pick(after)
      : another({ type: 'TRANSFORM', output: { n: 1 } });
  const [param, first, second] = random.pick([
    [make('flag'), 'true', 'false'],
    [make('text'), 'a', 'approved'],
    [make('number'), '0', '1'],
  ]) as [string, string, string];

  return {
    type: 'DECISION',
    decision_param: param,
    decision_cases: {
      [first]: { next: target(), ...(random.chance(0.2) ? { condition: make('flag') } : {}) },
      [second]: { next: target() },
    } as Json,
    ...(random.chance(0.4) ? { default: target() } : {}),
  };
}
