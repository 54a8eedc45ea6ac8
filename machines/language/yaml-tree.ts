import {
  COLLECTION_STYLE,
  EVENT_ID,
  type Event,
  type MappingEvent,
  type ScalarEvent,
  type SequenceEvent,
} from 'js-yaml';
import { placeAt, type SourceText, type Span } from './source-text.ts';
import { type Aliases, measure, noAliases, type Refuse, resolveAlias } from './yaml-alias.ts';
import { checkKey, keyText } from './yaml-key.ts';
import type { MapEntry, ScalarNode, YamlNode } from './yaml-node.ts';
import { readScalar, scalarSpan } from './yaml-scalar.ts';

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
