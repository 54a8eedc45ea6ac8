import type { Json } from '../../../events/canonical-json.ts';
import { isEnough, type Level } from '../../agents/declared-agent.ts';
import type { Definition } from '../../definition.ts';
import { compileTemplate } from '../../expressions/template.ts';
import type { HumanTask } from '../../task.ts';
import type { Finding } from '../finding.ts';
import type { Outline, TaskSite } from '../outline.ts';
import { taskExpressions, workflowExpressions } from '../references/expression-sites.ts';
import { referencePlace } from '../references/reference-rules.ts';
import { didYouMean, suggest } from '../suggest.ts';
import type { Path } from '../text/yaml-node.ts';
import type { KnownAgent, KnownWorld } from './world.ts';

/** A name that an expression gives is known when the task is scheduled, and not before. */
export function isComputed(name: string): boolean {
  return name.includes('${');
}

const possibleMax = 64;

/**
 * What a name may be: itself, or what its expressions give where they read nothing but inputs whose values are listed
 * by an `enum`. None where more may come: that is known when the task is scheduled, and not before.
 */
export function possibleNames(name: string, { input }: Pick<Definition, 'input'>): readonly string[] {
  if (!isComputed(name)) return [name];
  const compiled = compileTemplate(name);
  if (!compiled.ok) return [];
  const { references, render } = compiled.template;
  if (!references.every(({ path }) => path[0] === 'workflow' && path[1] === 'input')) return [];
  let inputs: readonly Readonly<Record<string, Json>>[] = [{}];
  for (const key of new Set(references.map(({ path }) => path.slice(2).join('.')))) {
    const property = Object.hasOwn(input, key) ? input[key] : undefined;
    const given = inputs;
    inputs = (property?.enum ?? []).flatMap((value) => given.map((each) => ({ ...each, [key]: value })));
    if (inputs.length > possibleMax) return [];
  }
  const names = inputs.flatMap((each) => {
    const rendered = render({ workflow: { input: each } });
    return rendered.ok ? [rendered.value].flat().filter((value) => typeof value === 'string') : [];
  });

  return [...new Set(names)];
}

/** Says of a name that an expression gives where it comes from. */
function givenBy(written: string): string {
  return isComputed(written) ? `; ${written} may give it` : '';
}

/** Agents and skills that tasks name are there, and have the level that is asked for. */
export function checkAgents({ sites, definition }: Outline, { agents }: KnownWorld): readonly Finding[] {
  if (agents === undefined) return [];

  return sites.flatMap((site): readonly Finding[] => {
    const { performer } = site.task;
    if (site.task.type !== 'SIMPLE') return [];
    const of = (written: string, find: (name: string) => readonly Finding[]) =>
      possibleNames(written, definition).flatMap((name) =>
        find(name).map((finding) => ({ ...finding, message: finding.message + givenBy(written) })),
      );
    if (performer.kind === 'agent') return of(performer.agent, (name) => agentFinding(site, name, agents));
    if (performer.kind !== 'skills') return [];

    return performer.skills.flatMap((skill) => of(skill, (name) => skillFinding(site, name, agents)));
  });
}

function agentFinding({ task, path }: TaskSite, name: string, agents: readonly KnownAgent[]) {
  const agent = agents.find((each) => each.name === name);
  if (agent === undefined) {
    const names = agents.map((each) => each.name);
    const rest = didYouMean(name, names) || `; there are ${names.join(', ')}. Declare it in agents.yaml`;
    const message = `there is no agent "${name}" in agents.yaml${rest}`;
    return [{ code: 'definition.unknown-agent', message, path: [...path, 'assigned_to'] }];
  }
  if (isEnough(agent.level, task.agentLevel)) return [];
  const message = `the agent "${name}" is ${agent.level}, so the task would wait for ever: it asks for ${orAbove(task.agentLevel)}`;

  return [{ code: 'definition.agent-level', message, path: [...path, 'agent_level'] }];
}

