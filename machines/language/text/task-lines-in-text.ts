import { placeAt, readSource } from './source-text.ts';
import type { YamlNode } from './yaml-node.ts';
import { readYaml } from './yaml-reader.ts';

/** Where each task of a definition begins in its text, from 1, by its id; the first where an id stands twice. */
export function taskLinesInText(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  const read = readSource({ file: '', content: text });
  if (!read.ok) return lines;
  const yaml = readYaml(read.source);
  if (!yaml.ok) return lines;
  for (const { id, start } of tasksIn(yaml.root)) {
    if (!lines.has(id)) lines.set(id, placeAt(read.source, start).line);
  }

  return lines;
}

/** However deep it stands, a task is a mapping with an id in a list. Triggers are such mappings, too. */
function* tasksIn(node: YamlNode): Generator<{ readonly id: string; readonly start: number }> {
  if (node.kind === 'list') {
    for (const item of node.items) {
      const id = item.kind === 'map' ? item.entries.get('id')?.value : undefined;
      if (id?.kind === 'scalar') yield { id: String(id.value), start: item.start };
      yield* tasksIn(item);
    }
  }
  if (node.kind !== 'map') return;
  for (const [key, { value }] of node.entries) if (key !== 'triggers') yield* tasksIn(value);
}
