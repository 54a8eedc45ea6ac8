import type { TriggerRow } from '../people.ts';
import type {
  BackfillReport,
  BackfillRequest,
  RunAsked,
  TriggerList,
  TriggerNamed,
  TriggerQuery,
} from '../triggers.ts';
import { declare } from './operation.ts';

const path = '/api/v1/triggers/{definition}/{trigger}';
const named = {
  definition: 'the id of its definition',
  trigger: 'the name of the trigger',
  kind: 'with `schedule`, nothing but a schedule is meant',
};

export const triggerOperations = {
  list: declare<TriggerQuery, TriggerList>()({
    summary: 'What starts runs by itself',
    changes: false,
    members: { type: 'only those of this type; `cron`: schedules' },
    http: { method: 'get', path: '/api/v1/triggers', answer: 'The triggers' },
    tool: { name: 'list_triggers' },
  }),
  show: declare<TriggerNamed, TriggerRow>()({
    summary: 'One trigger; of a schedule, the next ten times',
    changes: false,
    members: named,
    http: { method: 'get', path, answer: 'The trigger' },
  }),
  pause: declare<TriggerNamed & { readonly reason?: string | undefined }, TriggerList>()({
    summary: 'It starts nothing any more; runs that it has started go on',
    changes: true,
    members: { ...named, reason: 'why' },
    http: { method: 'post', path: `${path}/pause`, answer: 'The triggers' },
  }),
  resume: declare<TriggerNamed, TriggerList>()({
    summary: 'It starts runs again',
    changes: true,
    members: named,
    http: { method: 'post', path: `${path}/resume`, answer: 'The triggers' },
  }),
  run: declare<TriggerNamed, RunAsked>()({
    summary: 'An engine starts a run of the schedule now',
    changes: true,
    members: named,
    http: { method: 'post', path: `${path}/run`, answer: 'The id that the run will have' },
  }),
  backfill: declare<TriggerNamed & BackfillRequest, BackfillReport>()({
    summary:
      'Starts the runs of a schedule for times that have passed; `to` is now unless said. With `dryRun` it only tells which',
    changes: true,
    members: named,
    http: { method: 'post', path: `${path}/backfill`, answer: 'The times' },
  }),
};
