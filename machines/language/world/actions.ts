import type { Json } from '../../../events/canonical-json.ts';
import { inWords, type ValueType } from '../../expressions/typing/typing.ts';
import type { Finding } from '../finding.ts';
import { isMapping } from '../mapping.ts';
import type { Outline, TaskSite } from '../outline.ts';
import { namesInScope } from '../references/known-outputs.ts';
import { shapeOfGiven } from '../references/type-rules.ts';
import { kindOf } from '../schema/shapes.ts';
import { didYouMean } from '../suggest.ts';
import type { Path } from '../text/yaml-node.ts';
import { isComputed } from './names.ts';
import type { JsonSchema, KnownAction, KnownWorld } from './world.ts';

/** Actions that `uses:` names are there, and get what they take. */
export function checkActions(outline: Outline, { actions }: KnownWorld): readonly Finding[] {
  if (actions === undefined) return [];
  const names = Object.keys(actions);
  const { sites, definition, graph } = outline;

  return sites.flatMap((site): readonly Finding[] => {
    const { task, path } = site;
    if (task.type !== 'SIMPLE' || task.performer.kind !== 'uses' || isComputed(task.performer.action))
      return [];
    const name = task.performer.action;
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (action !== undefined) {
      const visible = { definition, graph, names: namesInScope(site, 'input', graph) };
      return actionInput(name, action, { ...site, typeOf: (value) => shapeOfGiven(value, visible).type });
    }
    const message = `there is no action "${name}"${didYouMean(name, names) || `; there are ${names.join(', ')}`}`;

    return [{ code: 'definition.unknown-action', message, path: [...path, 'uses'] }];
  });
}

/** What is known of a value before its expressions are evaluated. */
type TypeOf = (value: Json) => ValueType;

function actionInput(
  name: string,
  { input: schema }: KnownAction,
  { raw, path, typeOf }: Pick<TaskSite, 'raw' | 'path'> & { readonly typeOf: TypeOf },
): readonly Finding[] {
  const given = raw['input'] ?? {};
  const place = raw['input'] === undefined ? [...path, 'uses'] : [...path, 'input'];
  // One expression gives whatever it gives.
  if (typeof given === 'string' && isComputed(given)) return [];
  if (!isMapping(given)) {
    if (fits(given, schema, typeOf)) return [];
    const wanted = schema.type === 'object' ? 'takes a mapping' : `does not take this: ${wantedBy(schema)}`;
    return [
      { code: 'definition.wrong-type', message: `${name} ${wanted}, found ${kindOf(given)}`, path: place },
    ];
  }
  const missing = (schema.required ?? []).filter((each) => given[each] === undefined);

  return [
    ...missing.map((each) => ({
      code: 'definition.missing-key',
      message: `${name} needs the input "${each}", which is not given`,
      path: place,
    })),
    ...Object.entries(given).flatMap(([member, value]) =>
      memberFinding(name, { member, value, schema, path: place, typeOf }),
    ),
  ];
}

type Member = {
  readonly member: string;
  readonly value: Json;
  /** Of the input that it is in. */
  readonly schema: JsonSchema;
  readonly path: Path;
  readonly typeOf: TypeOf;
};

function memberFinding(
  name: string,
  { member, value, schema: whole, path, typeOf }: Member,
): readonly Finding[] {
  const { properties = {} } = whole;
  const schema = Object.hasOwn(properties, member) ? properties[member] : undefined;
  if (schema === undefined) {
    if (whole.additionalProperties !== false) return [];
    const known = Object.keys(properties);
    const rest = didYouMean(member, known) || `; it takes ${known.join(', ')}`;
    const message = `${name} takes no input "${member}"${rest}`;
    return [{ code: 'definition.undeclared-input', message, path: [...path, member], at: 'key' }];
  }
  if (fits(value, schema, typeOf)) return [];
  const shown = `${name} does not take ${JSON.stringify(value).slice(0, 60)} as "${member}"`;
  if (typeof value === 'string' && isComputed(value)) {
    const message = `${shown}, which gives ${inWords(typeOf(value))}: ${wantedBy(schema)}`;
    return [{ code: 'definition.wrong-type', message, path: [...path, member] }];
  }

  return [
    { code: 'definition.bad-value', message: `${shown}: ${wantedBy(schema)}`, path: [...path, member] },
  ];
}

/** Whether a value may be what the schema asks for, as far as it is known. */
function fits(value: Json, schema: JsonSchema, typeOf: TypeOf): boolean {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return choices.some((each) => fits(value, each, typeOf));
  const types = schema.type === undefined ? [] : [schema.type].flat();
  if (typeof value === 'string' && isComputed(value)) {
    const given = typeOf(value);
    return given === 'any' || types.length === 0 || types.some((type) => jsonTypes[given]?.includes(type));
  }
  if (schema.enum !== undefined && !schema.enum.includes(value)) return false;
  if (schema.const !== undefined && schema.const !== value) return false;
  if (types.length > 0 && !types.some((type) => isOfType(value, type))) return false;

  return partsFit(value, schema, typeOf);
}

const jsonTypes: Readonly<Partial<Record<ValueType, readonly string[]>>> = {
  text: ['string'],
  number: ['number', 'integer'],
  boolean: ['boolean'],
  list: ['array'],
  map: ['object'],
  null: ['null'],
};

function partsFit(
  value: Json,
  { items, properties = {}, required = [] }: JsonSchema,
  typeOf: TypeOf,
): boolean {
  if (Array.isArray(value))
    return items === undefined || (value as readonly Json[]).every((item) => fits(item, items, typeOf));
  if (!isMapping(value)) return true;

  return (
    required.every((name) => value[name] !== undefined) &&
    Object.entries(properties).every(([name, schema]) => {
      const member = Object.hasOwn(value, name) ? value[name] : undefined;
      return member === undefined || fits(member, schema, typeOf);
    })
  );
}

function isOfType(value: Json, type: string): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'null') return value === null;
  if (type === 'object') return isMapping(value);

  return typeof value === type;
}

function wantedBy({ enum: choices, type }: JsonSchema): string {
  if (choices !== undefined) return `one of ${choices.map((each) => JSON.stringify(each)).join(', ')}`;

  return type === undefined ? 'something else is expected' : `expected ${[type].flat().join(' or ')}`;
}
