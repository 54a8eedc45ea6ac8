import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import { dueTime } from '../../due-time.ts';
import { checkValue, type ValueRules } from '../../language/input-value.ts';
import { scenarioStart } from '../explore/scenario.ts';
import { around, fitting, isCount } from './note.ts';
import { type Choice, mapsOf } from './product.ts';
import { sampleOf } from './sample-text.ts';
import { isOfShape, shapeOf } from './shape.ts';
import { anyItem, type Rival, type Spot, type ValueShape } from './value-site.ts';

const hourMs = 3_600_000;
/** Words that say nothing; one that holds no literal is taken where any other text is meant. */
const words = ['other', 'plain', 'xyz', '~'];

/** The values of a place: those that are tried, the plainest first, and odd ones, with which not much goes. */
export type Domain = {
  readonly values: readonly Choice[];
  /** Those of them that are tried whatever the examples are; absent where that is all. */
  readonly own?: readonly Choice[];
  readonly odd: readonly Choice[];
  /** How many values there would be if all were tried. */
  readonly total: number;
};

/** How many values of one place, or of one item of a list, are tried. */
const valuesMax = 32;
const itemsMax = 4;
const lengthMax = 50;

/** Finds the values of places. Those that are compared with another place depend on the plainest value there. */
export function createDomains(): (spot: Spot) => Domain {
  const known = new Map<Spot, Domain>();
  const domainOf = (spot: Spot): Domain => {
    const before = known.get(spot);
    if (before !== undefined) return before;
    // Places that are compared in a circle.
    known.set(spot, { values: leafValues(spot).slice(0, 1), odd: [], total: 1 });
    const domain = withAbsence(spot, found(meetRivals(spot, domainOf), domainOf));
    known.set(spot, domain);

    return domain;
  };

  return domainOf;
}

/** The place with the values that follow from those it is compared with. */
function meetRivals(spot: Spot, domainOf: (spot: Spot) => Domain): Spot {
  const met = spot.rivals
    .filter(({ isVaried }) => isVaried)
    .map((rival) => ({ ...rival, ...valuesBeside(rival, domainOf(rival.other).values[0] ?? null) }));
  const [counts, values] = [met.filter(({ isSize }) => isSize), met.filter(({ isSize }) => !isSize)];

  return {
    ...spot,
    values: [...spot.values, ...values.flatMap(({ given }) => given)],
    preferred: [...spot.preferred, ...values.flatMap(({ liked }) => liked)],
    lengths: new Set([...spot.lengths, ...counts.flatMap(({ given }) => given).filter(isCount)]),
    preferredLengths: [...spot.preferredLengths, ...counts.flatMap(({ liked }) => liked).filter(isCount)],
  };
}

/** What has to be given to be below, equal to and above the plainest value of another place. */
function valuesBeside({ otherIsSize, operator, wanted, back }: Rival, plainest: Json) {
  const met = otherIsSize ? lengthOf(plainest) : plainest;
  const given = (values: readonly Json[]) =>
    values.map(back).filter((value): value is Json => value !== undefined);
  const best = fitting(operator, met, wanted).preferred;

  return { given: given(around(operator, met)), liked: given(best === undefined ? [] : [best]) };
}

function lengthOf(value: Json): number {
  return typeof value === 'string' || Array.isArray(value) ? value.length : 1;
}

function found(spot: Spot, domainOf: (spot: Spot) => Domain): Domain {
  switch (shapeOf(spot)) {
    case 'map':
      return spot.parts.size === 0 ? leafDomain(spot) : mapDomain(spot, domainOf);
    case 'list':
      return listDomain(spot, domainOf);
    default:
      return leafDomain(spot);
  }
}

function leafDomain(spot: Spot): Domain {
  const values = allowed(spot, distinct(leafValues(spot)));
  if (!spot.marks.has('varied')) return { values: values.slice(0, 1), odd: [], total: 1 };

  const odd = [...misfitExamples(spot), shapeOf(spot) === 'time' ? 'no time' : null];
  if (spot.examples.length === 0) return { values, odd, total: values.length };
  const own = distinct([...values.slice(0, 1), ...allowed(spot, leafValues({ ...spot, examples: [] }))]);

  return { values, own, odd, total: values.length };
}