function skillFinding(site: TaskSite, skill: string, agents: readonly KnownAgent[]): readonly Finding[] {
  const { task, raw, path } = site;
  const offering = agents.filter(({ skills }) => skills?.includes(skill));
  if (offering.some(({ level }) => isEnough(level, task.agentLevel))) return [];
  const isNamed = raw['requires'] !== undefined;
  const place = [...path, isNamed ? 'requires' : 'id'];
  const names = agents.flatMap(({ skills = [] }) => skills);
  const meant = suggest(skill, names);
  // Whoever declares no skills has those that its workers name.
  const isOpen = agents.some(({ skills }) => skills === undefined);
  if (isOpen && (meant === undefined || offering.length > 0)) return [];
  const [first] = offering;
  const why =
    first === undefined
      ? `no agent in agents.yaml offers the skill "${skill}"`
      : `no agent in agents.yaml offers the skill "${skill}" at level ${orAbove(task.agentLevel)}: "${first.name}" does, but is ${first.level}`;
  const asked = isNamed ? '' : 'the task names nobody, so it asks for a skill of its own name, and ';
  const rest =
    first !== undefined || meant !== undefined
      ? didYouMean(skill, names)
      : isNamed
        ? ''
        : '; add run, uses or assigned_to';

  return [
    {
      code: first === undefined ? 'definition.unknown-skill' : 'definition.agent-level',
      ...(isOpen ? { severity: 'warning' as const } : {}),
      message: `${asked}${why}${first === undefined ? rest : ''}`,
      path: place,
    },
  ];
}

function orAbove(level: Level | undefined): string {
  return level === undefined || level === 'L0' ? 'L0' : `${level} or above`;
}

/** People who are asked for an approval can give it. */
export function checkApprovers(
  { sites, definition }: Outline,
  { principals }: KnownWorld,
): readonly Finding[] {
  if (principals === undefined) return [];

  return sites.flatMap(({ task, raw, path }): readonly Finding[] => {
    if (task.type !== 'HUMAN' || !task.waitForApproval) return [];
    const { approvers, escalateTo, escalate = [], onTimeout } = task;
    const asked = { group: approvers, path: [...path, raw['approvers'] === undefined ? 'id' : 'approvers'] };
    const escalated = { group: escalateTo, path: [...path, 'escalate_to'] };
    const stages = escalate.map(({ to }, index) => ({ group: to, path: [...path, 'escalate', index, 'to'] }));
    const late = onTimeout === 'escalate' && escalateTo !== undefined ? [escalated] : [];
    const groups = [asked, ...late, ...stages];
    const nobody = groups.filter(({ group }) => isNobody(group, principals));
    // A time-out may decide, or ask others.
    const isStuck = nobody.length === groups.length && (onTimeout === 'fail' || onTimeout === 'escalate');
    const few = groups.flatMap(({ group }) => possibleApprovers(group, principals));
    const isTooFew = nobody.length === 0 && !few.includes(undefined) && new Set(few).size < task.quorum;

    return [
      ...groups.flatMap(({ group, path: place }) =>
        namedFindings(group, { definition, principals, path: [...place, 'names'] }),
      ),
      ...nobody.map(({ group, path: place }): Finding => {
        const message = `no principal of agents.yaml is ${orAbove(group?.level)}, so nobody may approve this`;
        const severity = isStuck ? 'error' : 'warning';
        return { code: 'definition.approver-level', severity, message, path: place };
      }),
      ...(isTooFew && (task.approvers?.names ?? []).length === 0
        ? [
            {
              code: 'definition.impossible-quorum',
              message: `the quorum of ${task.quorum} can never be reached: ${new Set(few).size} principals of agents.yaml may approve this`,
              path: [...path, 'quorum'],
            },
          ]
        : []),
    ];
  });
}

/** Who may approve; undefined among them where that is found out in the run. */
function possibleApprovers(
  group: HumanTask['approvers'],
  principals: Principals,
): readonly (string | undefined)[] {
  const { names = [], level } = group ?? {};
  if (names.some(isComputed) || isComputed(level ?? '')) return [undefined];

  return names.length > 0
    ? names
    : principals.filter((each) => isEnough(each.level, level as Level)).map(({ name }) => name);
}

