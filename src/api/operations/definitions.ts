import type { ImportReport, ImportRequest } from '../definition-import.ts';
import type {
  BundleChoice,
  BundleDiff,
  BundleDiffRequest,
  BundleList,
  BundleQuery,
  BundleReport,
  BundleRequest,
  CheckReport,
  DeepCheckReport,
  DefinitionDiff,
  DefinitionDiffRequest,
  DefinitionDrawn,
  DefinitionList,
  DefinitionPage,
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
} from '../definitions.ts';
import type { DependencyMap } from '../insights.ts';
import type { PageQuery } from '../page.ts';
import type { Graph } from '../run-parts.ts';
import type { ProjectNames, Vocabulary } from '../vocabulary.ts';
import { declare } from './operation.ts';

const id = 'the id of the definition';
const file = 'a file of the project, in place of what is registered';
const published = 'What became of it; `different`: nothing was registered';

export const definitionOperations = {
  list: declare<PageQuery, DefinitionList>()({
    summary: 'The definitions of the project, and those that are registered',
    changes: false,
    http: { method: 'get', path: '/api/v1/definitions', answer: 'In the order of their ids' },
    tool: { name: 'list_definitions', without: ['recent'] },
  }),
  show: declare<DefinitionVersion, DefinitionPage>()({
    summary: 'One definition, or one version of it',
    changes: false,
    members: { id, file },
    http: {
      method: 'get',
      path: '/api/v1/definitions/{id}',
      answer: 'With its text, its inputs and its versions',
    },
    tool: { name: 'show_definition', without: ['graph', 'recent', 'recentInputs'] },
  }),
  graph: declare<DefinitionDrawn, Graph>()({
    summary: 'Its tasks as a graph, or with `view=states` the states of its statechart',
    changes: false,
    members: { id, file },
    http: { method: 'get', path: '/api/v1/definitions/{id}/graph', answer: 'With places in pixels' },
  }),
  diff: declare<DefinitionDiffRequest, DefinitionDiff>()({
    summary: 'What differs between two versions, or a version and a file of the project',
    changes: false,
    members: { id, from: 'a version', to: 'another version; the one that is started without it', file },
    http: { method: 'get', path: '/api/v1/definitions/{id}/diff', answer: 'All lines, in order' },
    tool: { name: 'diff_definition' },
  }),
  check: declare<DefinitionText, CheckReport>()({
    summary: 'What is wrong with the text of a definition',
    changes: false,
    http: {
      method: 'post',
      path: '/api/v1/definitions/check',
      answer: 'All that is wrong with it, in the order of the text',
    },
    tool: { name: 'check_definition', without: ['graph', 'readable'] },
  }),
  deepCheck: declare<DefinitionText, DeepCheckReport>()({
    summary:
      'Explores every way through a definition, for all results and events, and says where a run goes wrong, with the way there',
    changes: false,
    http: {
      method: 'post',
      path: '/api/v1/definitions/deep-check',
      answer: 'What was found, and how much was explored',
    },
    tool: { name: 'deep_check_definition' },
  }),
  test: declare<DefinitionText, TestReport>()({
    summary:
      'Plays every way through a definition on a real engine, and the cases of the *.test.yaml files beside it',
    changes: false,
    http: {
      method: 'post',
      path: '/api/v1/definitions/test',
      answer: 'How each went, and what was not covered',
    },
    tool: { name: 'test_definition' },
  }),
  whatIf: declare<WhatIfRequest, PublishReport['reports'][number]>()({
    summary: 'What a run would have done by another definition',
    changes: false,
    http: { method: 'post', path: '/api/v1/definitions/what-if', answer: 'In words' },
    tool: { name: 'what_if' },
  }),
  publish: declare<PublishRequest, PublishReport>()({
    summary: 'Registers a definition, once the latest runs were held against it',
    changes: true,
    http: { method: 'post', path: '/api/v1/definitions/publish', answer: published },
    tool: { name: 'publish_definition', triesFirst: 'dryRun', idempotent: true },
  }),
  rollback: declare<RollbackRequest & { readonly id: string }, PublishReport>()({
    summary: 'Registers the text of an old version again, under the next number, as by publishing it',
    changes: true,
    members: {
      id,
      version: 'the old version',
      runsMax: 'how many of the latest runs it is compared with',
      acceptDifferences: 'register it although runs would have gone another way',
      dryRun: 'only tell what would become of it',
      reason: 'why; kept with the version',
    },
    http: { method: 'post', path: '/api/v1/definitions/{id}/rollback', answer: published },
    command: {
      words: 'definitions rollback',
      arguments: ['id', 'version'],
      options: {
        runsMax: '--runs <count>',
        acceptDifferences: '--accept-differences',
        dryRun: '--dry-run',
        reason: '--reason <text>',
      },
      exit: { of: 'outcome', codes: { different: 7 } },
    },
  }),
  save: declare<SaveRequest, SavedDefinition>()({
    summary: 'Writes the text of a definition into definitions/ of the project',
    changes: true,
    http: { method: 'post', path: '/api/v1/definitions/save', answer: 'Where it is now' },
    tool: { name: 'save_definition', destructive: true, idempotent: true },
  }),
  import: declare<ImportRequest, ImportReport>()({
    summary: 'Translates a definition of Conductor',
    changes: false,
    http: {
      method: 'post',
      path: '/api/v1/definitions/import',
      answer: 'The text, and what there is no equivalent of',
    },
  }),
  templates: declare<object, TemplateList>()({
    summary: 'The definitions that come with the program, to begin with',
    changes: false,
    http: { method: 'get', path: '/api/v1/templates', answer: 'With their texts' },
    command: {
      words: 'definitions templates',
      table: { of: 'templates', columns: ['id', 'version', 'tasks', 'tests', 'description'] },
    },
    tool: { name: 'list_templates' },
  }),
  tools: declare<object, DefinitionTools>()({
    summary: 'The definitions that programs call as tools, with what they take, give and may do',
    changes: false,
    http: { method: 'get', path: '/api/v1/tools', answer: 'In the order of their ids' },
    command: {
      words: 'definitions tools',
      table: { of: 'items', columns: ['name', 'version', 'description'] },
    },
  }),
  vocabulary: declare<object, Vocabulary>()({
    summary: 'The names, functions and methods of expressions, for editors',
    changes: false,
    http: { method: 'get', path: '/api/v1/vocabulary', answer: 'The same for every definition' },
    tool: { name: 'vocabulary' },
  }),
  names: declare<object, ProjectNames>()({
    summary: 'The actions, agents, skills, definitions, shells and people of the project, for editors',
    changes: false,
    http: { method: 'get', path: '/api/v1/names', answer: 'Each with a few words on what it is' },
  }),
  map: declare<object, DependencyMap>()({
    summary: 'Who starts, calls, uses and wakes whom',
    changes: false,
    http: {
      method: 'get',
      path: '/api/v1/map',
      answer: 'With places in pixels, from left to right',
    },
    command: {
      words: 'definitions map',
      table: { of: 'edges', columns: ['from', 'kind', 'to'] },
    },
  }),
};

