import type { Json } from '../../../../events/canonical-json.ts';
import { member, named, plainMember } from '../cel/make.ts';
import type { Cel } from '../cel/tree.ts';
import type { Context } from '../context.ts';
import { createIds } from '../ids.ts';
import { type ConversionNotes, speaker } from '../report.ts';
import { dynamicJoinsOf } from '../source/expand-forks.ts';
import { below, isMap, isUnset, type JsonMap, listAt, mapAt, shown } from '../source/parse-json.ts';
import { type ConductorTask, tasksOf, withInner } from '../source/task.ts';

const kinds = new Set(['string', 'number', 'integer', 'boolean', 'array', 'object']);
const rules = ['description', 'default', 'enum', 'pattern', 'minimum', 'maximum', 'minLength', 'maxLength'];

/** What is known of the other definitions of the same import. */
export type OtherDefinitions = {
  readonly workflowId: (name: string) => string;
  readonly addDefinition: Context['addDefinition'];
  readonly taskDefinitions: ReadonlyMap<string, JsonMap>;
  /** Inputs that other definitions of the import give to this one. */
  readonly passed: ReadonlySet<string>;
};

export type WorkflowSource = {
  readonly raw: JsonMap;
  readonly name: string;
  readonly version: number;
  readonly pointer: string;
  /** Tasks that are read by their place in `tasks` only, because the checker knows no way to them. */
  readonly hidden: ReadonlySet<string>;
  /** What the checker has refused of a task on an earlier attempt, by reference name. */
  readonly refused: ReadonlyMap<string, string>;
};

export type Built = Context & {
  readonly inputs: ReturnType<typeof createInputs>;
  readonly variables: ReadonlySet<string>;
};

export function conversionContext(
  { raw, name, version, pointer, hidden, refused }: WorkflowSource,
  around: OtherDefinitions,
  report: ConversionNotes,
): Built {
  const all = tasksOf(raw['tasks'], below(pointer, 'tasks')).flatMap(withInner);
  const ids = createIds();
  // Names that are ids already keep theirs, whatever comes before them.
  const byRef = new Map<string, string>();
  const inOrder = [...all.filter(({ ref }) => isId(ref)), ...all.filter(({ ref }) => !isId(ref))];
  for (const { ref } of inOrder) if (!byRef.has(ref)) byRef.set(ref, ids.claim(ref));
  reportNames(all, byRef, report);
  const inputs = createInputs(raw, report, pointer, around.passed);
  const variables = new Set<string>();
  const tasks = new Map(all.map((task): [string, ConductorTask] => [task.ref, task]));
  const joins = [...dynamicJoinsOf(raw)].flatMap(([join, fork]): [string, ConductorTask][] => {
    const task = tasks.get(fork);
    return task === undefined ? [] : [[join, task]];
  });

  return {
    ...{ workflow: raw, name, version, pointer, report, tasks, hidden, refused, inputs, variables },
    ids: byRef,
    claimId: ids.claim,
    input: inputs.read,
    variable: (variable) => {
      variables.add(variable);
      return plainMember(plainMember(named('workflow'), 'variables'), variable);
    },
    taskDefinitions: around.taskDefinitions,
    dynamicJoins: new Map(joins),
    addDefinition: around.addDefinition,
    workflowId: around.workflowId,
    missingDefinitions: new Set(),
  };
}

function isId(ref: string): boolean {
  return /^[a-z0-9][a-z0-9_-]{0,62}$/.test(ref);
}

function reportNames(
  all: readonly ConductorTask[],
  ids: ReadonlyMap<string, string>,
  report: ConversionNotes,
): void {
  const seen = new Set<string>();
  for (const task of all) {
    const say = speaker(report, { task, pointer: task.pointer });
    const id = ids.get(task.ref);
    if (seen.has(task.ref)) {
      say.warning('taskReferenceName', 'two tasks have the same reference name, which Conductor refuses');
    } else if (id !== task.ref) {
      say.info('taskReferenceName', 'ids are lower case letters, digits, _ and -', {
        became: id ?? task.ref,
      });
    }
    seen.add(task.ref);
  }
}

/** The inputs of a definition: declared ones, and those that something reads. */
type Inputs = {
  /** How an expression reads an input. Reading one declares it. */
  readonly read: (name: string) => Cel;
  /** Whether there is an input that expressions call so. */
  readonly has: (id: string) => boolean;
  /** The value of `input:`; undefined when there is none. */
  readonly written: () => Json | undefined;
};

type Input = {
  readonly id: string;
  readonly required: boolean;
  readonly schema?: JsonMap;
  readonly initial: Json;
};

