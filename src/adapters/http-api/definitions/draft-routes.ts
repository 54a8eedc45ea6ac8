import { createRoute, type z } from '@hono/zod-openapi';
import { checkText, isUsable } from '../../../../machines/language/check-text.ts';
import {
  CheckReport,
  DefinitionText,
  ImportReport,
  PublishReport,
  PublishRequest,
  SavedDefinition,
  SaveRequest,
  TestReport,
  WhatIfRequest,
} from '../../../api/definitions.ts';
import { reportInWords } from '../../../projections/what-if-words.ts';
import { refuseUnlessAllowed } from '../allowed.ts';
import { type Api, RequestRefused } from '../api.ts';
import type { ApiDeps } from '../api-deps.ts';
import { jsonAnswer, jsonBody } from './answers.ts';
import { usableDraft } from './checked-draft.ts';
import { drawnGraph } from './drawn-graph.ts';
import { importReport } from './import-report.ts';
import { textProblem } from './text-problem.ts';

type Deps = Pick<
  ApiDeps,
  'workflows' | 'board' | 'definitionFiles' | 'layout' | 'importer' | 'clock' | 'tests' | 'authority'
>;

const testLimitMs = 10_000;

const tags = ['definitions'];

const check = createRoute({
  method: 'post',
  path: '/api/v1/definitions/check',
  tags,
  summary: 'What is wrong with the text of a definition',
  request: { body: jsonBody(DefinitionText) },
  responses: jsonAnswer(CheckReport, 'All that is wrong with it, in the order of the text'),
});

const test = createRoute({
  method: 'post',
  path: '/api/v1/definitions/test',
  tags,
  summary: 'Plays every way through a definition on a real engine',
  request: { body: jsonBody(DefinitionText) },
  responses: jsonAnswer(TestReport, 'How each went, and what was not covered'),
});

const publish = createRoute({
  method: 'post',
  path: '/api/v1/definitions/publish',
  tags,
  summary: 'Registers a definition, once the latest runs were held against it',
  request: { body: jsonBody(PublishRequest) },
  responses: jsonAnswer(PublishReport, 'What became of it; `different`: nothing was registered'),
});

const save = createRoute({
  method: 'post',
  path: '/api/v1/definitions/save',
  tags,
  summary: 'Writes the text of a definition into definitions/ of the project',
  request: { body: jsonBody(SaveRequest) },
  responses: jsonAnswer(SavedDefinition, 'Where it is now'),
});

const whatIf = createRoute({
  method: 'post',
  path: '/api/v1/definitions/what-if',
  tags,
  summary: 'What a run would have done by another definition',
  request: { body: jsonBody(WhatIfRequest) },
  responses: jsonAnswer(PublishReport.shape.reports.element, 'In words'),
});

const importing = createRoute({
  method: 'post',
  path: '/api/v1/definitions/import',
  tags,
  summary: 'Translates a definition of Conductor',
  request: { body: jsonBody(DefinitionText) },
  responses: jsonAnswer(ImportReport, 'The text, and what there is no equivalent of'),
});

/** What becomes of a text that is to be a definition. */
export function addDraftRoutes(api: Api, deps: Deps): void {
  const { workflows } = deps;

  api.openapi(check, async (c) => c.json(await checkReport(deps, c.req.valid('json')), 200));
  api.openapi(test, async (c) => {
    const draft = c.req.valid('json');
    usableDraft(draft);
    const { scenarios, uncovered, ...played } = await deps.tests.test({ ...draft, limitMs: testLimitMs });

    return c.json({ ...played, scenarios: [...scenarios], uncovered: [...uncovered] }, 200);
  });
  api.openapi(publish, async (c) => {
    const report = await published(deps, c.get('caller').actor, c.req.valid('json'));

    return c.json(report, 200);
  });
  api.openapi(save, async (c) => {
    const { file, text, replace } = c.req.valid('json');
    refuseUnlessAllowed(deps.authority, c.get('caller'), { kind: 'define', definition: file });

    return c.json({ file: await deps.definitionFiles.write(file, text, { replace }) }, 200);
  });
  api.openapi(whatIf, async (c) => {
    const { run, ...draft } = c.req.valid('json');
    const report = await workflows.whatIf(await workflows.resolve(run), usableDraft(draft));

    return c.json(reportInWords(report), 200);
  });
  api.openapi(importing, async (c) => {
    const translate = await deps.importer();

    return c.json(importReport(translate(c.req.valid('json'))), 200);
  });
}

async function checkReport(
  deps: Pick<Deps, 'layout' | 'clock'>,
  { file, text }: z.output<typeof DefinitionText>,
): Promise<CheckReport> {
  const checked = checkText({ file, content: text });
  const { loaded, problems } = checked;
  const graph = loaded === undefined ? undefined : await drawnGraph(deps, loaded);

  return {
    ok: isUsable(checked),
    ...(loaded === undefined ? {} : { definition: loaded.ref }),
    problems: problems.map(textProblem),
    ...(graph === undefined ? {} : { graph }),
  };
}

async function published(
  { workflows, board }: Pick<Deps, 'workflows' | 'board'>,
  actor: string,
  { text, file, ...request }: z.output<typeof PublishRequest>,
): Promise<PublishReport> {
  const definition = usableDraft({ file, text });
  const answer = await workflows.publish({ ...request, definition, file, actor });
  if (!answer.ok) throw new RequestRefused(answer.refusal);
  const { outcome, definition: ref, against, reports } = answer.published;
  const isEarlier = (hash: string) => hash !== ref.hash;
  const running = board
    .lines()
    .filter(
      ({ head: { definition: by, endedAt } }) =>
        by.id === ref.id && isEarlier(by.hash) && endedAt === undefined,
    );

  return {
    outcome,
    definition: ref,
    ...(against === undefined ? {} : { against }),
    running: running.length,
    reports: reports.map(reportInWords),
  };
}
