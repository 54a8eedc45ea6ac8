import { compileChart } from '../../../../machines/chart/chart.ts';
import { diagramOf } from '../../../../machines/chart/statechart/diagram.ts';
import { type Statechart, statechartOf } from '../../../../machines/chart/statechart/statechart.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, withSession } from '../../invocation.ts';
import { type Found, findLocal, findRegistered } from '../../start/find-definition.ts';
import { mermaidText, svgText } from './chart-drawing.ts';

export type ChartFlags = { readonly format: 'xstate' | 'mermaid' | 'svg' | 'json' };

/** `workflow chart <definition>`: the XState machine that a definition compiles to, as code, JSON or a picture. */
export async function chartCommand(
  invocation: Invocation,
  name: string,
  { format }: ChartFlags,
): Promise<ExitCode> {
  const { output, app } = invocation;
  const { loaded, file } = await found(invocation, name);
  const { definition, ref } = loaded;
  const { config } = statechartOf(compileChart(definition, ref));
  const drawing = async (): Promise<string> => {
    switch (format) {
      case 'json':
        return JSON.stringify(config, null, 2);
      case 'xstate':
        return moduleText(config);
      case 'mermaid':
        return mermaidText(diagramOf(config));
      case 'svg': {
        const layout = await app.layout();
        return svgText(diagramOf(config), layout).finally(() => layout.close());
      }
    }
  };
  const text = await drawing();
  output.document('Chart', { definition: ref, file, format, ...(format === 'json' ? { config } : { text }) });
  output.data(text);

  return 0;
}

/** A file of the project goes before what is registered: only that needs a server. */
async function found(invocation: Invocation, name: string): Promise<Found> {
  const place = { cwd: invocation.io.cwd, projectDir: invocation.projectDir() };
  const local = await findLocal(name, place);
  if (local !== undefined) return local;

  return withSession(invocation, 'none', ({ workflows }) => findRegistered(name, workflows, place));
}

/** For an editor that reads code: guards and actions have names alone, since the library carries them out. */
function moduleText(config: Statechart['config']): string {
  return `import { createMachine } from 'xstate';\n\nexport const machine = createMachine(${JSON.stringify(config, null, 2)});`;
}
