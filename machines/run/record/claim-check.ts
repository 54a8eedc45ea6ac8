import { type BlobRef, isBlobRef } from '../../../events/blob-ref.ts';
import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import type { Fact } from '../../../events/catalogue.ts';
import { measureJson } from '../../expressions/evaluate/json-size.ts';
import { sha256Hex } from '../../hash.ts';
import { valueDepthMax } from '../../json-depth.ts';
import { freeMembers, withMember } from './fact-places.ts';

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
/** A character of a text takes most bytes when it is written as an escape: `\u0000`. */
const bytesPerCharacterMax = 6;
const nothing: readonly Blob[] = [];

/**
 * Puts references in the place of the largest values of a fact until its data fits the journal. The blobs have to be
 * stored before the fact is appended. A fact whose size lies elsewhere, such as in its texts, comes back too large.
 */
export function claimCheck(fact: Fact, bytesMax: number = factBytesMax): Claimed {
  const surelyFits = measureJson(fact.data, Math.floor(bytesMax / bytesPerCharacterMax)).kind === 'fits';
  if (surelyFits) return { fact, blobs: nothing };

  let left = utf8Bytes(canonicalJson(fact.data)) - bytesMax;
  if (left <= 0) return { fact, blobs: nothing };

  let claimed = fact;
  const blobs = new Map<string, Blob>();
  for (const { path, text, bytes } of largestFirst(fact)) {
    if (left <= 0) break;
    const blob = { digest: sha256Hex(text), text, bytes };
    const ref = { $blob: { digest: blob.digest, bytes } };
    const saved = bytes - canonicalJson(ref).length;
    if (saved <= 0) break;
    left -= saved;
    claimed = withMember(claimed, path, ref);
    blobs.set(blob.digest, blob);
  }

  return { fact: claimed, blobs: [...blobs.values()] };
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
  if (typeof value !== 'object' || value === null || depthLeft === 0) return undefined;
  if (Object.hasOwn(value, '$blob')) return '.$blob';
  for (const [key, member] of Object.entries(value) as [string, Json][]) {
    const inner = reservedPlace(member, depthLeft - 1);
    if (inner !== undefined) return `${Array.isArray(value) ? `[${key}]` : `.${key}`}${inner}`;
  }

  return undefined;
}

function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}
