// Random expressions of a kind, made of what a task can see. What may be absent is read with a guard, or without one.
import type { Json } from '../../../../events/canonical-json.ts';
import type { Random } from '../../../simulation/kernel/random.ts';
import type { Draft } from '../../../support/random-task.ts';

export type Kind = 'number' | 'text' | 'flag' | 'list';

/** A value that an expression may read. `own`: made by the definition and its inputs alone. */
export type Source = { readonly path: string; readonly kind: Kind; readonly own: boolean };

export type Maker = (kind: Kind, options?: { readonly own?: boolean; readonly depth?: number }) => string;

/** What the tasks of each type give, as far as expressions read it. `k` is made without what others gave. */
const members: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  SIMPLE: { n: 'number', s: 'text', list: 'list', flag: 'flag' },
  TRANSFORM: { n: 'number', k: 'number', s: 'text', list: 'list', flag: 'flag' },
  SUB_WORKFLOW: { n: 'number', s: 'text' },
  WAIT: { timed_out: 'flag' },
  HUMAN: { decision: 'text', by: 'text' },
  DECISION: { case: 'text' },
  HTTP: { status: 'number' },
  FOR_EACH: { total: 'number', succeeded: 'number', results: 'list' },
  DO_WHILE: { iteration: 'number' },
};

const own: ReadonlySet<string> = new Set(['TRANSFORM.k', 'DO_WHILE.iteration']);

/** The members of the outputs of tasks. */
export function taskSources(seen: Draft['seen']): readonly Source[] {
  return seen.flatMap(({ id, type }) =>
    Object.entries(members[type] ?? {}).map(([name, kind]) => ({
      path: `${id}.output.${name}`,
      kind,
      own: own.has(`${type}.${name}`),
    })),
  );
}

const plain: Readonly<Record<Kind, string>> = { number: '1', text: "'x'", flag: 'false', list: '[1]' };

/** Makes expressions of the sources. `care` is the share of reads with a guard; `tasks` may be asked how they are. */
export function createMaker(
  random: Random,
  { sources, tasks, care }: { sources: readonly Source[]; tasks: readonly string[]; care: number },
): Maker {
  const make: Maker = (kind, { own: isOwn = false, depth = 2 } = {}) => {
    const inner = (of: Kind, owned = isOwn) => make(of, { own: owned, depth: depth - 1 });
    const fitting = sources.filter((each) => each.kind === kind && (!isOwn || each.own));
    if (fitting.length > 0 && (depth <= 0 || random.chance(0.55))) return read(random.pick(fitting));
    if (depth <= 0) return literal(kind);
    switch (kind) {
      case 'number':
        return number(inner);
      case 'text':
        return random.chance(0.4) ? literal(kind) : `string(${inner('number')})`;
      case 'flag':
        return flag(inner, isOwn);
      case 'list':
        return random.chance(0.5) ? literal(kind) : `[${inner('number')}, ${inner('number')}]`;
    }
  };

  return make;

  function number(inner: (of: Kind, owned?: boolean) => string): string {
    switch (random.between(0, 6)) {
      case 0:
        return literal('number');
      case 1:
        return `(${inner('number')} + ${inner('number')})`;
      case 2:
        return `(${inner('number')} - ${inner('number')})`;
      // Of what others give nothing is known: a divisor and a place in a list are the definition's own.
      case 3:
        return `(${inner('number')} / ${divisor(inner('number', true))})`;
      case 4:
        return `(${inner('flag')} ? ${inner('number')} : ${inner('number')})`;
      case 5:
        return `size(${inner('list')})`;
      default:
        return item(inner('list', true));
    }
  }

  function divisor(of: string): string {
    if (!random.chance(care)) return of;

    return random.chance(0.5) ? `(${of} == 0 ? 1 : ${of})` : `(${of} * ${of} + 1)`;
  }

  function item(list: string): string {
    return random.chance(care) ? `(size(${list}) > 0 ? ${list}[0] : 0)` : `${list}[0]`;
  }

  function flag(inner: (of: Kind) => string, isOwn: boolean): string {
    switch (random.between(0, isOwn || tasks.length === 0 ? 3 : 5)) {
      case 0:
        return `(${inner('number')} ${random.pick(['<', '>', '==', '>='])} ${inner('number')})`;
      case 1:
        return `(${inner('text')} == ${literal('text')})`;
      case 2:
        return `(${inner('flag')} ${random.pick(['&&', '||'])} ${inner('flag')})`;
      case 3:
        return `!${inner('flag')}`;
      default:
        return `(${random.pick(tasks)}.status ${random.pick(['==', '!='])} ${random.pick(["'COMPLETED'", "'SKIPPED'"])})`;
    }
  }

  function literal(kind: Kind): string {
    switch (kind) {
      case 'number':
        return String(random.between(0, 4));
      case 'text':
        return random.pick(["'x'", "'a'", "'approved'", "'NO_MATCH'"]);
      case 'flag':
        return random.pick(['true', 'false']);
      case 'list':
        return random.pick(['[]', '[1]', '[1, 2]']);
    }
  }

  function read({ path, kind }: Source): string {
    if (!random.chance(care)) return path;
    const [, before = '', last = ''] = /^(.*)\.(\w+)$/.exec(path) ?? [];
    const task = /^(\w+)\.output\./.exec(path)?.[1];
    switch (random.between(0, task === undefined ? 2 : 5)) {
      case 0:
        return `(has(${path}) ? ${path} : ${plain[kind]})`;
      case 1:
      case 2:
        return `${before}.?${last}.orValue(${plain[kind]})`;
      case 3:
        return `(${task}.output != null ? ${path} : ${plain[kind]})`;
      default:
        return `(${task}.status == 'COMPLETED' ? ${path} : ${plain[kind]})`;
    }
  }
}

/** An input of a definition: how it is declared, and what it may be given. */
export type Input = {
  readonly name: string;
  readonly kind: Kind;
  readonly declared: Readonly<Record<string, Json>>;
};

/** Up to four inputs, of which some may be left out. */
export function randomInputs(random: Random): readonly Input[] {
  return Array.from({ length: random.between(1, 4) }, (_, index): Input => {
    const kind = random.pick<Kind>(['number', 'number', 'flag', 'text', 'list']);
    const preset = random.chance(0.25) ? { default: presets[kind] } : {};
    return { name: `i${index}`, kind, declared: { ...rules(random, kind), ...preset } };
  });
}

const presets: Readonly<Record<Kind, Json>> = { number: 2, text: 'a', flag: false, list: [1] };

function rules(random: Random, kind: Kind): Readonly<Record<string, Json>> {
  switch (kind) {
    case 'number':
      return {
        type: random.pick(['integer', 'number']),
        ...(random.chance(0.4) ? { minimum: random.between(-1, 1) } : {}),
        ...(random.chance(0.3) ? { maximum: random.between(2, 9) } : {}),
      };
    case 'text':
      return { type: 'string', ...(random.chance(0.6) ? { enum: ['a', 'b', 'x'] } : {}) };
    case 'flag':
      return { type: 'boolean' };
    case 'list':
      return { type: 'array', items: { type: 'number' } };
  }
}
