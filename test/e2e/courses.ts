// The definitions that ship, and those that have every type of task between them, each with what it takes to run.
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Json } from '../../events/canonical-json.ts';
import type { Course } from './failpoint-course.ts';
import type { Reply } from './scripted-client.ts';

/** What a run has to come to, killed or not. */
export type Expected = { readonly status: string; readonly runs: number };

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const shipped = (name: string) => at(`../../definitions/${name}.yaml`);
const ours = (name: string) => at(`./definitions/${name}.yaml`);
const station = at('../../examples/station');
const fleet = at('../../examples/fleet');
const completed: Expected = { status: 'COMPLETED', runs: 1 };

/** `folder` is a project with files to validate, `url` a web server that answers. */
export function coursesOf({
  folder,
  url,
}: {
  readonly folder: string;
  readonly url: string;
}): readonly (Course & Expected)[] {
  return [
    { ...inventory(folder, 'pass'), starts: 'always', ...completed },
    { ...inventory(folder, 'fail'), script: [approve('alert_cmd_bridge')], ...completed },
    {
      name: 'batch-inventory-validation',
      files: [shipped('station/batch-inventory-validation')],
      project: fleet,
      input: { policy_file: 'FLEET.POLICY.md', folders: ['ships/argo', 'ships/borealis', 'ships/nowhere'] },
      script: [approve('alert_cmd_bridge')],
      ...completed,
    },
    {
      name: 'document-approval',
      files: [shipped('document-approval')],
      project: station,
      input: { document: 'README.md' },
      script: [approve('approve_document')],
      ...completed,
    },
    {
      name: 'inbound-digest',
      files: [shipped('inbound-digest')],
      project: station,
      input: {},
      starts: 'always',
      ...completed,
    },
    {
      name: 'incident-response',
      files: [shipped('station/incident-response')],
      project: station,
      input: { source: 'pump 4', reading: 60 },
      script: [approve('pause_system')],
      ...completed,
    },
    { name: 'release-check', files: [shipped('release-check')], project: station, input: {}, ...completed },
    {
      name: 'research-coordination',
      files: [shipped('station/research-coordination')],
      project: station,
      input: { question: 'How do we notice a change?' },
      script: ['research_git_hooks', 'research_file_watchers', 'research_bft'].map((task) =>
        complete(task, { summary: task, findings: ['one', 'two'] }),
      ),
      ...completed,
    },
    { ...deployment('healthy'), ...completed },
    {
      ...deployment('unhealthy'),
      prepare: (project) => rm(join(project, '.3ox.index/POLICY/INVENTORY.POLICY.md')),
      ...{ status: 'FAILED', runs: 1 },
    },
    {
      name: 'every-type',
      files: [ours('every-type'), ours('called')],
      project: folder,
      prepare: (project) => writeFile(join(project, 'serve.yaml'), 'private_hosts: [127.0.0.1]\n'),
      input: { effects: 'effects.txt', url },
      ...{ status: 'COMPLETED', runs: 3 },
    },
    {
      name: 'undone',
      files: [ours('undone'), ours('waiting')],
      project: folder,
      input: { effects: 'effects.txt' },
      ...{ status: 'FAILED', runs: 3 },
    },
    {
      name: 'asked',
      files: [ours('asked')],
      project: folder,
      input: { effects: 'effects.txt', token: 'a secret' },
      script: [
        complete('agent', { by: 'hand' }),
        approve('agreed', 'one', 'two'),
        {
          task: 'heard',
          state: 'awaiting',
          commands: [{ kind: 'signal', name: 'go', data: { word: 'yes' }, id: 'first' }],
        },
      ],
      ...completed,
    },
  ];
}

function inventory(folder: string, policy: string): Course {
  return {
    name: `inventory-validation (${policy})`,
    files: [shipped('inventory-validation')],
    project: folder,
    input: { target_folder: 'files', policy_file: `${policy}.policy.yaml` },
  };
}

function deployment(name: string): Course {
  return {
    name: `station-deployment (${name})`,
    files: [shipped('station/station-deployment')],
    project: station,
    input: { station_name: 'nova', station_folder: 'nova' },
  };
}

function approve(task: string, ...by: readonly string[]): Reply {
  const names = by.length === 0 ? ['commander'] : by;

  return {
    task,
    state: 'pending_approval',
    commands: names.map((name) => ({ kind: 'approve', task, by: name })),
  };
}

function complete(task: string, output: Json): Reply {
  return { task, state: 'scheduled', commands: [{ kind: 'resolveTask', task, output }] };
}