type Principals = NonNullable<KnownWorld['principals']>;

/** Whether a group that names nobody asks for a level that nobody has. */
function isNobody(group: HumanTask['approvers'], principals: Principals): boolean {
  const { names = [], level = 'L0' } = group ?? {};

  return names.length === 0 && !isComputed(level) && !principals.some((each) => isEnough(each.level, level));
}

function namedFindings(
  group: HumanTask['approvers'],
  {
    definition,
    principals,
    path,
  }: { readonly definition: Definition; readonly principals: Principals; readonly path: Path },
): readonly Finding[] {
  const { names = [], level } = group ?? {};
  const all = principals.map(({ name }) => name);
  const possible = names.flatMap((written, index) =>
    possibleNames(written, definition).map((name) => ({ name, written, index })),
  );

  return possible.flatMap(({ name, written, index }): readonly Finding[] => {
    const known = principals.find((each) => each.name === name);
    if (known !== undefined && isEnough(known.level, level)) return [];
    const place = [...path, index];
    if (known !== undefined) {
      const message = `"${name}" is ${known.level}, and the task asks for ${orAbove(level)}${givenBy(written)}`;
      return [{ code: 'definition.approver-level', message, path: place }];
    }
    const rest = didYouMean(name, all) || `; there are ${all.join(', ')}`;
    const message = `"${name}" is none of the principals of agents.yaml, so they can approve nothing${rest}${givenBy(written)}`;

    return [{ code: 'definition.unknown-approver', message, path: place }];
  });
}

/**
 * Secrets that expressions read are set. The definition may be for another machine, so one that is not set here is a
 * warning, unless it is a slip of the pen for one that is.
 */
export function checkSecrets(outline: Outline, { secrets }: KnownWorld): readonly Finding[] {
  if (secrets === undefined) return [];
  const { ending, start, cancel } = workflowExpressions(outline.workflow);
  const texts = [...outline.sites.flatMap(taskExpressions), ...ending, ...start, ...cancel];

  return texts.flatMap((text) => {
    const read = outline.readText(text);

    return (read.ok ? read.references : []).flatMap((reference): readonly Finding[] => {
      const [root, name] = reference.path;
      if (root !== 'secrets' || name === undefined || secrets.includes(name)) return [];
      const meant = didYouMean(name, secrets);
      const how = `set it as WORKFLOW_SECRET_${name} or in .3ox/secrets.env`;
      const message = `the secret "${name}" is not set here${meant || `; ${how}`}`;
      const within = referencePlace(text.text, reference);

      return [
        {
          code: 'definition.unset-secret',
          severity: meant === '' ? 'warning' : 'error',
          message,
          path: text.path,
          ...(within === undefined ? {} : { within }),
        },
      ];
    });
  });
}

/** Of programs that are called otherwise than what has to be installed. */
export const howToInstall: Readonly<Record<string, string>> = {
  pwsh:
    'it is PowerShell 7, installed by `winget install Microsoft.PowerShell`, `brew install powershell` or ' +
    '`dotnet tool install --global PowerShell`, or as https://aka.ms/install-powershell says',
};

/** Shells that commands ask for are installed. Another machine may have what this one lacks. */
export function checkPrograms({ sites }: Outline, { shells }: KnownWorld): readonly Finding[] {
  if (shells === undefined) return [];

  return sites.flatMap(({ task, path }): readonly Finding[] => {
    if (task.type !== 'SIMPLE' || task.performer.kind !== 'run') return [];
    const { shell } = task.performer.run;
    if (shell === undefined || shells.includes(shell)) return [];
    const missing = `${shell} is not on the PATH of this machine; the task fails with command.not-found where it is missing`;
    const how = howToInstall[shell];
    const message = how === undefined ? missing : `${missing}; ${how}`;

    return [
      { code: 'definition.missing-shell', severity: 'warning', message, path: [...path, 'run', 'shell'] },
    ];
  });
}
