import { z } from 'zod';
import { readingDomain } from '../../../machines/agents/token-scope.ts';
import { checkText, isUsable } from '../../../machines/language/check-text.ts';
import type { LoadedDefinition } from '../../../machines/language/load-definition.ts';
import type { Problem } from '../../../machines/language/problem.ts';
import { ImportReport, ImportRequest } from '../../api/definition-import.ts';
import {
  CheckReport,
  DeepCheckReport,
  DefinitionDiff,
  DefinitionDiffRequest,
  DefinitionDrawn,
  DefinitionList,
  DefinitionNamed,
  DefinitionPage,
  type DefinitionTemplate,
  DefinitionText,
  DefinitionTools,
  DefinitionVersion,
  PublishReport,
  PublishRequest,
  RollbackRequest,
  SavedDefinition,
  SaveRequest,
  TemplateList,
  TestReport,
  WhatIfRequest,
} from '../../api/definitions.ts';
import { DependencyMap } from '../../api/insights.ts';
import type { definitionOperations } from '../../api/operations/definitions.ts';
import { PageQuery } from '../../api/page.ts';
import type { TextProblem } from '../../api/problem.ts';
import { Graph } from '../../api/run-parts.ts';
import { ProjectNames, Vocabulary } from '../../api/vocabulary.ts';
import { within } from '../../lib/deadline.ts';
import { listReadsMax, mapAtOnce } from '../../lib/limit.ts';
import type { ImportOutcome } from '../../ports/definitions/definition-import.ts';
import { CasesInvalid } from '../../ports/definitions/definition-tests.ts';
import { definitionRow, type KnownVersion, needsOf } from '../../projections/definition/definition-row.ts';
import { definitionTool } from '../../projections/definition/definition-tool.ts';
import { type Dependencies, dependenciesOf, placedMap } from '../../projections/definition/dependency-map.ts';
import { formFieldsOf } from '../../projections/definition/form-field.ts';
import { lineChanges } from '../../projections/definition/line-diff.ts';
import { projectNames } from '../../projections/definition/project-names.ts';
import { vocabulary } from '../../projections/definition/vocabulary.ts';
import { reportInWords } from '../../projections/definition/what-if-words.ts';
import { groupedBy } from '../../projections/insights/failure-groups.ts';
import { readableIn } from '../../projections/readable.ts';
import { refuseUnlessWritable } from '../authorize.ts';
import { byName, pageOf } from '../page.ts';
import { graphOf } from '../runs/graphs.ts';
import { type OperationPorts, RequestRefused, type UseCasesOf, useCase } from '../use-case.ts';
import { definitionPage, runsOfDefinition } from './definition-page.ts';
import { knownDefinitionsOf } from './known-definitions.ts';
import { knownWorld } from './known-world.ts';
import { published, rolledBack } from './published.ts';
import { executableText } from './resolve-definition.ts';

/** Nobody who writes waits longer for the picture of it. */
const drawnWithinMs = 1_500;
const testLimitMs = 10_000;
const deepLimitMs = 20_000;

