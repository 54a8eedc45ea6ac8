import type { Expression, Pattern, Statement, VariableDeclaration } from 'acorn';
import { binary, choice, listOf, nothing, same, truthOf } from '../cel/make.ts';
import type { Cel } from '../cel/tree.ts';
import type { Segment } from '../source/path.ts';
import { Untranslatable } from '../untranslatable.ts';

const depthMax = 8;

/** The value of a function, or of a script: what it returns, else the value of its last statement. */
export function translateBody({ body }: ScriptFunction, outer: ScriptNames, translator: Translator): Cel {
  if (outer.depth > depthMax) throw new Untranslatable('its functions call each other too deep');
  const env = { ...outer, depth: outer.depth + 1 };
  if (!Array.isArray(body)) return translator.expression(body as Expression, env);
  const statements = body as readonly Statement[];
  const declared = statements.flatMap((each) => (each.type === 'FunctionDeclaration' ? [each] : []));
  const functions = new Map(env.functions);
  for (const { id, params: names, body: inner } of declared) {
    if (id !== null) functions.set(id.name, { params: names.map(nameOf), body: inner.body });
  }
  const others = statements.filter(({ type }) => type !== 'FunctionDeclaration');
  if (others.length === 0 && declared.length > 0) throw new Untranslatable('a function that nobody calls');

  return valueAfter(others, { ...env, functions }, translator, nothing);
}

export function nameOf(pattern: Pattern): string {
  if (pattern.type === 'Identifier') return pattern.name;

  throw new Untranslatable('parameters that are taken apart');
}

