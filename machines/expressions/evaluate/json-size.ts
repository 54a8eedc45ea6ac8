import { jsonDepthMax } from '../limits.ts';
import { timeOf } from './calendar.ts';

/** How deep a value of a fact may be nested. What is deeper could be written but not be read again. */
export const valueDepthMax = 64;

/** How a value measures against a limit. `foreign` is what JSON cannot hold. */
export type JsonSize =
  | { readonly kind: 'fits'; readonly characters: number }
  | { readonly kind: 'large' | 'deep' }
  | { readonly kind: 'foreign'; readonly what: string };

type Walk = { left: number; problem: Exclude<JsonSize, { kind: 'fits' }> | undefined };

/**
 * Measures the JSON text of a value without writing it, and stops as soon as the limit is passed: a reference to a
 * large value must cost no more to refuse than a small one costs to accept. Escapes in texts are not counted.
 */
export function measureJson(value: unknown, charactersMax: number): JsonSize {
  const walk: Walk = { left: charactersMax, problem: undefined };
  measure(value, jsonDepthMax, walk);

  return walk.problem ?? { kind: 'fits', characters: charactersMax - walk.left };
}

function measure(value: unknown, depthLeft: number, walk: Walk): void {
  const scalar = scalarCharacters(value);
  if (scalar !== undefined) take(walk, scalar);
  else if (typeof value !== 'object' || value === null)
    walk.problem ??= { kind: 'foreign', what: nameOf(value) };
  else if (depthLeft === 0) walk.problem ??= { kind: 'deep' };
  else if (Array.isArray(value)) measureList(value, depthLeft - 1, walk);
  else measureMap(value, depthLeft - 1, walk);
}

function scalarCharacters(value: unknown): number | undefined {
  if (typeof value === 'string') return value.length + 2;
  if (value === null || typeof value === 'boolean') return 4;
  const time = timeOf(value);
  if (time !== undefined) return time.toString().length + 2;

  return typeof value === 'number' && Number.isFinite(value) ? String(value).length : undefined;
}

function nameOf(value: unknown): string {
  return typeof value === 'number' ? String(value) : `a value of type ${typeof value}`;
}

function measureList(list: readonly unknown[], depthLeft: number, walk: Walk): void {
  take(walk, 2 + list.length);
  for (let index = 0; index < list.length && walk.problem === undefined; index += 1) {
    measure(list[index], depthLeft, walk);
  }
}

function measureMap(map: object, depthLeft: number, walk: Walk): void {
  const prototype: unknown = Object.getPrototypeOf(map);
  if (prototype !== Object.prototype && prototype !== null) {
    walk.problem ??= { kind: 'foreign', what: 'an object with a class' };
    return;
  }

  take(walk, 2);
  for (const [key, member] of Object.entries(map)) {
    if (walk.problem !== undefined) return;
    // A member without a value is no member: canonical JSON leaves it out as well.
    if (member === undefined) continue;
    take(walk, key.length + 4);
    measure(member, depthLeft, walk);
  }
}

function take(walk: Walk, characters: number): void {
  walk.left -= characters;
  if (walk.left < 0) walk.problem ??= { kind: 'large' };
}

/** Whether the value is nested deeper than that. */
export function isTooDeep(value: unknown, left: number = valueDepthMax): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (left === 0) return true;

  return Object.values(value).some((member) => isTooDeep(member, left - 1));
}
