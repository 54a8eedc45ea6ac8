import { RE2JS } from 're2js';
import { canonicalJson, type Json } from '../../events/canonical-json.ts';
import type { InputProperty } from '../definition.ts';
import { kindOf } from './schema/shapes.ts';
import { didYouMean } from './suggest.ts';

/** What a value is checked against: an input property, or the `items` of one. */
export type ValueRules = Partial<Omit<InputProperty, 'required' | 'secret' | 'default'>>;
export type ValueFault = { readonly code: string; readonly message: string; readonly at: string };

const faultsMax = 20;

/** What is wrong with a value, most 20 faults. `secret` keeps the value itself out of the messages. */
export function checkValue(value: Json, rules: ValueRules, secret = false): readonly ValueFault[] {
  if (value === null && rules.nullable === true) return [];
  if (rules.type !== undefined && !hasType(value, rules.type)) {
    const found = secret ? '' : `, found ${shown(value)}`;
    return [{ code: 'input.mistyped', message: `expected ${typeWords[rules.type]}${found}`, at: '' }];
  }
  if (rules.enum !== undefined && !isListed(value, rules.enum)) {
    const found = secret ? '' : `, found ${shown(value)}`;
    const listed = rules.enum.map((each) => JSON.stringify(each)).join(', ');
    return [{ code: 'input.not-listed', message: `expected one of ${listed}${found}`, at: '' }];
  }

  return [
    ...textFaults(value, rules),
    ...numberFaults(value, rules),
    ...itemFaults(value, rules, secret),
    ...memberFaults(value, rules, secret),
  ];
}

/** What a result does not have of what its task is said to return, by the member: `.order.total: expected a number`. */
export function misfitOf(value: Json, rules: ValueRules): string | undefined {
  const faults = checkValue(value, rules);

  return faults.length === 0
    ? undefined
    : faults.map(({ at, message }) => `output${at}: ${message}`).join('; ');
}

/** Why a text is no pattern that can be matched in linear time, if it is none. */
export function patternFault(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern);

    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function hasType(value: Json, type: NonNullable<InputProperty['type']>): boolean {
  switch (type) {
    case 'string':
    case 'boolean':
      return typeof value === type;
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'integer':
      return Number.isSafeInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
  }
}

export const typeWords: Readonly<Record<NonNullable<InputProperty['type']>, string>> = {
  string: 'text',
  number: 'a number',
  integer: 'an integer',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
};

function textFaults(value: Json, { pattern, minLength, maxLength }: ValueRules): readonly ValueFault[] {
  if (typeof value !== 'string') return [];
  const length = [...value].length;
  const faults: ValueFault[] = [];
  if (minLength !== undefined && length < minLength) {
    faults.push({
      code: 'input.length',
      message: `expected at least ${minLength} characters, found ${length}`,
      at: '',
    });
  }
  if (maxLength !== undefined && length > maxLength) {
    faults.push({
      code: 'input.length',
      message: `expected at most ${maxLength} characters, found ${length}`,
      at: '',
    });
  }
  if (
    pattern !== undefined &&
    patternFault(pattern) === undefined &&
    !RE2JS.compile(pattern).matcher(value).find()
  ) {
    faults.push({ code: 'input.pattern', message: `the text does not match the pattern ${pattern}`, at: '' });
  }

  return faults;
}

function numberFaults(value: Json, { minimum, maximum }: ValueRules): readonly ValueFault[] {
  if (typeof value !== 'number') return [];
  const faults: ValueFault[] = [];
  if (minimum !== undefined && value < minimum) {
    faults.push({ code: 'input.range', message: `expected at least ${minimum}`, at: '' });
  }
  if (maximum !== undefined && value > maximum) {
    faults.push({ code: 'input.range', message: `expected at most ${maximum}`, at: '' });
  }

  return faults;
}

function itemFaults(value: Json, { items }: ValueRules, secret: boolean): readonly ValueFault[] {
  if (!Array.isArray(value) || typeof items !== 'object' || items === null || Array.isArray(items)) return [];
  const faults: ValueFault[] = [];
  for (const [index, item] of (value as readonly Json[]).entries()) {
    for (const fault of checkValue(item, items as ValueRules, secret)) {
      faults.push({ ...fault, at: `[${index}]${fault.at}` });
    }
    if (faults.length >= faultsMax) break;
  }

  return faults.slice(0, faultsMax);
}

function memberFaults(value: Json, { members, closed }: ValueRules, secret: boolean): readonly ValueFault[] {
  if (members === undefined || typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const given = value as Readonly<Record<string, Json>>;
  const own = Object.entries(members).flatMap(([name, rules]): readonly ValueFault[] => {
    const member = Object.hasOwn(given, name) ? given[name] : undefined;
    if (member !== undefined) {
      return checkValue(member, rules, secret).map((fault) => ({ ...fault, at: `.${name}${fault.at}` }));
    }
    const what = rules.type === undefined ? 'a value' : typeWords[rules.type];
    return rules.required
      ? [{ code: 'input.missing', message: `expected ${what}, and it is not there`, at: `.${name}` }]
      : [];
  });
  const unknown = closed === true ? Object.keys(given).filter((name) => !Object.hasOwn(members, name)) : [];
  const others = unknown.map((name) => ({
    code: 'input.unknown',
    message: `no such member${didYouMean(name, Object.keys(members))}`,
    at: `.${name}`,
  }));

  return [...own, ...others].slice(0, faultsMax);
}

function isListed(value: Json, list: readonly Json[]): boolean {
  const text = canonicalJson(value);

  return list.some((each) => canonicalJson(each) === text);
}

function shown(value: Json): string {
  if (typeof value !== 'string') return kindOf(value);

  return `the text ${JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}...` : value)}`;
}
