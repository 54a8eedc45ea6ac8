import { createRoute, type z } from '@hono/zod-openapi';
import { checkText, isUsable } from '../../../machines/language/check-text.ts';
import type { Problem } from '../../../machines/language/problem.ts';
import { ImportReport, ImportRequest } from '../../api/definition-import.ts';
import {
  CheckReport,
  DefinitionText,
  PublishReport,
  PublishRequest,
  SavedDefinition,
  SaveRequest,
  TestReport,
  WhatIfRequest,
} from '../../api/definitions.ts';
import type { TextProblem } from '../../api/problem.ts';
import type { ImportOutcome } from '../../ports/definitions/definition-import.ts';
import { CasesInvalid } from '../../ports/definitions/definition-tests.ts';
import { reportInWords } from '../../projections/definition/what-if-words.ts';
import { readableIn } from '../../projections/readable.ts';
import { type Api, type ApiDeps, RequestRefused } from '../api.ts';
import { refuseUnlessAllowed } from '../authorize.ts';
import { jsonAnswer, jsonBody } from './answers.ts';
import { usableDraft } from './checked-draft.ts';
import { drawnGraph } from './drawn-graph.ts';
import { published } from './published.ts';
import { addRollbackRoute } from './rollback-route.ts';
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
  summary:
    'Plays every way through a definition on a real engine, and the cases of the *.test.yaml files beside it',
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
  request: { body: jsonBody(ImportRequest) },
  responses: jsonAnswer(ImportReport, 'The text, and what there is no equivalent of'),
});

/** What becomes of a text that is to be a definition. */
export function addDraftRoutes(api: Api, deps: Deps): void {
  const { workflows } = deps;

  api.openapi(check, async (c) => c.json(await checkReport(deps, c.req.valid('json')), 200));
  api.openapi(test, async (c) => {
    const draft = c.req.valid('json');
    usableDraft(draft);
    return c.json(await testReport(deps.tests, draft), 200);
  });
  api.openapi(publish, async (c) => {
    const { text, ...request } = c.req.valid('json');
    const definition = usableDraft({ file: request.file, text });
    const report = await published(deps, { ...request, definition, actor: c.get('caller').actor });

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
    const { tasks, ...source } = c.req.valid('json');
    const more = tasks === undefined ? {} : { tasks: { text: tasks, file: 'task definitions' } };

    return c.json(importReport(translate({ ...source, ...more })), 200);
  });
  addRollbackRoute(api, deps);
}

async function testReport(
  tests: Deps['tests'],
  draft: z.output<typeof DefinitionText>,
): Promise<z.output<typeof TestReport>> {
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
    ...(loaded === undefined ? {} : { readable: readableIn(loaded.definition) }),
  };
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
