import { canonicalJson, type Json } from '../../events/canonical-json.ts';
import type { DefinitionRef } from '../../events/run-events.ts';
import type { Definition } from '../definition.ts';
import { sha256Hex } from '../hash.ts';
import { buildOutline } from './build-outline.ts';
import { checkOutline } from './check-outline.ts';
import { failureDefinition } from './failure-definition.ts';
import { type Finding, locate } from './finding.ts';
import { orderProblems, type Problem } from './problem.ts';
import { isMapping } from './read-tasks.ts';
import { kindOf, unknownKey } from './schema/shapes.ts';
import { readSource, type SourceText } from './source-text.ts';
import { toJson, type YamlNode } from './yaml-node.ts';
import { readYaml } from './yaml-reader.ts';

/** A definition that passed every check. `text` is the file as it was written, without a byte order mark. */
export type LoadedDefinition = {
  readonly definition: Definition;
  /** The hash is that of the parsed YAML, so that comments and layout do not change it. */
  readonly ref: DefinitionRef;
  readonly text: string;
  /** The text of the definition of its failure workflow, where that is written out inside of it. */
  readonly failureText?: string;
  /** The decoration around the YAML, for showing it again. */
  readonly banner: string;
};

/** A YAML or JSON text becomes a checked definition, or the list of everything that is wrong with it. Never throws. */
export function loadDefinition(options: {
  readonly file: string;
  readonly content: Uint8Array | string;
}):
  | { readonly ok: true; readonly loaded: LoadedDefinition; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] } {
  const read = readSource(options);
  if (!read.ok) return { ok: false, problems: [read.problem] };
  const { source } = read;
  const yaml = readYaml(source);
  if (!yaml.ok) return { ok: false, problems: orderProblems(yaml.problems) };

  const raw = toJson(yaml.root);
  const { definition, findings } = check(raw);
  const problems = orderProblems([...yaml.problems, ...unrepeated(source, yaml.root, findings)]);
  if (definition === undefined || problems.some((problem) => problem.severity === 'error')) {
    return { ok: false, problems };
  }
  const failureText = failureDefinition(raw);
  const unfit = failureText === undefined ? [] : failureFindings(options.file, failureText);
  if (unfit.length > 0) {
    return { ok: false, problems: orderProblems([...problems, ...unrepeated(source, yaml.root, unfit)]) };
  }
  const ref = { id: definition.id, version: definition.version, hash: hashOf(raw) };

  return {
    ok: true,
    loaded: {
      definition,
      ref,
      text: source.text,
      banner: source.banner,
      ...(failureText === undefined ? {} : { failureText }),
    },
    warnings: problems,
  };
}

/** The steps of a failure workflow are a run of their own, in which not all is known that their tasks may read here. */
function failureFindings(file: string, content: string): readonly Finding[] {
  const result = loadDefinition({ file, content });
  const path = ['workflow', 'failure_workflow'];

  return (result.ok ? [] : result.problems.filter(({ severity }) => severity === 'error')).map(
    ({ code, message, path: place }) => ({
      code,
      message: `as a run of its own, ${place}: ${message}`,
      path,
    }),
  );
}

function check(raw: Json): { readonly definition?: Definition; readonly findings: readonly Finding[] } {
  if (!isMapping(raw)) {
    const message = `expected a mapping with the key "workflow", found ${kindOf(raw)}`;
    return { findings: [{ code: 'definition.not-a-mapping', message, path: [] }] };
  }
  const findings = rootFindings(raw);
  const workflow = raw['workflow'];
  if (!isMapping(workflow)) return { findings };
  const outline = buildOutline(workflow, (...more) => findings.push(...more));
  if (outline === undefined) return { findings };
  findings.push(...checkOutline(outline, { readable: !findings.some(isError) }));

  return { definition: outline.definition, findings };
}

function rootFindings(raw: Readonly<Record<string, Json>>): Finding[] {
  const findings: Finding[] = Object.keys(raw)
    .filter((key) => key !== 'workflow')
    .map((key) => ({
      code: 'definition.unknown-key',
      message: unknownKey(key, ['workflow']),
      path: [key],
      at: 'key',
    }));
  const workflow = raw['workflow'];
  if (workflow === undefined && !findings.some((finding) => finding.message.includes('did you mean'))) {
    const message = 'the key "workflow" is missing at the top of the file';
    findings.push({ code: 'definition.missing-workflow', message, path: [] });
  } else if (workflow !== undefined && !isMapping(workflow)) {
    const message = `expected a mapping with id, version and tasks, found ${kindOf(workflow)}`;
    findings.push({ code: 'definition.wrong-type', message, path: ['workflow'] });
  }

  return findings;
}

/** Findings with their places, each once: an alias lets one place be found wrong over several paths. */
function unrepeated(source: SourceText, root: YamlNode, findings: readonly Finding[]): readonly Problem[] {
  const problems = new Map<string, Problem>();
  for (const finding of findings) {
    const problem = locate(source, root, finding);
    const key = `${problem.line}:${problem.column}:${problem.code}:${problem.message}`;
    if (!problems.has(key)) problems.set(key, problem);
  }

  return [...problems.values()];
}

function hashOf(raw: Json): string {
  return sha256Hex(canonicalJson(isMapping(raw) ? raw['workflow'] : raw));
}

function isError(finding: Finding): boolean {
  return finding.severity !== 'warning';
}
