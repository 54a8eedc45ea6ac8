import type { z } from 'zod';
import type { Json } from '../../events/canonical-json.ts';
import type { Definition } from '../definition.ts';
import { defined } from '../language/defined.ts';
import { type Finding, locate } from '../language/finding.ts';
import { orderProblems, type Problem } from '../language/problem.ts';
import { isMapping } from '../language/read-tasks.ts';
import { parseSalvaging } from '../language/salvage.ts';
import { kindOf } from '../language/schema/shapes.ts';
import { placeAt, readSource } from '../language/source-text.ts';
import { nodeAt, toJson } from '../language/yaml-node.ts';
import { readYaml } from '../language/yaml-reader.ts';
import { casesFile } from './cases-schema.ts';
import { misfits } from './misfits.ts';
import type { TestCase } from './test-case.ts';

/** What a `*.test.yaml` holds. */
export type LoadedCases = {
  /** The file of the definition, beside this one; absent where it has the name of this one. */
  readonly definition?: string;
  readonly cases: readonly TestCase[];
  /** What the cases name that the definition does not have. */
  readonly misfits: (definition: Definition) => readonly Problem[];
};

/** A YAML text becomes cases, or the list of everything that is wrong with it. Never throws. */
export function loadCases(options: {
  readonly file: string;
  readonly content: Uint8Array | string;
}): ({ readonly ok: true } & LoadedCases) | { readonly ok: false; readonly problems: readonly Problem[] } {
  const read = readSource(options);
  if (!read.ok) return { ok: false, problems: [ownCode(read.problem)] };
  const { source } = read;
  const yaml = readYaml(source);
  if (!yaml.ok) return { ok: false, problems: orderProblems(yaml.problems).map(ownCode) };
  const located = (findings: readonly Finding[]) =>
    orderProblems(findings.map((finding) => ownCode(locate(source, yaml.root, finding))));

  const { value, findings } = parsed(toJson(yaml.root));
  const problems = orderProblems([...yaml.problems.map(ownCode), ...located(findings)]);
  if (value === undefined || problems.length > 0) return { ok: false, problems };
  const { definition } = value.test;
  const cases = value.test.cases.map((written, index) =>
    caseOf(written, placeAt(source, nodeAt(yaml.root, ['test', 'cases', index]).start).line),
  );

  return {
    ok: true,
    cases,
    ...(definition === undefined ? {} : { definition }),
    misfits: (of) => located(misfits(of, cases)),
  };
}

type CasesFile = z.output<typeof casesFile>;

function parsed(raw: Json): { readonly value?: CasesFile; readonly findings: readonly Finding[] } {
  if (!isMapping(raw)) {
    const message = `expected a mapping with the key "test", found ${kindOf(raw)}`;
    return { findings: [{ code: 'definition.not-a-mapping', message, path: [] }] };
  }
  const { value, findings } = parseSalvaging({ schema: casesFile, value: raw, path: [] });
  const names = value?.test.cases.map(({ name }) => name) ?? [];
  const repeated = names.flatMap((name, index): readonly Finding[] => {
    const first = names.indexOf(name);
    if (first === index) return [];
    const at = (place: number) => ['test', 'cases', place, 'name'];
    const message = `there is a case "${name}" already`;
    return [{ code: 'definition.duplicate-name', message, path: at(index), first: at(first) }];
  });

  return { ...(value === undefined ? {} : { value }), findings: [...findings, ...repeated] };
}

function caseOf(written: CasesFile['test']['cases'][number], line: number): TestCase {
  const { name, input = {}, results = {}, answers = {}, signals = {}, children = {}, expect } = written;

  return { name, line, input, results, answers, signals, children, expect: defined(expect) };
}

/** The parts that read definitions, too, speak of definitions. */
function ownCode(problem: Problem): Problem {
  return { ...problem, code: problem.code.replace(/^definition\./, 'cases.') };
}