/** `last`: the value of the statement before, which a script without `return` ends with. */
function valueAfter(
  statements: readonly Statement[],
  env: ScriptNames,
  translator: Translator,
  last: Cel,
): Cel {
  const [first, ...rest] = statements;
  if (first === undefined) return last;
  env.work.left -= 1;
  if (env.work.left < 0) throw new Untranslatable('it has too many branches one after another');
  switch (first.type) {
    case 'EmptyStatement':
      return valueAfter(rest, env, translator, last);
    case 'BlockStatement':
      return valueAfter([...first.body, ...rest], env, translator, last);
    case 'ReturnStatement':
      return first.argument ? translator.expression(first.argument, env) : nothing;
    case 'VariableDeclaration':
      return valueAfter(rest, withLocals(env, declared(first, env, translator)), translator, last);
    case 'ExpressionStatement': {
      const change = changeOf(first.expression, env, translator);
      if (change !== undefined) return valueAfter(rest, withLocals(env, [change]), translator, change[1]);
      return valueAfter(rest, env, translator, translator.expression(first.expression, env));
    }
    case 'IfStatement': {
      const when = truthOf(translator.expression(first.test, env));
      const yes = valueAfter([first.consequent, ...rest], env, translator, last);
      const no = valueAfter([...(first.alternate ? [first.alternate] : []), ...rest], env, translator, last);
      return choice(when, yes, no);
    }
    case 'SwitchStatement':
      return switchValue(first, rest, env, translator, last);
    default:
      throw new Untranslatable(reasons[first.type] ?? `a ${first.type} in a script`);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ForStatement: 'a for loop',
  ForInStatement: 'a for loop',
  ForOfStatement: 'a for loop',
  WhileStatement: 'a while loop',
  DoWhileStatement: 'a while loop',
  TryStatement: 'try and catch',
  ThrowStatement: 'throw: a failure made by a script',
};

type Switch = Extract<Statement, { type: 'SwitchStatement' }>;

/** Each case as a condition; a case without a `break` runs on into the next one. */
function switchValue(
  { discriminant, cases }: Switch,
  rest: readonly Statement[],
  env: ScriptNames,
  translator: Translator,
  last: Cel,
): Cel {
  const on = translator.expression(discriminant, env);
  const bodies = cases.map((_, index) => {
    const run = cases.slice(index).flatMap(({ consequent }) => consequent);
    const stop = run.findIndex(({ type }) => type === 'BreakStatement');
    return valueAfter([...(stop === -1 ? run : run.slice(0, stop)), ...rest], env, translator, last);
  });
  const fallback = cases.findIndex(({ test }) => !test);
  const otherwise = bodies[fallback] ?? valueAfter(rest, env, translator, last);

  return cases.reduceRight((no, { test }, index) => {
    if (!test) return no;
    return choice(same(on, translator.expression(test, env)), bodies[index] ?? nothing, no);
  }, otherwise);
}

function declared(
  { declarations }: VariableDeclaration,
  env: ScriptNames,
  translator: Translator,
): readonly (readonly [string, Cel])[] {
  let inner = env;

  return declarations.map(({ id, init }) => {
    const value = init ? translator.expression(init, inner) : nothing;
    const local = [nameOf(id), value] as const;
    inner = withLocals(inner, [local]);
    return local;
  });
}

/** A local that a statement changes: `x = ...`, `x += ...`, `x.a = ...` and `x.push(...)`. */
function changeOf(
  node: Expression,
  env: ScriptNames,
  translator: Translator,
): readonly [string, Cel] | undefined {
  if (node.type === 'AssignmentExpression') {
    const { left, operator, right } = node;
    if (left.type === 'Identifier') {
      const value =
        operator === '='
          ? right
          : ({ ...node, type: 'BinaryExpression', operator: operator.slice(0, -1), left, right } as never);
      return [left.name, translator.expression(value, env)];
    }
    if (left.type === 'MemberExpression' && operator === '=') {
      return memberChange(left, translator.expression(right, env), env);
    }
    throw new Untranslatable('an assignment to a part of something');
  }
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return undefined;
  const { object, property } = node.callee;
  if (object.type !== 'Identifier' || property.type !== 'Identifier' || property.name !== 'push')
    return undefined;
  const list = env.locals.get(object.name);
  if (list === undefined) throw new Untranslatable('push() on what is no local list');
  const items = node.arguments.map((each) => translator.expression(each as Expression, env));

  return [
    object.name,
    list.kind === 'list' ? listOf([...list.items, ...items]) : binary('+', list, listOf(items)),
  ];
}

type Member = Extract<Expression, { type: 'MemberExpression' }>;

function memberChange(
  { object, property, computed }: Member,
  value: Cel,
  env: ScriptNames,
): readonly [string, Cel] {
  const map = object.type === 'Identifier' ? env.locals.get(object.name) : undefined;
  const key =
    !computed && property.type === 'Identifier'
      ? property.name
      : property.type === 'Literal' && typeof property.value === 'string'
        ? property.value
        : undefined;
  if (object.type !== 'Identifier' || map?.kind !== 'map' || key === undefined) {
    throw new Untranslatable('an assignment to a part of something that is not made in the script');
  }
  const others = map.entries.filter(([name]) => name.kind !== 'literal' || name.value !== key);

  return [object.name, { kind: 'map', entries: [...others, [{ kind: 'literal', value: key }, value]] }];
}

/** What `$` is in a script: the inputs of its task. */
export type Inputs = {
  /** The value at `$.a.b[0]`. */
  readonly read: (path: readonly Segment[]) => Cel;
  readonly whole: () => Cel;
};

/** What a script can name at one place. */
export type ScriptNames = {
  readonly inputs: Inputs;
  readonly locals: ReadonlyMap<string, Cel>;
  readonly functions: ReadonlyMap<string, ScriptFunction>;
  /** Values that Conductor puts into the text before it is a script, by the name that stands for them. */
  readonly placeholders: ReadonlyMap<string, Cel>;
  /** How deep calls of functions are nested. */
  readonly depth: number;
  /** Statements that may still be followed: each `if` doubles what comes after it. */
  readonly work: { left: number };
};

export type ScriptFunction = {
  readonly params: readonly string[];
  readonly body: readonly Statement[] | Expression;
};

/** The two halves of the translator, for those parts that need both. */
export type Translator = {
  readonly expression: (node: Expression, env: ScriptNames) => Cel;
  readonly body: (code: ScriptFunction, env: ScriptNames) => Cel;
};

export function withLocals(env: ScriptNames, locals: Iterable<readonly [string, Cel]>): ScriptNames {
  return { ...env, locals: new Map([...env.locals, ...locals]) };
}