export const definitionUseCases = {
  list: useCase(PageQuery, DefinitionList, async (ports, wanted) => {
    await ports.board.ready;
    const counts = groupedBy(await ports.board.counts(), ({ definition }) => definition.id);
    const all = Array.from(await knownDefinitionsOf(ports).all(), ([name, known]) => ({ name, ...known }));
    const { items, ...page } = pageOf(all, byName('definitions'), wanted);
    const rows = await mapAtOnce(items, listReadsMax, async ({ name, shown, versions }) =>
      definitionRow(shown, versions, await runsOfDefinition(ports, name, counts.get(name) ?? [])),
    );

    return { ...page, items: rows };
  }),
  show: useCase(DefinitionVersion, DefinitionPage, async (ports, { id, ...wanted }) => {
    const found = await knownDefinitionsOf(ports).find(id, wanted);
    const { loaded } = found.shown;
    const drawn = loaded === undefined ? undefined : await drawnGraph(ports, loaded);

    return definitionPage(ports, found, drawn);
  }),
  graph: useCase(DefinitionDrawn, Graph, async (ports, { id, view, ...wanted }) => {
    const { shown } = await knownDefinitionsOf(ports).find(id, wanted);
    if (shown.loaded === undefined) throw notDrawn(shown);

    return graphOf(ports.layout, shown.loaded, view);
  }),
  diff: useCase(DefinitionDiffRequest, DefinitionDiff, async (ports, { id, from, to, file }) => {
    const known = knownDefinitionsOf(ports);
    const before = await known.find(id, { version: from });
    const after = await known.find(id, { version: to, file });

    return { lines: [...lineChanges(linesOf(before.shown.text), linesOf(after.shown.text))] };
  }),
  check: useCase(DefinitionText, CheckReport, checkReport),
  deepCheck: useCase(DefinitionText, DeepCheckReport, async (ports, draft) => {
    const { text } = await executableHere(ports, draft);

    return ports.tests.deepCheck({ ...draft, text, limitMs: deepLimitMs });
  }),
  test: useCase(DefinitionText, TestReport, async (ports, draft) => {
    const { text } = await executableHere(ports, draft);

    return testReport(ports.tests, { ...draft, text });
  }),
  whatIf: useCase(WhatIfRequest, PublishReport.shape.reports.element, async (ports, { run, ...draft }) => {
    const { workflows } = ports;
    const definition = await executableHere(ports, draft);

    return reportInWords(await workflows.whatIf(await workflows.resolve(run), definition));
  }),
  publish: useCase(PublishRequest, PublishReport, async (ports, { text, ...request }, { actor }) => {
    const definition = await executableHere(ports, { file: request.file, text });

    return published(ports, { ...request, definition, actor });
  }),
  rollback: useCase(
    RollbackRequest.extend(DefinitionNamed.shape),
    PublishReport,
    (ports, request, { actor }) => rolledBack(ports, { ...request, actor }),
  ),
  save: useCase(
    SaveRequest,
    SavedDefinition,
    async ({ authority, definitionFiles, workflows }, { file, text, replace }, caller) => {
      await refuseUnlessWritable({ authority, workflows }, caller, { file, text });

      return { file: await definitionFiles.write(file, text, { replace }) };
    },
  ),
  import: useCase(ImportRequest, ImportReport, async ({ importer }, { tasks, ...source }) => {
    const translate = await importer();
    const more = tasks === undefined ? {} : { tasks: { text: tasks, file: 'task definitions' } };

    return importReport(translate({ ...source, ...more }));
  }),
  templates: useCase(z.object({}), TemplateList, async (ports) => ({
    templates: (await knownDefinitionsOf(ports).library()).map(templateOf),
  })),
  tools: useCase(z.object({}), DefinitionTools, async (ports) => ({
    items: [...(await knownDefinitionsOf(ports).all()).values()].flatMap(({ shown }) =>
      shown.loaded?.definition.expose?.mcp === true ? [definitionTool(shown.loaded.definition)] : [],
    ),
  })),
  vocabulary: useCase(z.object({}), Vocabulary, vocabulary),
  names: useCase(z.object({}), ProjectNames, async (ports, _input, caller) => {
    const { principals, ...world } = await knownWorld(ports);
    const agents = ports.agents.agents();

    // A token of one domain is told of its agents alone, and not who else there is.
    return projectNames({
      ...world,
      agents,
      ...(principals === undefined || readingDomain(caller) !== undefined ? {} : { principals }),
    });
  }),
  map: useCase(z.object({}), DependencyMap, async (ports) => {
    const { board, agents, layout } = ports;
    await board.ready;
    const known = [...(await knownDefinitionsOf(ports).all()).values()];
    const definitions = known.flatMap(({ shown }) => shown.loaded ?? []);
    const found = dependenciesOf(definitions, { lines: board.live(), agents: agents.agents() });

    return placedMap(found, await layout.place(boxesOf(found)));
  }),
} satisfies UseCasesOf<typeof definitionOperations>;

/** The graph of a definition; undefined where it cannot be drawn in time: a next time it may be there. */
function drawnGraph(
  { layout, clock }: Pick<OperationPorts, 'layout' | 'clock'>,
  loaded: LoadedDefinition,
): Promise<Graph | undefined> {
  return within(clock, drawnWithinMs, graphOf(layout, loaded));
}

