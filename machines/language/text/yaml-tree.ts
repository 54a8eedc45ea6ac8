import {
  boolCoreTag,
  COLLECTION_STYLE,
  EVENT_ID,
  type Event,
  floatCoreTag,
  getScalarValue,
  intCoreTag,
  type MappingEvent,
  NOT_RESOLVED,
  nullCoreTag,
  SCALAR_STYLE,
  type ScalarEvent,
  type SequenceEvent,
} from 'js-yaml';
import { placeAt, type SourceText, type Span } from './source-text.ts';
import {
  type Aliases,
  checkKey,
  keyText,
  type MapEntry,
  measure,
  noAliases,
  type Refuse,
  resolveAlias,
  type ScalarNode,
  type YamlNode,
} from './yaml-node.ts';

const coreTags = [nullCoreTag, boolCoreTag, intCoreTag, floatCoreTag];

type Properties = Pick<ScalarEvent, 'anchorStart' | 'anchorEnd' | 'tagStart' | 'tagEnd'>;

const plainTags = ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'];

type Builder = {
  readonly source: SourceText;
  readonly events: readonly Event[];
  readonly refuse: Refuse;
  readonly aliases: Aliases;
  depth: number;
  next: number;
  /** The last place read, for values that are not written at all. */
  last: Span;
};

/** Builds the tree of the first document. Nothing is built when the first event of a value is missing. */
export function buildTree(
  source: SourceText,
  events: readonly Event[],
  refuse: Refuse,
): YamlNode | undefined {
  const start = events.findIndex((event) => event.type === EVENT_ID.DOCUMENT) + 1;
  const builder: Builder = {
    source,
    events,
    refuse,
    aliases: noAliases(),
    depth: 0,
    next: start,
    last: { start: 0, end: 1 },
  };

  return readNode(builder);
}

function readNode(builder: Builder): YamlNode | undefined {
  const event = builder.events[builder.next];
  builder.next += 1;
  if (event === undefined || event.type === EVENT_ID.POP || event.type === EVENT_ID.DOCUMENT)
    return undefined;
  if (event.type === EVENT_ID.ALIAS)
    return readAlias(builder, { start: event.anchorStart - 1, end: event.anchorEnd });

  const anchor =
    event.anchorStart < 0 ? undefined : builder.source.yaml.slice(event.anchorStart, event.anchorEnd);
  if (anchor !== undefined) builder.aliases.anchors.set(anchor, undefined);
  const tag = readTag(builder, event);
  const before = builder.aliases.expanded;
  const first = builder.next;
  builder.depth += 1;
  const node = readValue(builder, event, tag);
  builder.depth -= 1;
  if (anchor !== undefined) builder.aliases.anchors.set(anchor, node);
  measure(builder.aliases, node, builder.next - first + 1 + builder.aliases.expanded - before);

  return node;
}

function readValue(
  builder: Builder,
  event: ScalarEvent | SequenceEvent | MappingEvent,
  tag: string | undefined,
): YamlNode {
  if (event.type === EVENT_ID.SCALAR) return readScalarNode(builder, event, tag);
  if (event.type === EVENT_ID.SEQUENCE) return readList(builder, event);

  return readMap(builder, event);
}

function readScalarNode(builder: Builder, event: ScalarEvent, tag: string | undefined): ScalarNode {
  const { yaml } = builder.source;
  const span = scalarSpan(yaml, event, builder.last);
  builder.last = span;
  const scalar = readScalar(yaml, event, tag);
  if (!scalar.ok) {
    builder.refuse({ code: scalar.code, message: scalar.message, span });

    return { kind: 'scalar', value: null, ...span };
  }
  const { value } = scalar;
  const verbatim =
    typeof value === 'string' && yaml.startsWith(value, event.valueStart) && event.valueStart >= 0;

  return { kind: 'scalar', value, ...span, ...(verbatim ? { verbatimStart: event.valueStart } : {}) };
}

function readList(builder: Builder, event: SequenceEvent): YamlNode {
  const items: YamlNode[] = [];
  builder.last = { start: event.start, end: event.start + 1 };
  for (let item = readNode(builder); item !== undefined; item = readNode(builder)) items.push(item);

  return { kind: 'list', items, start: event.start, end: event.start + 1 };
}

function readMap(builder: Builder, event: MappingEvent): YamlNode {
  const entries = new Map<string, MapEntry>();
  let firstKey: Span | undefined;
  for (;;) {
    const keyEvent = builder.events[builder.next];
    const key = readNode(builder);
    if (key === undefined) break;
    firstKey ??= key;
    const span = { start: key.start, end: key.end };
    const value = readNode(builder) ?? { kind: 'scalar', value: null, ...span };
    const written = keyEvent?.type !== EVENT_ID.SCALAR || keyEvent.valueStart >= 0;
    addEntry(builder, entries, { key: written ? key : { ...key, ...spanOf(value) }, keyEvent, value });
  }
  const flow = event.style === COLLECTION_STYLE.FLOW;
  const end = flow ? event.start + 1 : (firstKey?.end ?? event.start + 1);

  return { kind: 'map', entries, start: event.start, end };
}

