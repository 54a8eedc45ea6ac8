import { tests as root } from '@bufbuild/cel-spec/testdata/conformance.js';
import type { Json } from '../../../events/canonical-json.ts';
import { canonicalJson } from '../../../events/canonical-json.ts';
import { answer } from './evaluate.ts';

/** One test of the standard, and what it comes to here. */
export type ConformanceTest = {
  readonly section: string;
  readonly name: string;
  readonly expression: string;
  /** What it comes to, where that is not what the standard says. */
  readonly differs: string | undefined;
  /** The first reason that it falls under, if it differs. */
  readonly reason: string | undefined;
};

/** Why something differs. `when` looks at the text of a test: its expression, its bindings and what it should give. */
type Reason = { readonly what: string; readonly because: string; readonly when: RegExp };

/** The first that fits counts. */
export const reasons: readonly Reason[] = [
  {
    what: 'protocol buffers',
    because: 'Values are JSON: there are no messages and no enums.',
    when: /TestAllTypes|google\.protobuf|\bproto\.|objectValue|enumValue|GlobalEnum|\bcel\.expr\b|TestRequired|@type|\bmsg\.|\w+Value\{/,
  },
  {
    what: 'bytes',
    because: 'JSON has none: `base64(text)` writes a text so.',
    when: /\b[bB][rR]?["']|\b[rR][bB]["']|bytes\(|bytesValue|\bbytes\b/,
  },
  {
    what: 'unsigned numbers',
    because: 'There is one kind of number, that of JSON.',
    when: /\d[uU]\b|\buint\(|uint64Value|\buint\b/,
  },
  {
    what: 'types as values',
    because: 'The checker knows the types; an expression has no use for them.',
    when: /\btype\(|typeValue/,
  },
  {
    what: 'keys that are no texts',
    because: 'The keys of a JSON object are texts.',
    when: /\{\s*(-?\d|true|false|null|dyn\()|,\s*(-?\d+|true|false)\s*:|\d+ in \{\}|"key":\{"(int64|bool)Value|transformMap/,
  },
  {
    what: 'numbers beyond JSON',
    because:
      'What a JSON number cannot hold exactly is refused rather than rounded; there is no infinity and no NaN.',
    when: /\d{16,}|[eE][+-]?\d{3}|Infinity|NaN|0x[0-9a-fA-F]{14,}|\/ ?0\.0|double_nan|47\.5 %/,
  },
  {
    what: 'optionals as values',
    because:
      'An optional is a member that may be absent, as in `a.?b`: nothing else makes one, and none is kept.',
    when: /\boptional\.|optional_type|optMap|optFlatMap|[[{,]\s*\?|\.or\(|\.\?|\[\?/,
  },
  {
    what: 'extension libraries',
    because:
      'They are no part of the language itself. What there is instead: [expressions.md](expressions.md).',
    when: /"section":"(\w+_ext|macros2)"/,
  },
  {
    what: 'names and functions of a host',
    because: 'A function that does not exist is refused before anything runs; a name holds no dots.',
    when: /f_unknown|\bfn\(|receiver_function_names|qualified|"section":"namespace"/,
  },
  {
    what: 'times finer than a millisecond',
    because: 'Events and timers are exact to the millisecond; a duration may be as long as there are years.',
    when: /"section":"timestamps"/,
  },
  {
    what: 'other ways to write the same',
    because:
      'A number begins with a digit, a member in backticks is `a["b-c"]`, and parentheses nest up to 32 times.',
    when: /`|(^|\s)\.\d|\({32}/,
  },
];

type Written = {
  readonly name?: string;
  readonly expr: string;
  readonly bindings?: Readonly<Record<string, { readonly value?: object }>>;
  readonly value?: object;
  readonly typedResult?: { readonly result?: object };
  readonly evalError?: object;
};
type Suite = {
  readonly name: string;
  readonly suites?: readonly Suite[];
  readonly tests?: readonly { readonly original: Written }[];
};

/** All tests of the standard that evaluate something. */
export function readConformance(): readonly ConformanceTest[] {
  return (root as unknown as Suite).suites?.flatMap((suite) => testsOf(suite, suite.name, [])) ?? [];
}

function testsOf(suite: Suite, section: string, path: readonly string[]): readonly ConformanceTest[] {
  return [
    ...(suite.tests ?? [])
      .filter(
        ({ original }) => original.typedResult === undefined || original.typedResult.result !== undefined,
      )
      .map(({ original }) => carriedOut(original, section, path)),
    ...(suite.suites ?? []).flatMap((each) => testsOf(each, section, [...path, each.name])),
  ];
}

function carriedOut(written: Written, section: string, path: readonly string[]): ConformanceTest {
  const { name = '', expr, bindings = {}, value, typedResult, evalError } = written;
  const scope = Object.fromEntries(
    Object.entries(bindings).map(([key, bound]) => [key, plain(bound.value ?? {})]),
  );
  const got = answer(expr, scope);
  const wanted = value ?? typedResult?.result ?? { boolValue: true };
  const isSame =
    evalError !== undefined
      ? !('value' in got)
      : 'value' in got && canonicalJson(got.value) === canonicalJson(plain(wanted));
  const differs = isSame ? undefined : JSON.stringify('value' in got ? got.value : got);
  const text = `${expr} ${JSON.stringify({ bindings, wanted, section, path, name })}`;
  const reason = isSame ? undefined : reasons.find(({ when }) => when.test(text))?.what;

  return { section, name: [...path, name].join('/'), expression: expr, differs, reason };
}

/** A value of the standard as JSON, times as texts; what JSON does not have is marked. */
function plain(value: object): Json {
  const [[kind, held] = ['', null]] = Object.entries(value) as [string, Json][];
  const { values = [], entries = [] } =
    (held as {
      readonly values?: readonly object[];
      readonly entries?: readonly { readonly key: object; readonly value: object }[];
    }) ?? {};
  switch (kind) {
    case 'int64Value':
    case 'uint64Value':
    case 'doubleValue':
      return Number.isFinite(Number(held)) ? Number(held) : String(held);
    case 'boolValue':
    case 'stringValue':
      return held;
    case 'nullValue':
      return null;
    case 'listValue':
      return values.map(plain);
    case 'mapValue':
      return Object.fromEntries(entries.map((entry) => [String(plain(entry.key)), plain(entry.value)]));
    default:
      return { [`no JSON: ${kind}`]: held };
  }
}