function mapDomain(spot: Spot, domainOf: (spot: Spot) => Domain): Domain {
  const members = [...spot.parts].filter(([name]) => name !== anyItem);
  const dimensions = members.map(([name, part]) => ({ name, ...domainOf(part) }));
  const { maps, total } = mapsOf(dimensions, valuesMax);
  const [plainest = {}] = maps;
  const odd = dimensions.flatMap(({ name, odd: odds }) =>
    odds.map((value) => withMember(plainest, name, value)),
  );
  const whole = [...spot.examples, ...spot.values].map((value) => fitted(value, 'map'));
  const within = dimensions.reduce((count, each) => count * each.total, 1);
  const others = spot.marks.has('varied') ? whole : [];
  const known = new Set(maps.map((map) => canonicalJson(map)));
  const solved = solutionsOf(spot, plainest).filter((value) => !known.has(canonicalJson(value)));
  const hasOwn = dimensions.some(({ own }) => own !== undefined);
  const ownDimensions = dimensions.map(({ name, values, own = values }) => ({ name, values: own }));
  const own = hasOwn ? mapsOf(ownDimensions, valuesMax).maps : [];

  return {
    values: distinct([...spot.preferred, ...maps, ...own, ...solved, ...others]),
    ...(hasOwn ? { own: distinct([...spot.preferred, ...maps.slice(0, 1), ...own]) } : {}),
    odd: [...odd, ...(spot.marks.has('varied') ? [null] : [])],
    total: Math.max(total, within) + others.length + solved.length,
  };
}

/** The plainest value with what solves conditions over several places, once for each solution. */
function solutionsOf(spot: Spot, plainest: Json): readonly Json[] {
  return [...new Set(solutionNumbers(spot))].map((number) => solvedValue(spot, number, plainest));
}

function solutionNumbers({ parts, solved }: Spot): readonly number[] {
  return [...solved.keys(), ...[...parts.values()].flatMap(solutionNumbers)];
}

function solvedValue({ parts, solved }: Spot, number: number, plainest: Json): Json {
  const own = solved.get(number);
  if (own !== undefined) return own;
  if (typeof plainest !== 'object' || plainest === null || Array.isArray(plainest)) return plainest;

  return Object.fromEntries(
    Object.entries(plainest as Readonly<Record<string, Json>>).map(([name, value]) => {
      const part = parts.get(name);
      return [name, part === undefined ? value : solvedValue(part, number, value)];
    }),
  );
}

function withMember(map: Readonly<Record<string, Json>>, name: string, value: Choice): Json {
  const { [name]: _replaced, ...others } = map;

  return value === undefined ? others : { ...others, [name]: value };
}

function listDomain(spot: Spot, domainOf: (spot: Spot) => Domain): Domain {
  const item = spot.parts.get(anyItem);
  const items = item === undefined ? undefined : domainOf(item);
  const [plainest = spot.name, ...others] = (items?.values ?? []).filter((value) => value !== undefined);
  const repeated = (length: number): readonly Json[] =>
    Array.from({ length: Math.min(length, lengthMax) }, () => plainest);
  const liked = spot.preferredLengths[0];
  const first =
    spot.preferred[0] ?? repeated(liked ?? Math.max(1, spot.marks.has('varied') ? 1 : shortest(spot)));
  const isVaried = spot.marks.has('varied') || others.length > 0;
  if (!isVaried) return { values: [first], odd: [], total: 1 };
  const few = others.slice(0, itemsMax - 1);
  const lengths = [...spot.lengths].map(repeated);
  const walked = spot.marks.has('walked') ? [[], [plainest, few[0] ?? plainest]] : [];
  const long = [...spot.lengths].filter((length) => length > 1 && length <= lengthMax);
  const ends = few.slice(0, 1).flatMap((other) => long.map((length) => [...repeated(length - 1), other]));
  const mixed = few.flatMap((other, index) => [[other], ...(index === 0 ? [] : [[plainest, other]])]);
  const values = allowed(
    spot,
    distinct([first, [plainest], ...walked, ...lengths, ...mixed, ...ends, ...spot.examples, ...spot.values]),
  );
  const odd = (items?.odd ?? []).flatMap((value) => (value === undefined ? [] : [[value]]));

  return { values, odd: [...odd, null], total: values.length + others.length - few.length };
}

/** Long enough for every item that is read by its number. */
function shortest({ lengths }: Spot): number {
  return Math.max(1, ...lengths);
}

/** What the rules of an input allow. Where that is nothing, the plainest all the same: then examples are needed. */
function allowed<Value extends Choice>({ rules }: Spot, values: readonly Value[]): readonly Value[] {
  if (rules === undefined) return values;
  const fit = values.filter(
    (value) => value === undefined || checkValue(value, rules as ValueRules).length === 0,
  );

  return fit.length === 0 ? values.slice(0, 1) : fit;
}