function spanOf({ start, end }: Span): Span {
  return { start, end };
}

function addEntry(
  builder: Builder,
  entries: Map<string, MapEntry>,
  { key, keyEvent, value }: { key: YamlNode; keyEvent: Event | undefined; value: YamlNode },
): void {
  const span = { start: key.start, end: key.end };
  const text = keyText(builder.source.yaml, key, keyEvent);
  const refusal = checkKey(text, keyEvent);
  if (refusal !== undefined) builder.refuse({ ...refusal, span });
  if (text === undefined || refusal !== undefined) return;
  const earlier = entries.get(text);
  if (earlier === undefined) {
    entries.set(text, { key: span, value });
    return;
  }
  const { line } = placeAt(builder.source, earlier.key.start);
  const own = placeAt(builder.source, span.start).line;
  builder.refuse({
    code: 'definition.duplicate-key',
    message: `the key "${text}" is given twice, on line ${line} and on line ${own}`,
    span,
  });
}

function readAlias(builder: Builder, span: Span): YamlNode {
  const name = builder.source.yaml.slice(span.start + 1, span.end);
  builder.last = span;
  const { refuse, depth } = builder;

  return (
    resolveAlias(builder.aliases, { name, span, depth, refuse }) ?? { kind: 'scalar', value: null, ...span }
  );
}

function readTag(builder: Builder, event: Properties): string | undefined {
  if (event.tagStart < 0) return undefined;
  const span = { start: event.tagStart, end: event.tagEnd };
  const tag = builder.source.yaml.slice(span.start, span.end);
  const name = plainTags.find((each) => tag === `!!${each}` || tag === `!<tag:yaml.org,2002:${each}>`);
  if (name === undefined) {
    builder.refuse({ code: 'yaml.tag', message: `the tag ${tag} is not supported`, span });

    return 'str';
  }

  return name === 'map' || name === 'seq' ? undefined : name;
}

type ScalarValue = null | boolean | number | string;

type ReadScalar =
  | { readonly ok: true; readonly value: ScalarValue }
  | { readonly ok: false; readonly code: string; readonly message: string };

/** The value of a scalar by the core schema of YAML 1.2: `yes` is text, `017` is 17, a date is text. */
function readScalar(yaml: string, event: ScalarEvent, tag: string | undefined): ReadScalar {
  const text = getScalarValue(yaml, event);
  if (/[\0\ufffd]|\p{Surrogate}/u.test(text) && !yaml.includes('\ufffd')) {
    return refuse('yaml.bad-character', 'the text holds a character that no file or message can carry');
  }
  if (tag === 'str' || (tag === undefined && event.style !== SCALAR_STYLE.PLAIN))
    return { ok: true, value: text };
  if (tag !== undefined) return readTagged(text, tag);

  return implicit(text);
}

/** Where the scalar stands: with its quotes, and only the first line of a long one. */
function scalarSpan(yaml: string, event: ScalarEvent, fallback: Span): Span {
  if (event.valueStart < 0) return fallback;
  const quoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
  const block = event.style === SCALAR_STYLE.LITERAL_BLOCK || event.style === SCALAR_STYLE.FOLDED_BLOCK;
  const start = event.valueStart - (quoted ? 1 : 0);
  const text = yaml.slice(start, event.valueEnd + (quoted ? 1 : 0));
  const indent = block ? text.length - text.trimStart().length : 0;
  const first = text.slice(indent).split('\n', 1)[0] ?? '';

  return { start: start + indent, end: start + indent + Math.max(1, first.trimEnd().length) };
}

function implicit(text: string): ReadScalar {
  for (const tag of coreTags) {
    const value = tag.resolve(text, false, tag.tagName);
    if (value !== NOT_RESOLVED) return checkedNumber(text, value, tag === intCoreTag);
  }

  // The parser takes a number that is too large for text; whoever wrote it did not.
  return /^[-+]?(\d+\.?\d*|\.\d+)e[-+]?\d+$/i.test(text)
    ? checkedNumber(text, Number(text), false)
    : { ok: true, value: text };
}

function readTagged(text: string, name: string): ReadScalar {
  const tag = coreTags.find((each) => each.tagName === `tag:yaml.org,2002:${name}`);
  const value = tag?.resolve(text, true, tag.tagName) ?? null;
  if (value === NOT_RESOLVED) return refuse('yaml.tag', `this is no value of the tag !!${name}`);

  return checkedNumber(text, value, tag === intCoreTag);
}

function checkedNumber(text: string, value: ScalarValue, integer: boolean): ReadScalar {
  if (typeof value !== 'number') return { ok: true, value };
  if (!Number.isFinite(value))
    return refuse('yaml.not-finite', `${text} is not a finite number; quote it to mean text`);
  if (integer && !Number.isSafeInteger(value)) {
    return refuse('yaml.unsafe-integer', `${text} is beyond 2^53 and would lose digits; quote it: "${text}"`);
  }

  return { ok: true, value };
}

function refuse(code: string, message: string): ReadScalar {
  return { ok: false, code, message };
}
