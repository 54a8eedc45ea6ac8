import { z } from 'zod';
import type { Json } from '../../../events/canonical-json.ts';
import { isDynamic } from '../../task-names.ts';
import { type DurationLimits, parseDuration } from '../duration.ts';
import { suggest } from '../suggest.ts';

/** What people who know other workflow engines write, and what it is called here. */
const synonyms: Readonly<Record<string, string>> = {
  after: 'depends_on',
  agent: 'assigned_to',
  caseValueParam: 'decision_param',
  cases: 'decision_cases',
  command: 'run',
  condition: 'when',
  cron_expression: 'cron',
  decisionCases: 'decision_cases',
  defaultCase: 'default',
  each: 'for_each',
  evaluatorType: 'decision_param',
  event: 'on',
  except: 'catch',
  foreach: 'for_each',
  function: 'uses',
  handler: 'uses',
  if: 'when',
  inputParameters: 'input',
  inputs: 'input',
  needs: 'depends_on',
  on_error: 'catch',
  outputParameters: 'output',
  outputs: 'output',
  params: 'input',
  ref: 'id',
  requires_approval: 'wait_for_approval',
  retries: 'retry_policy',
  retry: 'retry_policy',
  schedule: 'cron',
  script: 'run',
  skills: 'requires',
  steps: 'tasks',
  taskReferenceName: 'id',
  timeoutSeconds: 'timeout',
  vars: 'variables',
  with: 'input',
};

/** What ids look like, of definitions and tasks alike. */
export const idPattern = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** An object whose unknown keys are errors, each with the key that was likely meant. `example` is one such mapping. */
export function strict<Shape extends z.core.$ZodLooseShape>(shape: Shape, example?: string) {
  const allowed = Object.keys(shape);

  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys')
        return issue.keys.map((key) => unknownKey(key, allowed)).join('\n');

      return expected(`a mapping${example === undefined ? '' : ` such as ${example}`}`)(issue);
    },
  });
}

/** The message of a key that the mapping does not have. */
export function unknownKey(key: string, allowed: readonly string[]): string {
  const synonym = Object.hasOwn(synonyms, key) ? synonyms[key] : undefined;
  const meant = synonym !== undefined && allowed.includes(synonym) ? synonym : suggest(key, allowed);

  return meant === undefined ? `unknown key "${key}"` : `unknown key "${key}"; did you mean "${meant}"?`;
}

/** `expected text, found a number`: for the `error` option of a schema. A missing value has its own message. */
export function expected(what: string) {
  return ({ input }: { readonly input?: unknown }): string | undefined =>
    input === undefined ? undefined : `expected ${what}, found ${kindOf(input)}${hint(what, input)}`;
}

/** The kind of a value, in words. */
export function kindOf(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string') return 'text';

  return `the ${typeof value} ${String(value)}`;
}

export const text = (what = 'text') => z.string({ error: expected(what) });

export const filled = (what = 'text') =>
  text(what).refine((value) => value.trim() !== '', { error: `expected ${what}, found an empty text` });

/** One value or a list of them; a list after parsing. */
export function oneOrMany<Item extends z.ZodType>(item: Item, what: string) {
  return z
    .union([item, z.array(item)], { error: expected(what) })
    .transform((value): readonly z.output<Item>[] =>
      Array.isArray(value) ? value : [value as z.output<Item>],
    );
}

export function listOf<Item extends z.ZodType>(item: Item, what: string) {
  return z.array(item, { error: expected(what) });
}

export function mapOf<Value extends z.ZodType>(value: Value, what: string) {
  return z.record(z.string(), value, { error: expected(what) });
}

/** One of the values. What was likely meant is told, unless a wrong `guess` would do harm. */
export function choice<const Values extends readonly [string, ...string[]]>(
  values: Values,
  { guess = true }: { readonly guess?: boolean } = {},
) {
  return z.enum(values, {
    error: ({ input }) => {
      if (input === undefined) return undefined;
      const meant = guess && typeof input === 'string' ? suggest(input, values) : undefined;
      const found = typeof input === 'string' ? `"${input}"` : kindOf(input);

      return `expected ${values.join(', ')}, found ${found}${meant === undefined ? '' : `; did you mean "${meant}"?`}`;
    },
  });
}

export const flag = () => z.boolean({ error: expected('true or false') });

export function integer(least: number, most?: number) {
  const what = most === undefined ? `an integer of at least ${least}` : `an integer from ${least} to ${most}`;
  const error = expected(what);
  const range = ({ input }: { readonly input?: unknown }) => `expected ${what}, found ${String(input)}`;
  const lower = z.int({ error }).min(least, { error: range });

  return most === undefined ? lower : lower.max(most, { error: range });
}

/** A part of a whole. */
export function share() {
  const what = 'a number from 0 to 1';
  const range = ({ input }: { readonly input?: unknown }) => `expected ${what}, found ${String(input)}`;

  return z
    .number({ error: expected(what) })
    .min(0, { error: range })
    .max(1, { error: range });
}

/** A duration in the text, milliseconds after parsing. */
export function duration(options: DurationLimits = {}) {
  return durationText().transform((value, context) => msOf(value, { ...options, context }));
}

/** The same, or expressions that give a duration when the task is scheduled. */
export function dynamicDuration(options: DurationLimits = {}) {
  return durationText().transform((value, context): number | string =>
    isDynamic(value) ? value : msOf(value, { ...options, context }),
  );
}

function durationText() {
  return z.string({
    error: ({ input }) =>
      typeof input === 'number'
        ? `a bare number is not a duration: write ${input}s`
        : expected('a duration such as 30s')({ input }),
  });
}

function msOf(
  value: string,
  { context, ...options }: DurationLimits & { readonly context: z.core.$RefinementCtx },
): number {
  const parsed = parseDuration(value, options);
  if (parsed.ok) return parsed.ms;
  const [message, code] = isDynamic(value)
    ? ['no expression is evaluated here: write a duration such as 30s', 'definition.misplaced-expression']
    : [parsed.reason, 'definition.bad-duration'];
  context.addIssue({ code: 'custom', message, params: { code } });

  return z.NEVER;
}

/** A CEL expression. `true` and `false` may stand unquoted. */
export const expression = () =>
  z.union([filled('an expression'), z.boolean()], { error: expected('an expression') }).transform(String);

/** Any value; its strings may hold `${expression}`. */
// Every value comes out of a YAML document, so it is JSON already; a transform would turn an absent key into null.
export const template = () => z.unknown() as unknown as z.ZodType<Json, Json>;

/** Text that may hold `${expression}`. */
export const textTemplate = (what = 'text') => filled(what);

export const id = () =>
  text('an id')
    .superRefine((value, context) => {
      if (idPattern.test(value)) return;
      const rule = 'lower-case letters, digits, _ and -, at most 63, beginning with a letter or digit';
      const message = `"${value.slice(0, 80)}" is not an id: ${rule}`;
      context.addIssue({ code: 'custom', message, params: { code: 'definition.bad-id' } });
    })
    .meta({ pattern: idPattern.source });

function hint(what: string, input: unknown): string {
  if (what === 'a list of tasks' && kindOf(input) === 'a mapping') {
    return '; write each as "- id: <name>"';
  }
  const isText = !/^(a list|a mapping|a number|an integer|a duration|true)|schema/.test(what);

  return isText && (typeof input === 'number' || typeof input === 'boolean')
    ? `; quote it: "${String(input)}"`
    : '';
}