const became = 'What became of it; `different`: nothing was published';

export const bundleOperations = {
  list: declare<BundleQuery, BundleList>()({
    summary: 'The bundles that were published, which of them is current, by whom and why',
    changes: false,
    members: { limit: 'how many at most' },
    http: { method: 'get', path: '/api/v1/bundles', answer: 'The latest first' },
    command: {
      words: 'bundles list',
      options: { limit: '--limit <count>' },
      table: { of: 'items', columns: ['hash', 'isCurrent', 'definitions', 'files', 'by', 'at', 'reason'] },
    },
  }),
  diff: declare<BundleDiffRequest, BundleDiff>()({
    summary: 'What differs between two bundles',
    changes: false,
    members: { from: 'a bundle', to: 'another one; the current one without it' },
    http: { method: 'get', path: '/api/v1/bundles/{from}/diff', answer: 'Definitions first, then files' },
    command: {
      words: 'bundles diff',
      arguments: ['from'],
      options: { to: '--to <hash>' },
      table: { of: 'items', columns: ['what', 'name', 'change'] },
    },
  }),
  // The command line has `definitions publish` without a file for it.
  publish: declare<BundleRequest, BundleReport>()({
    summary: 'Makes a bundle of the project that this engine serves, and makes it the current one',
    changes: true,
    members: {
      runsMax: 'how many of the latest runs each changed definition is compared with',
      acceptDifferences: 'publish it although runs would have gone another way',
      acceptFiles: 'publish it although something works with files of the folder that it is carried out in',
      dryRun: 'only tell what would become of it',
      reason: 'why; kept with it',
    },
    http: { method: 'post', path: '/api/v1/bundles', answer: became },
  }),
  use: declare<BundleChoice, BundleReport>()({
    summary: 'Makes a bundle that was published before the current one again',
    changes: true,
    members: { hash: 'the bundle', reason: 'why; kept with it' },
    http: { method: 'post', path: '/api/v1/bundles/{hash}/use', answer: became },
    command: {
      words: 'bundles use',
      arguments: ['hash'],
      options: { reason: '--reason <text>' },
      table: { of: 'items', columns: ['what', 'name', 'change'] },
    },
  }),
};
