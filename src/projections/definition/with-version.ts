import { canonicalJson } from '../../../events/canonical-json.ts';
import { type LoadedDefinition, loadDefinition } from '../../../machines/language/load-definition.ts';
import { readSource } from '../../../machines/language/text/source-text.ts';
import { nodeAt } from '../../../machines/language/text/yaml-node.ts';
import { readYaml } from '../../../machines/language/text/yaml-reader.ts';

/**
 * The text of a definition with another version; all else stays as it was written. Undefined where the number stands
 * in a way that it cannot be told apart from the rest, such as by an anchor.
 */
export function withVersion(
  { definition, text }: LoadedDefinition,
  file: string,
  version: number,
): LoadedDefinition | undefined {
  const read = readSource({ file, content: text });
  const yaml = read.ok ? readYaml(read.source) : undefined;
  if (yaml?.ok !== true) return undefined;
  const { start, end } = nodeAt(yaml.root, ['workflow', 'version']);
  const result = loadDefinition({ file, content: `${text.slice(0, start)}${version}${text.slice(end)}` });
  const expected = canonicalJson({ ...definition, version });

  return result.ok && canonicalJson(result.loaded.definition) === expected ? result.loaded : undefined;
}
