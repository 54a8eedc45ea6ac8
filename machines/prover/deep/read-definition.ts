import { buildOutline } from '../../language/build-outline.ts';
import { locate } from '../../language/finding.ts';
import type { Outline } from '../../language/outline.ts';
import type { Problem } from '../../language/problem.ts';
import { isMapping } from '../../language/read-tasks.ts';
import { readSource, type SourceText } from '../../language/text/source-text.ts';
import { toJson, type YamlNode } from '../../language/text/yaml-node.ts';
import { readYaml } from '../../language/text/yaml-reader.ts';
import type { DeepFinding } from './standstill.ts';
import { type Written, writtenIn } from './written.ts';

/** Where in the text of a definition its tasks stand, and what is written there. */
type Text = { readonly written: Written; readonly place: (finding: DeepFinding) => Placed };

/** A finding at its place in the file. */
export type Placed = Omit<Problem, 'severity'> & Pick<DeepFinding, 'severity'>;

/** Reads the text of a definition that the checker accepted. Throws on any other. */
export function readDefinition(options: { readonly file: string; readonly content: string }): Text {
  const read = readSource(options);
  const yaml = read.ok ? readYaml(read.source) : undefined;
  if (!read.ok || yaml?.ok !== true) throw new Error(`unchecked definition: ${options.file}`);
  const raw = toJson(yaml.root);
  const workflow = isMapping(raw) ? raw['workflow'] : undefined;
  const outline =
    workflow !== undefined && isMapping(workflow) ? buildOutline(workflow, () => {}) : undefined;
  if (outline === undefined) throw new Error(`unchecked definition: ${options.file}`);

  return {
    written: writtenIn(outline),
    place: (finding) => placed(finding, { source: read.source, root: yaml.root, outline }),
  };
}

type Parts = { readonly source: SourceText; readonly root: YamlNode; readonly outline: Outline };

function placed(finding: DeepFinding, { source, root, outline }: Parts): Placed {
  const { code, severity, message, tasks, key } = finding;
  const site = outline.sites.find(({ task }) => task.id === tasks[0]);
  const path = site?.path ?? ['workflow'];
  const named = key !== undefined && site !== undefined && key in site.raw ? key : 'id';
  const problem = locate(source, root, { code, message, path: [...path, named] });

  return { ...problem, severity };
}
