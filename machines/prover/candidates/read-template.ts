import type { Json } from '../../../events/canonical-json.ts';
import { templateParts } from '../../language/references/type-rules.ts';
import { note } from './note.ts';
import { constant, type Leaf, type Reading } from './reading.ts';
import { anyItem } from './value-site.ts';

type Path = readonly string[];

/** Follows the value at a path below what a template gives to where it comes from. */
export function readTemplate(source: Json, path: Path, reading: Reading): readonly Leaf[] {
  if (typeof source === 'string') return readText(source, path, reading);
  if (typeof source !== 'object' || source === null) return path.length === 0 ? [constant(source)] : [];
  const [first, ...rest] = path;
  if (first === undefined) {
    for (const part of Object.values(source)) glance(part, reading);
    return JSON.stringify(source).includes('${') ? [] : [constant(source)];
  }
  if (Array.isArray(source)) {
    const items = source as readonly Json[];
    return first === anyItem ? items.flatMap((item) => readTemplate(item, rest, reading)) : [];
  }
  const members = source as Readonly<Record<string, Json>>;

  return Object.hasOwn(members, first) ? readTemplate(members[first] ?? null, rest, reading) : [];
}

function readText(text: string, path: Path, reading: Reading): readonly Leaf[] {
  const { parts, whole } = templateParts(text);
  const [only] = parts;
  const { world } = reading;
  if (only === undefined) return path.length === 0 ? [constant(text)] : [];
  if (whole) return world.read(world.parse(only.source), path, reading);
  for (const { source } of parts) note(world.read(world.parse(source), [], reading), {}, reading);

  return [];
}

/** Has the members that a template reads be there, whatever becomes of it. */
export function glance(source: Json, reading: Reading): void {
  note(readTemplate(source, [], reading), {}, reading);
}