function createInputs(
  workflow: JsonMap,
  report: ConversionNotes,
  pointer: string,
  passed: ReadonlySet<string>,
): Inputs {
  const { say } = { say: speaker(report, { pointer }) };
  const schema = mapAt(mapAt(workflow, 'inputSchema'), 'data');
  const properties = mapAt(schema, 'properties');
  const required = new Set(listAt(schema, 'required').filter((name) => typeof name === 'string'));
  const template = mapAt(workflow, 'inputTemplate');
  const inputs = new Map<string, Input>();
  const ids = new Set<string>();
  const declare = (name: string): Input => {
    const known = inputs.get(name);
    if (known !== undefined) return known;
    const id = freeName(name, ids);
    if (id !== name) say.info('inputParameters', `"${name}" cannot be read by an expression`, { became: id });
    const typed = properties[name];
    const input: Input = {
      id,
      required: required.has(name) && template[name] === undefined,
      initial: template[name] ?? null,
      ...(isMap(typed) && typeof typed['type'] === 'string' && kinds.has(typed['type'])
        ? { schema: typed }
        : {}),
    };
    inputs.set(name, input);
    return input;
  };
  const listed = listAt(workflow, 'inputParameters').flatMap((each) => nameOf(each, say.warning));
  for (const name of [
    ...listed,
    ...Object.keys(template),
    ...Object.keys(properties),
    ...required,
    ...passed,
  ]) {
    declare(String(name));
  }
  if (!isUnset(schema)) reportSchema(properties, say.warning);
  if (!isUnset(workflow['inputSchema']) && isUnset(schema)) {
    say.warning(
      'inputSchema',
      'it only names a schema that stands elsewhere, so that the inputs have no types',
    );
  }

  return {
    read: (name) => readInput(declare(name)),
    has: (id) => ids.has(id),
    written: () => written([...inputs.values()], masked(workflow)),
  };
}

function readInput({ id, required, schema, initial }: Input): Cel {
  const input = plainMember(named('workflow'), 'input');
  // An optional input with a type has no value at all when it is not given: null would be of another type.
  const mayMiss = !required && schema !== undefined && initial === null && schema['default'] === undefined;

  return mayMiss ? member(input, id) : plainMember(input, id);
}

function masked(workflow: JsonMap): ReadonlySet<string> {
  return new Set(listAt(workflow, 'maskedFields').filter((name): name is string => typeof name === 'string'));
}

function nameOf(each: Json, warn: ReturnType<typeof speaker>['warning']): readonly string[] {
  if (typeof each === 'string') return [each];
  if (isMap(each) && typeof each['name'] === 'string') return [each['name']];
  warn('inputParameters', `${shown(each)} is no name of an input, so that it is left out`);

  return [];
}

function freeName(name: string, taken: Set<string>): string {
  const plain =
    name
      .replace(/\W+/g, '_')
      .replace(/^(?=\d)/, '_')
      .slice(0, 60) || 'unnamed';
  const base = ['__proto__', 'constructor', 'prototype'].includes(plain) ? `${plain}_input` : plain;
  let id = base;
  for (let count = 2; taken.has(id); count += 1) id = `${base}_${count}`;
  taken.add(id);

  return id;
}

function written(inputs: readonly Input[], secrets: ReadonlySet<string>): Json | undefined {
  if (inputs.length === 0) return undefined;
  const typed = inputs.filter(({ schema, id }) => schema !== undefined || secrets.has(id));
  const required = inputs.filter((input) => input.required).map(({ id }) => id);
  const optional = inputs.filter((input) => !input.required && !typed.includes(input));

  return {
    ...(required.length === 0 ? {} : { required }),
    ...(optional.length === 0 ? {} : { optional: optional.map(({ id, initial }) => ({ [id]: initial })) }),
    ...(typed.length === 0
      ? {}
      : {
          properties: Object.fromEntries(
            typed.map((input) => [input.id, property(input, secrets.has(input.id))]),
          ),
        }),
  };
}

function property({ schema = {}, initial, required }: Input, secret: boolean): Json {
  const kept = rules.flatMap((rule): [string, Json][] => {
    const value = schema[rule];
    return value === undefined || value === null ? [] : [[rule, value]];
  });
  const type = schema['type'];
  const byDefault = initial === null && (type !== undefined || required) ? {} : { default: initial };

  return {
    ...(type === undefined ? {} : { type }),
    ...Object.fromEntries(kept),
    ...byDefault,
    ...(secret ? { secret: true } : {}),
  };
}

function reportSchema(properties: JsonMap, warn: ReturnType<typeof speaker>['warning']): void {
  for (const [name, schema] of Object.entries(properties)) {
    if (!isMap(schema)) continue;
    const beyond = Object.keys(schema).filter((key) => key !== 'type' && !rules.includes(key));
    const type = schema['type'];
    if (beyond.length > 0) {
      warn('inputSchema', `of "${name}" ${beyond.join(', ')} is not checked when a run is started`);
    }
    if (typeof type !== 'string' || !kinds.has(type)) {
      warn('inputSchema', `"${name}" has no single type that is known here, so that any value goes`);
    }
  }
}
