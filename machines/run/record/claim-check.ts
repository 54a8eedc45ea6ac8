import { z } from 'zod';
import {
  type BlobRef,
  isBlobRef,
  isMemberRef,
  isSpreadRefs,
  type MemberRef,
} from '../../../events/blob-ref.ts';
import { canonicalJson, type Json, JsonObject, JsonValue } from '../../../events/canonical-json.ts';
import { eventDefinition, type Fact, type FactMembers } from '../../../events/catalogue.ts';
import { sealedRest, sealedWith } from '../../../events/sealed-text.ts';
import { detailsBytesMax } from '../../../events/worker-protocol.ts';
import { isTooDeep, measureJson, valueDepthMax } from '../../expressions/evaluate/json-size.ts';
import { sha256Hex } from '../../hash.ts';
import { isMapping } from '../../language/mapping.ts';
import type { Run } from '../run.ts';
import { opened } from './open-sealed.ts';

/** Texts that are made to be read. `code` is among them because it is what a worker says. */
const prose: ReadonlySet<string> = new Set(['message', 'comment', 'reason', 'code', 'businessKey']);

const known = new Map<string, readonly Place[]>();

/** Values without a reference in them: most are, and need not be looked at again. */
const plain = new WeakSet<object>();

/** What a reference stands for: `text` is canonical JSON, `digest` its SHA-256, `bytes` its size in UTF-8. */
export type Blob = { readonly digest: string; readonly text: string; readonly bytes: number };

export type Claimed = { readonly fact: Fact; readonly blobs: readonly Blob[] };

/** A value is needed whose content is not at hand. The reaction: get `refs` from the blob store and ask again. */
export class BlobNeeded extends Error {
  override readonly name = 'BlobNeeded';
  readonly code = 'blob.needed';
  readonly refs: readonly BlobRef[];

  constructor(refs: readonly BlobRef[]) {
    super(`the content of ${refs.map(({ $blob }) => $blob.digest.slice(0, 12)).join(', ')} is not at hand`);
    this.refs = refs;
  }
}

/** Most bytes that the data of a fact has in the journal. */
const factBytesMax = 128 * 1024;

/** Most bytes that what an attempt printed has in the journal: more is kept beside it. */
const logBytesMax = 6 * 1024;

/** A character of a text takes most bytes when it is written as an escape: `\u0000`. */
const bytesPerCharacterMax = 6;

const nothing: readonly Blob[] = [];

/**
 * Puts references in the place of the largest values of a fact until its data fits the journal. The blobs have to be
 * stored before the fact is appended. A fact whose size lies elsewhere, such as in its texts, comes back too large.
 */
export function claimCheck(fact: Fact, bytesMax: number = factBytesMax): Claimed {
  const { log }: FactMembers = fact.data;
  if (log === undefined || isBlobRef(log) || surelyFits(log, logBytesMax))
    return claimLargest(fact, bytesMax);
  // What was printed is read by people, when they ask for it: a fold has no use for it.
  const blob = blobOf(log);
  const rest = claimLargest(withMember(fact, ['log'], referenceTo(blob)), bytesMax);

  return { fact: rest.fact, blobs: [...rest.blobs, blob] };
}

function claimLargest(fact: Fact, bytesMax: number): Claimed {
  if (surelyFits(fact.data, bytesMax)) return { fact, blobs: nothing };

  let left = utf8Bytes(canonicalJson(fact.data)) - bytesMax;
  if (left <= 0) return { fact, blobs: nothing };

  let claimed = fact;
  const blobs = new Map<string, Blob>();
  for (const { path, text, bytes } of largestFirst(fact)) {
    if (left <= 0) break;
    const blob = { digest: sha256Hex(text), text, bytes };
    const ref = referenceTo(blob);
    const saved = bytes - canonicalJson(ref).length;
    if (saved <= 0) break;
    left -= saved;
    claimed = withMember(claimed, path, ref);
    blobs.set(blob.digest, blob);
  }

  return { fact: claimed, blobs: [...blobs.values()] };
}

function surelyFits(value: unknown, bytesMax: number): boolean {
  return measureJson(value, Math.floor(bytesMax / bytesPerCharacterMax)).kind === 'fits';
}

function blobOf(value: Json): Blob {
  const text = canonicalJson(value);

  return { digest: sha256Hex(text), text, bytes: utf8Bytes(text) };
}

