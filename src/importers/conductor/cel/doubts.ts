import { type Cel, isList, isNumber, isText, isTruth, numberFunctions } from './tree.ts';

/**
 * For which values an expression does not give what its script gave: our expressions convert nothing, JavaScript and
 * jq do. `given` are values that do not come from the script itself, which Conductor read as these expressions do.
 */
export function doubtsOf(cel: Cel, language: Language, given: ReadonlySet<Cel>): readonly string[] {
  const found = new Set<string>();
  walk(cel, { language, given, add: (doubt) => found.add(doubt) });

  return [...found];
}

type Walk = {
  readonly language: Language;
  readonly given: ReadonlySet<Cel>;
  readonly add: (doubt: string) => void;
};

function walk(cel: Cel, context: Walk): void {
  if (context.given.has(cel)) return;
  // A value is used only as the kind that a condition before it has found it to be.
  const known = guarded(cel);
  if (known !== undefined) {
    walk(known, context);
    return;
  }
  const doubt = ownDoubt(cel, context.language);
  if (doubt !== undefined) context.add(doubt);
  for (const part of partsOf(cel)) walk(part, context);
}

/** The value whose kind a choice asks for, by the first character of its JSON. */
function guarded(cel: Cel): Cel | undefined {
  if (cel.kind !== 'choice') return undefined;
  const { when } = cel;
  if (when.kind !== 'method' || when.name !== 'startsWith' || when.on.kind !== 'call') return undefined;

  return when.on.name === 'json' ? when.on.args[0] : undefined;
}

function partsOf(cel: Cel): readonly Cel[] {
  switch (cel.kind) {
    case 'literal':
    case 'name':
      return [];
    case 'member':
      return [cel.of, cel.key];
    case 'list':
      return cel.items;
    case 'map':
      return cel.entries.flat();
    case 'unary':
      return [cel.of];
    case 'binary':
      return [cel.left, cel.right];
    case 'choice':
      return [cel.when, cel.yes, cel.no];
    case 'call':
      return cel.args;
    case 'method':
      return [cel.on, ...cel.args];
    case 'loop':
      return [cel.over, cel.body];
    case 'either':
      return cel.options;
    case 'or-value':
      return [cel.of];
  }
}

function ownDoubt(cel: Cel, language: Language): string | undefined {
  switch (cel.kind) {
    case 'binary':
      return doubtOfBinary(cel, language);
    case 'unary':
      return cel.operator === '-' && !isNumber(cel.of) ? '"-" of what is no number fails' : undefined;
    case 'member':
      return doubtOfMember(cel, language);
    case 'call':
      return doubtOfCall(cel, language);
    case 'method':
      return doubtOfMethod(cel);
    case 'loop':
      return doubtOfLoop(cel, language);
    default:
      return undefined;
  }
}

function doubtOfMember(
  { of, key, safe }: Extract<Cel, { kind: 'member' }>,
  language: Language,
): string | undefined {
  const isName = key.kind === 'literal' && typeof key.value === 'string';
  if (!safe || isName || isList(of)) return undefined;

  return language === 'javascript'
    ? 'a position in a text gives null (JavaScript gives the character)'
    : 'a position in a text or an object gives null (jq fails)';
}

function doubtOfCall({ name, args }: Extract<Cel, { kind: 'call' }>, language: Language): string | undefined {
  const [arg] = args;
  if (arg === undefined) return undefined;
  if (name === 'size') return isList(arg) ? undefined : doubtOfSize(arg, language);
  if (name === 'string' && !isText(arg) && !isNumber(arg) && !isTruth(arg)) {
    return 'null, a list or an object as text fails, and what is missing is the empty text';
  }
  if (numberFunctions.has(name) && !args.every(isNumber)) {
    return `${name}() of what is no number fails, and of a text it takes only one that is a number in full`;
  }

  return name === 'regex' ? 'a pattern is tested on texts only, and in the syntax of RE2' : undefined;
}

function doubtOfSize(of: Cel, language: Language): string | undefined {
  if (language === 'jq') return isText(of) ? undefined : 'the length of a number fails (jq gives its amount)';

  return 'the length counts characters of a text (JavaScript: UTF-16 units) and members of an object, and is 0 of what is missing';
}

function doubtOfMethod({ on, name, args }: Extract<Cel, { kind: 'method' }>): string | undefined {
  if (name === 'join') return 'join() of lists in the list, or of what is no list, fails';
  if (name === 'lowerAscii' || name === 'upperAscii') {
    return 'upper and lower case are those of ASCII letters, and of texts only';
  }
  if (name === 'substring') return doubtOfPart(on, args);
  if (![on, ...args].every(isText)) return `${name}() takes texts only`;

  return undefined;
}