function notDrawn({ id, file, problems }: KnownVersion): RequestRefused {
  const message = `${file} is no valid definition of ${id}: ${problems} problems; there is no graph of it`;

  return new RequestRefused({ code: 'definition.invalid', message });
}

function linesOf(text: string): readonly string[] {
  return text.trimEnd().split('\n');
}

/** A text that was sent, as it is in this project. Rejects with DefinitionRefused. */
async function executableHere(
  ports: OperationPorts,
  draft: z.output<typeof DefinitionText>,
): Promise<LoadedDefinition> {
  const [world, schemas] = await Promise.all([knownWorld(ports), ports.definitionFiles.schemas(draft.text)]);

  return executableText(draft, { world, schemas });
}

async function checkReport(
  ports: OperationPorts,
  { file, text }: z.output<typeof DefinitionText>,
): Promise<CheckReport> {
  const schemas = await ports.definitionFiles.schemas(text);
  const world = await knownWorld(ports);
  const checked = checkText({ file, content: text, world, schemas });
  const { loaded, problems } = checked;
  const graph = loaded === undefined ? undefined : await drawnGraph(ports, loaded);

  return {
    ok: isUsable(checked),
    ...(loaded === undefined ? {} : { definition: loaded.ref }),
    problems: problems.map(textProblem),
    ...(graph === undefined ? {} : { graph }),
    ...(loaded === undefined ? {} : { readable: readableIn(loaded.definition, world.actions) }),
  };
}

async function testReport(
  tests: OperationPorts['tests'],
  draft: z.output<typeof DefinitionText>,
): Promise<TestReport> {
  try {
    const { scenarios, uncovered, cases, ...played } = await tests.test({ ...draft, limitMs: testLimitMs });

    return {
      ...played,
      scenarios: [...scenarios],
      uncovered: [...uncovered],
      cases: cases.map((each) => ({ ...each, problems: [...each.problems] })),
    };
  } catch (error) {
    if (!(error instanceof CasesInvalid)) throw error;
    const problems = error.problems.map(casesProblem);
    throw new RequestRefused({ code: error.code, message: error.message, problems });
  }
}

/** The file is said: it is another one than the text that was sent. */
function casesProblem(problem: Problem): TextProblem {
  return { ...textProblem(problem), message: `${problem.file}: ${problem.message}` };
}

/** What an import came to, as it is sent. Throws RequestRefused for a text that is no definition of Conductor. */
function importReport(outcome: ImportOutcome): ImportReport {
  if (!outcome.ok) throw new RequestRefused(outcome, outcome.fix);

  return {
    definitions: outcome.definitions.map(({ name, id, version, yaml, entries, problems }) => ({
      ...{ name, id, version },
      text: yaml,
      entries: [...entries],
      problems: problems.map(textProblem),
    })),
  };
}

const nothing: DefinitionTemplate['needs'] = { skills: [], secrets: [], programs: [], workflows: [] };

function templateOf(known: KnownVersion): DefinitionTemplate {
  const { loaded, text, cases = 0 } = known;

  return {
    ...definitionRow(known, [known], { counts: [], latest: [] }),
    text,
    fields: [...formFieldsOf(loaded?.definition.input ?? {})],
    needs: loaded === undefined ? nothing : needsOf(loaded.definition),
    tests: cases,
  };
}

const box = { height: 44, widthMin: 120, widthMax: 320, perCharacter: 8.6, around: 40 };

function boxesOf({ nodes, edges }: Dependencies) {
  const boxes = nodes.map(({ id, name, detail = '' }) => ({
    id,
    width: widthOf(Math.max(name.length, detail.length)),
    height: box.height,
  }));
  const lines = edges.map(({ from, to, kind }) => ({ id: `${kind} ${from} ${to}`, from, to }));

  return { boxes, lines, direction: 'right' as const };
}

function widthOf(characters: number): number {
  return Math.round(
    Math.min(box.widthMax, Math.max(box.widthMin, characters * box.perCharacter + box.around)),
  );
}

/** A problem as it is sent: where it begins and ends in the text, and what would mend it. */
function textProblem(problem: Problem): TextProblem {
  const { code, severity, message, path, line, column, length, fix } = problem;

  return {
    ...{ code, severity, message, path, line, column, fix },
    endLine: line,
    endColumn: column + Math.max(1, length),
  };
}