function referenceTo({ digest, bytes }: Blob): BlobRef {
  return { $blob: { digest, bytes } };
}

/**
 * Where in a value that a user gave a key is that only references have, such as `items[2].$blob`; undefined where there
 * is none. Such a value could pass for a reference, so it must be refused. What is nested deeper than a fact may be is
 * refused anyway.
 */
export function reservedKey(value: Json): string | undefined {
  const place = reservedPlace(value, valueDepthMax);

  return place?.startsWith('.') === true ? place.slice(1) : place;
}

/** Why details that are handed on to the next attempt cannot be recorded, said of them; undefined where they can. */
export function unfitValue(details: Json): string | undefined {
  if (isTooDeep(details)) return `are nested deeper than ${valueDepthMax} levels`;
  const reserved = reservedKey(details);
  if (reserved !== undefined) return `have a key that only the journal may use, at ${reserved}`;
  const bytes = utf8Bytes(JSON.stringify(details));
  if (bytes <= detailsBytesMax) return undefined;

  return `have ${bytes} bytes, more than ${detailsBytesMax}; store them elsewhere and tell their place`;
}

/** The content of a value that is a reference; any other value as it is. Throws BlobNeeded. */
export function unclaim(value: Json, blobs: ReadonlyMap<string, Json>): Json {
  if (!isBlobRef(value)) return value;
  const content = blobs.get(value.$blob.digest);
  if (content === undefined) throw new BlobNeeded([value]);

  return content;
}

function largestFirst(fact: Fact) {
  return freeMembers(fact)
    .filter(({ kind }) => kind === 'value')
    .map(({ path, value }) => {
      const text = canonicalJson(value);
      return { path, text, bytes: utf8Bytes(text) };
    })
    .sort((a, b) => b.bytes - a.bytes);
}

function reservedPlace(value: Json, depthLeft: number): string | undefined {
  if (sealedWith(value) !== undefined) return '';
  if (typeof value !== 'object' || value === null || depthLeft === 0) return undefined;
  for (const key of ['$blob', sealedRest]) if (Object.hasOwn(value, key)) return `.${key}`;
  for (const [key, member] of Object.entries(value) as [string, Json][]) {
    const inner = reservedPlace(member, depthLeft - 1);
    if (inner !== undefined) return `${Array.isArray(value) ? `[${key}]` : `.${key}`}${inner}`;
  }

  return undefined;
}

function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}

/**
 * The value with the content of every reference in it, and what is sealed opened. Throws BlobNeeded, naming all that
 * are not at hand, and ValueErased.
 */
export function unclaimed({ aside }: Pick<Run, 'aside'>, value: Json): Json {
  // What is sealed may be so large that it stands elsewhere.
  return aside.sealing === undefined ? found(aside, value) : opened(aside, found(aside, value));
}

function found(aside: Run['aside'], value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (plain.has(value)) return value;
  const missing: BlobRef[] = [];
  const content = contentOf(value, aside.blobs, missing);
  if (missing.length > 0) throw new BlobNeeded(missing);
  if (content === value) plain.add(value);

  return content;
}

function contentOf(value: Json, blobs: ReadonlyMap<string, Json>, missing: BlobRef[]): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (isBlobRef(value)) {
    const content = blobs.get(value.$blob.digest);
    if (content === undefined) missing.push(value);
    return content ?? null;
  }
  if (isMemberRef(value)) return memberIn(value, blobs, missing);
  if (isSpreadRefs(value))
    return Object.fromEntries(
      value.$blob.flatMap(([name, each]) => spreadOf(name, contentOf(each, blobs, missing))),
    );
  if (Array.isArray(value))
    return same(
      value,
      value.map((each) => contentOf(each, blobs, missing)),
    );
  const entries = Object.entries(value);
  const contents = entries.map(([, each]) => contentOf(each, blobs, missing));

  return entries.every(([, each], index) => each === contents[index])
    ? value
    : Object.fromEntries(entries.map(([key], index) => [key, contents[index] ?? null]));
}

function memberIn({ $blob }: MemberRef, blobs: ReadonlyMap<string, Json>, missing: BlobRef[]): Json {
  const { member, of, otherwise } = $blob;
  const missed = missing.length;
  const content = contentOf(of, blobs, missing);
  // What stands for it is loaded only where it has to be.
  if (missing.length > missed) return null;

  return isMapping(content) && Object.hasOwn(content, member)
    ? (content[member] ?? null)
    : contentOf(otherwise, blobs, missing);
}

