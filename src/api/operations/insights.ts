import type {
  AcknowledgeRequest,
  AssignRequest,
  FailureList,
  FailureNamed,
  Insights,
  InsightsRequest,
  MuteRequest,
} from '../insights.ts';
import type { PageQuery } from '../page.ts';
import { declare } from './operation.ts';

const path = '/api/v1/failures';
const answer = 'What failed last first';

export const failureOperations = {
  list: declare<PageQuery, FailureList>()({
    summary: 'The latest failures, those that are alike together',
    changes: false,
    http: { method: 'get', path, answer },
    command: {
      words: 'failures',
      options: { limit: '--limit <count>', after: '--after <cursor>' },
      table: {
        of: 'items',
        columns: ['key', 'definition', 'task', 'code', 'count', 'lastAt', 'message'],
      },
    },
    tool: { name: 'list_failures' },
  }),
  acknowledge: declare<AcknowledgeRequest, FailureList>()({
    summary: 'Says that somebody knows of a group, until one of it fails again',
    changes: true,
    http: { method: 'post', path: `${path}/{key}/acknowledge`, answer },
  }),
  unacknowledge: declare<FailureNamed, FailureList>()({
    summary: 'Takes that back: acknowledge',
    changes: true,
    http: { method: 'delete', path: `${path}/{key}/acknowledge`, answer },
  }),
  assign: declare<AssignRequest, FailureList>()({
    summary: 'Says who looks after a group',
    changes: true,
    http: { method: 'post', path: `${path}/{key}/assign`, answer },
  }),
  unassign: declare<FailureNamed, FailureList>()({
    summary: 'Takes that back: assign',
    changes: true,
    http: { method: 'delete', path: `${path}/{key}/assign`, answer },
  }),
  mute: declare<MuteRequest, FailureList>()({
    summary: 'Folds a group away and keeps its alerts back, until then or until a later version fails',
    changes: true,
    http: { method: 'post', path: `${path}/{key}/mute`, answer },
  }),
  unmute: declare<FailureNamed, FailureList>()({
    summary: 'Takes that back: mute',
    changes: true,
    http: { method: 'delete', path: `${path}/{key}/mute`, answer },
  }),
};

export const insightOperations = {
  show: declare<InsightsRequest, Insights>()({
    summary: 'How runs went in a span of time, and where time went by',
    changes: false,
    members: {
      from: 'a time; a week before `to` where it is left out',
      to: 'a time; now where it is left out',
      definition: 'only runs of this definition',
    },
    http: { method: 'get', path: '/api/v1/insights', answer: 'Times in ms' },
    command: {
      words: 'insights',
      options: { from: '--from <time>', to: '--to <time>', definition: '--definition <id>' },
      table: {
        of: 'byDefinition',
        columns: ['definition', 'version', 'started', 'completed', 'failed', 'successRate', 'p50Ms', 'p95Ms'],
      },
    },
  }),
};
