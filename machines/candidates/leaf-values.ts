import type { Json } from '../../events/canonical-json.ts';
import { dueTime } from '../due-time.ts';
import { scenarioStart } from '../explore/scenario.ts';
import { sampleOf } from './sample-text.ts';
import { isOfShape, shapeOf } from './shape.ts';
import type { Shape, Spot } from './spot.ts';

/** The values of a place that is no list and has no members, the plainest first. */
export function leafValues(spot: Spot): readonly Json[] {
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
export function misfitExamples(spot: Spot): readonly Json[] {
  const shape = shapeOf(spot);

  return spot.examples.map((value) => fitted(value, shape)).filter((value) => !isOfShape(value, shape));
}

const hourMs = 3_600_000;
/** Words that say nothing; one that holds no literal is taken where any other text is meant. */
const words = ['other', 'plain', 'xyz', '~'];

/** Values besides those that a place is compared with. */
function othersOf(
  { name, lengths, preferredLengths }: Spot,
  shape: Shape,
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
export function fitted(value: Json, shape: Shape): Json {
  if (shape === 'text' && (typeof value === 'number' || typeof value === 'boolean')) return String(value);
  if (shape === 'number' && typeof value === 'string' && /^-?\d{1,15}(\.\d{1,9})?$/.test(value))
    return Number(value);

  return shape === 'boolean' && (value === 'true' || value === 'false') ? value === 'true' : value;
}