function spreadOf(name: string, output: Json): readonly (readonly [string, Json])[] {
  return isMapping(output) ? Object.entries(output) : [[name, output]];
}

/** The list itself where nothing in it changed. */
function same(list: readonly Json[], contents: readonly Json[]): readonly Json[] {
  return list.every((each, index) => each === contents[index]) ? list : contents;
}

/**
 * The value with one reference, as all releases know it, in the place of each mapping that is made of several large
 * values; their contents have to be stored. Throws BlobNeeded.
 */
export function gathered(
  value: Json,
  atHand: ReadonlyMap<string, Json>,
): { readonly value: Json; readonly blobs: readonly Blob[] } {
  const blobs: Blob[] = [];
  const missing: BlobRef[] = [];
  const gather = (each: Json): Json => {
    if (typeof each !== 'object' || each === null) return each;
    if (Array.isArray(each)) return each.map(gather);
    if (!isSpreadRefs(each))
      return Object.fromEntries(Object.entries(each).map(([name, member]) => [name, gather(member)]));
    const blob = blobOf(contentOf(each, atHand, missing));
    blobs.push(blob);
    return referenceTo(blob);
  };
  const whole = gather(value);
  if (missing.length > 0) throw new BlobNeeded(missing);

  return { value: whole, blobs };
}

/**
 * A member of a fact that holds what people, workers or expressions gave: any JSON (`value`), or prose (`text`). All
 * other members are what the fold goes by: names of tasks, numbers of attempts, times.
 */
export type FreeMember = {
  readonly path: readonly string[];
  readonly kind: 'value' | 'text';
  readonly value: Json;
};

type Place = { readonly path: readonly string[]; readonly kind: 'value' | 'text' | 'table' | 'texts' };

type Members = Readonly<Record<string, unknown>>;

/** The free members that a fact has. Of a table (`input`, `values`, ...) each entry is one: its names are ours. */
export function freeMembers(fact: Fact): readonly FreeMember[] {
  return placesOf(fact.type).flatMap(({ path, kind }) => {
    const value = memberAt(fact.data, path);
    if (value === undefined) return [];
    if (kind === 'value' || kind === 'text') return [{ path, kind, value: value as Json }];

    return Object.entries(value as Readonly<Record<string, Json>>).map(([name, entry]) => ({
      path: [...path, name],
      kind: kind === 'table' ? ('value' as const) : ('text' as const),
      value: entry,
    }));
  });
}

/** The fact with another value in one place. Everything else stays the same object. */
export function withMember(fact: Fact, path: readonly string[], value: Json): Fact {
  return { type: fact.type, data: replaced(fact.data, path, value) } as Fact;
}

function memberAt(data: unknown, path: readonly string[]): unknown {
  let reached = data;
  for (const name of path) {
    if (typeof reached !== 'object' || reached === null || !Object.hasOwn(reached, name)) return undefined;
    reached = (reached as Members)[name];
  }

  return reached;
}

function replaced(data: Members, [name, ...rest]: readonly string[], value: Json): Members {
  if (name === undefined) return data;
  const member = data[name] as Members;

  return { ...data, [name]: rest.length === 0 ? value : replaced(member, rest, value) };
}

/** Read off the schema of the type, so that a new type of event cannot be forgotten here. */
function placesOf(type: Fact['type']): readonly Place[] {
  const found = known.get(type) ?? placesIn(eventDefinition(type)?.schema, []);
  known.set(type, found);

  return found;
}

function placesIn(schema: unknown, path: readonly string[]): readonly Place[] {
  if (schema === JsonValue) return [{ path, kind: 'value' }];
  if (schema instanceof z.ZodOptional) return placesIn(schema.unwrap(), path);
  if (schema === JsonObject) return [{ path, kind: 'table' }];
  if (schema instanceof z.ZodRecord) return [{ path, kind: 'texts' }];
  if (schema instanceof z.ZodString) return prose.has(path.at(-1) ?? '') ? [{ path, kind: 'text' }] : [];
  if (!(schema instanceof z.ZodObject)) return [];

  return Object.entries(schema.shape).flatMap(([name, member]) => placesIn(member, [...path, name]));
}