/** An optional value without a default may be left out; where nothing depends on it, that is odd. */
function withAbsence(spot: Spot, domain: Domain): Domain {
  const { values, own, odd, total } = domain;
  const isOptional = spot.rules?.required === false && spot.rules.default === undefined;
  const mayLack = spot.marks.has('mayLack');
  if (!isOptional && !mayLack) return domain;
  if (!mayLack && !spot.marks.has('varied')) return { ...domain, odd: [...odd, undefined] };
  const withNone = (choices: readonly Choice[]) =>
    spot.marks.has('prefersOther') && mayLack ? [undefined, ...choices] : [...choices, undefined];
  const choices = { values: withNone(values), ...(own === undefined ? {} : { own: withNone(own) }) };

  return { ...choices, odd, total: total + 1 };
}

function distinct(values: readonly Json[]): readonly Json[] {
  return [...new Map(values.map((value) => [canonicalJson(value), value])).values()];
}

/** The values of a place that is no list and has no members, the plainest first. */
function leafValues(spot: Spot): readonly Json[] {
  const shape = shapeOf(spot);
  const { rules = {}, marks } = spot;
  const known = spot.values.map((value) => fitted(value, shape));
  const preset = rules.required === true || rules.default === undefined ? [] : [rules.default];
  const preferred = [...spot.preferred.map((value) => fitted(value, shape)).slice(0, 1), ...preset];
  const bounds = [rules.minimum, rules.maximum].flatMap((bound) => bound ?? []);
  const others = [...othersOf(spot, shape, known), ...between(spot, known), ...bounds, ...samples(spot)];
  const listed = rules.enum ?? [];
  const examples = spot.examples.map((value) => fitted(value, shape));
  const [first, ...more] = examples.filter((value) => isOfShape(value, shape));
  const heard = first === undefined ? known : [first, ...known];
  const rest = marks.has('prefersOther')
    ? [...others, ...listed, ...heard, ...more]
    : [...listed, ...heard, ...others, ...more];

  return [...preferred, ...rest];
}

/** The examples that are of another kind than what expressions expect there. */
function misfitExamples(spot: Spot): readonly Json[] {
  const shape = shapeOf(spot);

  return spot.examples.map((value) => fitted(value, shape)).filter((value) => !isOfShape(value, shape));
}

/** Values besides those that a place is compared with. */
function othersOf(
  { name, lengths, preferredLengths }: Spot,
  shape: ValueShape,
  known: readonly Json[],
): readonly Json[] {
  switch (shape) {
    case 'boolean':
      return [true, false];
    case 'number':
      return known.some((value) => typeof value === 'number') ? [] : [1, 0];
    case 'time':
      return [dueTime(scenarioStart, hourMs), dueTime(scenarioStart, -hourMs)];
    case 'list':
      return [[]];
    case 'map':
      return [{}, { [name]: name }];
    case 'text': {
      const texts = known.filter((value) => typeof value === 'string' && value !== '');
      const word = words.find((each) => !texts.some((text) => each.includes(String(text)))) ?? `${name}~`;
      const long = [...preferredLengths, ...lengths].map((length) => 'x'.repeat(length));
      return [...long, texts.length === 0 ? name : word];
    }
  }
}

/** Between bounds that stand closer to each other than the values beside them, one each: `v > 0.5 && v < 0.9`. */
function between({ marks }: Spot, known: readonly Json[]): readonly number[] {
  if (!marks.has('ordered')) return [];
  const numbers = new Set(known.filter((value) => typeof value === 'number'));
  const bounds = [...numbers]
    .filter((value) => numbers.has(value - 1) && numbers.has(value + 1))
    .sort((a, b) => a - b);

  return bounds.flatMap((bound, index) => {
    const next = bounds[index + 1];
    return next === undefined || next - bound >= 1 ? [] : [Number(((bound + next) / 2).toPrecision(12))];
  });
}

/** Texts that a pattern or a length asks for. */
function samples({ name, rules = {} }: Spot): readonly string[] {
  const { pattern, minLength, maxLength } = rules;
  const matching = pattern === undefined ? undefined : sampleOf(pattern);
  const long = minLength === undefined ? [] : [name.padEnd(minLength, 'x')];
  const short = maxLength === undefined ? [] : [name.slice(0, maxLength)];

  return [...(matching === undefined ? [] : [matching]), ...long, ...short];
}

/** The value as the shape has it, where it reads so: a case "5" is about the number 5. */
function fitted(value: Json, shape: ValueShape): Json {
  if (shape === 'text' && (typeof value === 'number' || typeof value === 'boolean')) return String(value);
  if (shape === 'number' && typeof value === 'string' && /^-?\d{1,15}(\.\d{1,9})?$/.test(value))
    return Number(value);

  return shape === 'boolean' && (value === 'true' || value === 'false') ? value === 'true' : value;
}