function doubtOfPart(on: Cel, args: readonly Cel[]): string | undefined {
  const ends = args.map((each) => (each.kind === 'call' ? each.args[0] : each));
  const [from = Number.NaN, to = Number.POSITIVE_INFINITY] = ends.map((each) =>
    each?.kind === 'literal' ? Number(each.value) : Number.NaN,
  );
  if (isText(on) && from <= to) return undefined;

  return 'a part is taken of a text only, not of a list, and only from a position to a later one';
}

function doubtOfLoop(
  { over, variable }: Extract<Cel, { kind: 'loop' }>,
  language: Language,
): string | undefined {
  if (isList(over) || over.kind === 'map') return undefined;
  if (variable === 'key')
    return 'the names of the members are those of an object only, not of a list or a text';

  return language === 'jq'
    ? 'a list that is missing is empty (jq fails), and of an object the names are walked (jq: the values)'
    : 'a list that is missing is empty (JavaScript fails), and of an object the names are walked';
}

export type Language = 'javascript' | 'jq';

type Binary = Extract<Cel, { kind: 'binary' }>;

/** For which values an operator of ours differs from that of the script; undefined where there are none. */
function doubtOfBinary(cel: Binary, language: Language): string | undefined {
  switch (cel.operator) {
    case '||':
    case '&&':
      return undefined;
    case '==':
    case '!=':
      return language === 'jq' ? undefined : doubtOfEqual(cel);
    case 'in':
      return isList(cel.right) ? undefined : '"in" looks for an item of a list, or for a name in an object';
    case '+':
      return doubtOfSum(cel, language);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return doubtOfOrder(cel, language);
    default:
      return doubtOfArithmetic(cel, language);
  }
}

function doubtOfEqual({ operator, left, right, strict }: Binary): string | undefined {
  if (isSameKind(left, right)) return undefined;
  const sides = [left, right].flatMap((each) => (each.kind === 'literal' ? [each.value] : []));
  // Nothing is equal to null but null and undefined, which Conductor does not tell apart in its data either.
  if (!strict && sides.includes(null)) return undefined;
  if (strict && sides.includes(null)) return `"${operator}=": null and undefined are the same`;
  if (strict) {
    return sides.length > 0 ? undefined : `"${operator}=": lists and objects with the same content are equal`;
  }

  return `"${operator}": "10" and 10, true and 1, [x] and x are different (JavaScript compares them as the same)`;
}

function isSameKind(left: Cel, right: Cel): boolean {
  return [isText, isNumber, isTruth].some((is) => is(left) && is(right));
}

function doubtOfOrder({ operator, left, right }: Binary, language: Language): string | undefined {
  if ((isNumber(left) && isNumber(right)) || (isText(left) && isText(right))) return undefined;

  return language === 'jq'
    ? `"${operator}": values of different kinds, null among them, fail (jq orders every kind)`
    : `"${operator}": a text beside a number, null, true and false fail (JavaScript reads them as numbers)`;
}

function doubtOfSum({ left, right }: Binary, language: Language): string | undefined {
  const isKnown = [isText, isNumber, isList].some((is) => is(left) && is(right));
  if (isKnown) return undefined;
  // Beside a known kind jq takes the same kind only; null was taken care of where the sum was made.
  if (language === 'jq' && [left, right].some((each) => isText(each) || isNumber(each))) return undefined;

  return language === 'jq'
    ? '"+": null and objects fail (jq leaves null out, and puts objects together)'
    : '"+": a text beside a number, null, true and false fail (JavaScript puts texts together, and reads others as numbers)';
}

function doubtOfArithmetic({ operator, left, right }: Binary, language: Language): string | undefined {
  const byZero = (operator === '/' || operator === '%') && !(right.kind === 'literal' && right.value !== 0);
  const isKnown = isNumber(left) && isNumber(right);
  if (language === 'javascript') {
    if (isKnown && !byZero) return undefined;
    return `"${operator}": a text, null, true and false${byZero ? ' and a division by 0' : ''} fail (JavaScript reads them as numbers)`;
  }
  if (operator === '%') return '"%": a fraction is kept (jq cuts it off first)';
  const isBeside = isNumber(left) || isNumber(right);

  return (operator === '*' ? isKnown : isBeside)
    ? undefined
    : `"${operator}": texts, lists and objects fail (jq repeats, splits, takes out or puts together)`;
}
