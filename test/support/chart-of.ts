// Compiles a definition that a test writes down, as a user would have written it.
import { type Chart, compileChart } from '../../machines/chart/chart.ts';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { formatProblems } from '../../machines/language/problem.ts';

/** The chart of a definition given by its tasks, in YAML. `extra` are further keys of the workflow, in YAML. */
export function chartOf(tasks: string, extra = ''): Chart {
  const indent = (text: string, by: number) => text.replaceAll(/^(?=.)/gm, ' '.repeat(by));
  const head = `workflow:\n  id: under-test\n  version: 1\n`;

  return chartOfText(`${head}${indent(dedent(extra), 2)}\n  tasks:\n${indent(dedent(tasks), 4)}\n`);
}

export function chartOfText(content: string): Chart {
  const result = loadDefinition({ file: 'under-test.yaml', content });
  if (!result.ok) throw new Error(formatProblems(result.problems));

  return compileChart(result.loaded.definition, result.loaded.ref);
}

function dedent(text: string): string {
  const lines = text
    .split('\n')
    .filter((line, index, all) => line.trim() !== '' || (index > 0 && index < all.length - 1));
  const margin = Math.min(...lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/)));

  return lines.map((line) => line.slice(Number.isFinite(margin) ? margin : 0)).join('\n');
}
