import { type Chart, compileChart } from '../../chart/chart.ts';
import { buildOutline } from '../../language/build-outline.ts';
import { locate } from '../../language/finding.ts';
import type { LoadedDefinition } from '../../language/load-definition.ts';
import { isMapping } from '../../language/mapping.ts';
import type { Outline } from '../../language/outline.ts';
import type { Problem } from '../../language/problem.ts';
import { readSource, type SourceText } from '../../language/text/source-text.ts';
import { toJson, type YamlNode } from '../../language/text/yaml-node.ts';
import { readYaml } from '../../language/text/yaml-reader.ts';
import { type Candidates, candidatesOf } from '../candidates/candidates-of.ts';
import { type Explored, explore } from '../explore/explore.ts';
import { deepFindings } from './deep-findings.ts';
import type { DeepFinding } from './standstill.ts';
import { unprovenOf } from './unproven.ts';
import { type Written, writtenIn } from './written.ts';

/** What exploring a definition showed of it. */
export type DeepReport = {
  readonly chart: Chart;
  readonly candidates: Candidates;
  readonly loaded: LoadedDefinition;
  readonly explored: Explored;
  readonly findings: readonly { readonly finding: DeepFinding; readonly placed: Placed }[];
  /** What may fail for all that is known, in words. */
  readonly unproven: readonly string[];
  /** Whether nothing was left out: then what is not found does not happen. */
  readonly isComplete: boolean;
};

export type DeepOptions = {
  readonly loaded: LoadedDefinition;
  readonly file: string;
  /** So many scenes are looked at. */
  readonly scenesMax: number;
};

/** Explores every way through a definition that loaded, for all results and events, and says what is wrong with it. */
export function deepCheck({ loaded, file, scenesMax }: DeepOptions): DeepReport {
  const chart = compileChart(loaded.definition, loaded.ref);
  const candidates = candidatesOf(loaded.definition, chart);
  const explored = explore(chart, candidates, { scenesMax });
  const { written, outline, place } = readDefinition({ file, content: loaded.text });
  const findings = deepFindings({ chart, explored, outline, written });
  const unproven = unprovenOf({ chart, explored, outline }, findings);

  return {
    chart,
    candidates,
    loaded,
    explored,
    findings: findings.map((finding) => ({ finding, placed: place(finding) })),
    unproven,
    isComplete: explored.isWhole && candidates.omitted.length === 0 && unproven.length === 0,
  };
}

/** Where in the text of a definition its tasks stand, and what is written there. */
type Text = {
  readonly outline: Outline;
  readonly written: Written;
  readonly place: (finding: DeepFinding) => Placed;
};

/** A finding at its place in the file. */
export type Placed = Omit<Problem, 'severity'> & Pick<DeepFinding, 'severity'>;

/** Reads the text of a definition that the checker accepted. Throws on any other. */
function readDefinition(options: { readonly file: string; readonly content: string }): Text {
  const read = readSource(options);
  const yaml = read.ok ? readYaml(read.source) : undefined;
  if (!read.ok || yaml?.ok !== true) throw new Error(`unchecked definition: ${options.file}`);
  const raw = toJson(yaml.root);
  const workflow = isMapping(raw) ? raw['workflow'] : undefined;
  const outline =
    workflow !== undefined && isMapping(workflow) ? buildOutline(workflow, () => {}) : undefined;
  if (outline === undefined) throw new Error(`unchecked definition: ${options.file}`);

  return {
    outline,
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
