/** An expression of ours, made by the import. Printed by `print.ts`. */
export type Cel =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'name'; readonly name: string }
  /** `safe`: null when anything on the way is missing, as Conductor has it. */
  | { readonly kind: 'member'; readonly of: Cel; readonly key: Cel; readonly safe: boolean }
  | { readonly kind: 'list'; readonly items: readonly Cel[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [Cel, Cel])[] }
  | { readonly kind: 'unary'; readonly operator: '!' | '-'; readonly of: Cel }
  | {
      readonly kind: 'binary';
      readonly operator: Operator;
      readonly left: Cel;
      readonly right: Cel;
      /** A comparison that converts nothing in the script either (`===`). */
      readonly strict?: true;
    }
  | { readonly kind: 'choice'; readonly when: Cel; readonly yes: Cel; readonly no: Cel }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Cel[] }
  | { readonly kind: 'method'; readonly on: Cel; readonly name: string; readonly args: readonly Cel[] }
  | {
      readonly kind: 'loop';
      readonly loop: LoopName;
      readonly over: Cel;
      readonly variable: string;
      readonly body: Cel;
    }
  /** The first of several safe members that is there; null when none is. */
  | { readonly kind: 'either'; readonly options: readonly Cel[] }
  /** A safe member with another value than null for what is missing. */
  | { readonly kind: 'or-value'; readonly of: Cel; readonly value: Cel };

export type LoopName = 'map' | 'filter' | 'all' | 'exists';
export type Operator =
  | '||'
  | '&&'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'in'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%';

const logical: ReadonlySet<string> = new Set(['||', '&&', '==', '!=', '<', '<=', '>', '>=', 'in']);
const truthMethods: ReadonlySet<string> = new Set(['contains', 'startsWith', 'endsWith', 'hasValue']);
const textMethods: ReadonlySet<string> = new Set([
  'trim',
  'lowerAscii',
  'upperAscii',
  'substring',
  'replace',
  'join',
]);
/** What takes numbers and gives one. */
export const numberFunctions: ReadonlySet<string> = new Set([
  'int',
  'double',
  'abs',
  'floor',
  'ceil',
  'round',
  'min',
  'max',
]);
const numberCalls: ReadonlySet<string> = new Set(['size', ...numberFunctions]);

/** Whether an expression gives true or false whatever the data is. */
export function isTruth(cel: Cel): boolean {
  switch (cel.kind) {
    case 'literal':
      return typeof cel.value === 'boolean';
    case 'unary':
      return cel.operator === '!';
    case 'binary':
      return logical.has(cel.operator);
    case 'choice':
      return isTruth(cel.yes) && isTruth(cel.no);
    case 'call':
      return cel.name === 'bool' || cel.name === 'has' || cel.name === 'regex';
    case 'method':
      return truthMethods.has(cel.name);
    case 'loop':
      return cel.loop === 'all' || cel.loop === 'exists';
    default:
      return false;
  }
}

/** Whether an expression gives a text whatever the data is. */
export function isText(cel: Cel): boolean {
  switch (cel.kind) {
    case 'literal':
      return typeof cel.value === 'string';
    case 'binary':
      return cel.operator === '+' && (isText(cel.left) || isText(cel.right));
    case 'choice':
      return isText(cel.yes) && isText(cel.no);
    case 'call':
      return cel.name === 'string' || cel.name === 'json';
    case 'method':
      return textMethods.has(cel.name);
    default:
      return false;
  }
}

/** Whether an expression gives a number whatever the data is. */
export function isNumber(cel: Cel): boolean {
  switch (cel.kind) {
    case 'literal':
      return typeof cel.value === 'number';
    case 'member':
      return cel.of.kind === 'name' && cel.of.name === 'loop' && !cel.safe;
    case 'unary':
      return cel.operator === '-';
    case 'binary':
      return (
        ['-', '*', '/', '%'].includes(cel.operator) ||
        // Beside a number "+" takes only another one.
        (cel.operator === '+' && (isNumber(cel.left) || isNumber(cel.right)))
      );
    case 'choice':
      return isNumber(cel.yes) && isNumber(cel.no);
    case 'call':
      return numberCalls.has(cel.name);
    case 'method':
      return cel.name === 'size' || cel.name === 'indexOf' || cel.name === 'lastIndexOf';
    default:
      return false;
  }
}

/** Whether an expression gives a list whatever the data is. */
export function isList(cel: Cel): boolean {
  if (cel.kind === 'list' || (cel.kind === 'loop' && (cel.loop === 'map' || cel.loop === 'filter')))
    return true;
  if (cel.kind === 'method') return cel.name === 'split';

  return cel.kind === 'binary' && cel.operator === '+' && (isList(cel.left) || isList(cel.right));
}
