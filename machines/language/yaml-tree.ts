import { COLLECTION_STYLE, EVENT_ID, type Event, type MappingEvent, type ScalarEvent, type SequenceEvent } from 'js-yaml';
import { placeAt, type SourceText, type Span } from './source-text.ts';
import { checkKey, keyText } from './yaml-key.ts';
import type { MapEntry, ScalarNode, YamlNode } from './yaml-node.ts';
import { readScalar, scalarSpan } from './yaml-scalar.ts';

export type Refusal = { readonly code: string; readonly message: string; readonly span: Span };
type Refuse = (refusal: Refusal) => void;
type Properties = Pick<ScalarEvent, 'anchorStart' | 'anchorEnd' | 'tagStart' | 'tagEnd'>;

/** Nesting of a document, aliases included. */
export const depthMax = 64;
const aliasesMax = 100;
const expansionMax = 10_000;
const plainTags = ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'];

type Builder = {
  readonly source: SourceText;
  readonly events: readonly Event[];
  readonly refuse: Refuse;
  /** `undefined` while the anchored node is being read: an alias to it would be a cycle. */
  readonly anchors: Map<string, YamlNode | undefined>;
  readonly sizes: Map<YamlNode, number>;
  /** Levels below a node, so that aliases cannot nest deeper than the parser allows. */
  readonly heights: Map<YamlNode, number>;
  depth: number;
  next: number;
  aliases: number;
  expanded: number;
  /** The last place read, for values that are not written at all. */
  last: Span;
};

/** Builds the tree of the first document. Nothing is built when the first event of a value is missing. */
export function buildTree(source: SourceText, events: readonly Event[], refuse: Refuse): YamlNode | undefined {
  const start = events.findIndex((event) => event.type === EVENT_ID.DOCUMENT) + 1;
  const builder: Builder = {
    source,
    events,
    refuse,
    anchors: new Map(),
    sizes: new Map(),
    heights: new Map(),
    depth: 0,
    next: start,
    aliases: 0,
    expanded: 0,
    last: { start: 0, end: 1 },
  };

  return readNode(builder);
}

function readNode(builder: Builder): YamlNode | undefined {
  const event = builder.events[builder.next];
  builder.next += 1;
  if (event === undefined || event.type === EVENT_ID.POP || event.type === EVENT_ID.DOCUMENT) return undefined;
  if (event.type === EVENT_ID.ALIAS) return readAlias(builder, { start: event.anchorStart - 1, end: event.anchorEnd });

  const anchor = event.anchorStart < 0 ? undefined : builder.source.yaml.slice(event.anchorStart, event.anchorEnd);
  if (anchor !== undefined) builder.anchors.set(anchor, undefined);
  const tag = readTag(builder, event);
  const before = builder.expanded;
  const first = builder.next;
  builder.depth += 1;
  const node = readValue(builder, event, tag);
  builder.depth -= 1;
  if (anchor !== undefined) builder.anchors.set(anchor, node);
  builder.sizes.set(node, builder.next - first + 1 + builder.expanded - before);
  builder.heights.set(node, heightOf(builder, node));

  return node;
}

function heightOf({ heights }: Builder, node: YamlNode): number {
  if (node.kind === 'scalar') return 0;
  const below = node.kind === 'list' ? node.items : [...node.entries.values()].map((entry) => entry.value);

  return below.reduce((height, each) => Math.max(height, (heights.get(each) ?? 0) + 1), 0);
}

function readValue(builder: Builder, event: ScalarEvent | SequenceEvent | MappingEvent, tag: string | undefined): YamlNode {
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
  const verbatim = typeof value === 'string' && yaml.startsWith(value, event.valueStart) && event.valueStart >= 0;

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
    addEntry(builder, entries, { key, keyEvent, value });
  }
  const flow = event.style === COLLECTION_STYLE.FLOW;
  const end = flow ? event.start + 1 : (firstKey?.end ?? event.start + 1);

  return { kind: 'map', entries, start: event.start, end };
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
  const nothing: YamlNode = { kind: 'scalar', value: null, ...span };
  builder.last = span;
  builder.aliases += 1;
  if (builder.aliases > aliasesMax || builder.expanded > expansionMax) {
    // Reported once: the rest of a bomb would only repeat it.
    if (builder.aliases === aliasesMax + 1) {
      builder.refuse({ code: 'yaml.alias-limit', message: `more than ${aliasesMax} aliases`, span });
    }
    return nothing;
  }
  if (!builder.anchors.has(name)) {
    builder.refuse({ code: 'yaml.unknown-alias', message: `no anchor &${name} comes before this alias`, span });
    return nothing;
  }
  const node = builder.anchors.get(name);
  if (node === undefined) {
    builder.refuse({ code: 'yaml.cyclic-alias', message: `*${name} holds itself`, span });
    return nothing;
  }

  return expand(builder, node, span) ? node : nothing;
}

function expand(builder: Builder, node: YamlNode, span: Span): boolean {
  builder.expanded += builder.sizes.get(node) ?? 1;
  if (builder.expanded > expansionMax) {
    const message = `the aliases expand to more than ${expansionMax} values`;
    builder.refuse({ code: 'yaml.alias-limit', message, span });
    return false;
  }
  if (builder.depth + (builder.heights.get(node) ?? 0) > depthMax) {
    builder.refuse({ code: 'yaml.too-deep', message: `nested deeper than ${depthMax} levels`, span });
    return false;
  }

  return true;
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
