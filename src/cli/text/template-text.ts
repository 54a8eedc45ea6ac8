import type { TemplateDetails, TemplatePermissions } from '../../ports/definitions/gallery.ts';
import type { Paint } from '../../terminal/render/paint.ts';
import { oneLine } from '../../terminal/render/width.ts';

/** What each member of the permissions lets happen, in words. */
const meaning: Readonly<Record<keyof TemplatePermissions, string>> = {
  commands: 'runs commands on this machine',
  hosts: 'sends requests to',
  files: 'uses files',
  actions: 'uses built-in actions',
  workflows: 'starts other definitions',
  stations: 'has other stations do',
  events: 'publishes events',
  triggers: 'is started by',
  secrets: 'reads secrets',
  agents: 'gives work to agents',
  skills: 'gives work to whoever offers',
};

/** What a template may do, a line for each thing. What comes from outside never moves the cursor. */
export function permissionsText(permissions: TemplatePermissions): readonly string[] {
  const lines = (Object.keys(meaning) as (keyof TemplatePermissions)[]).flatMap((kind) =>
    permissions[kind].map((each) => `  ${meaning[kind]}: ${oneLine(each)}`),
  );

  return lines.length === 0
    ? ['It needs no permission: it only computes and asks people']
    : ['It may do this:', ...lines];
}

/** One version of a template, as it is shown before it is installed. */
export function templateText(template: TemplateDetails, paint: Paint): string {
  const { name, version, gallery, title, description, sha256, signedBy, files, definitions, tests } =
    template;

  return [
    `${paint.bold(oneLine(title))}  ${name}@${version} of the gallery ${gallery}`,
    ...(description.trim() === ''
      ? []
      : description
          .trim()
          .split('\n')
          .map((line) => oneLine(line))),
    '',
    `signed by    ${signedBy === undefined ? 'nobody: it comes with the program' : `key ${signedBy}`}`,
    `digest       ${sha256}`,
    `definitions  ${definitions.join(', ')}`,
    `tests        ${tests}`,
    `files        ${files.map(({ path }) => path).join(', ')}`,
    '',
    ...permissionsText(template.permissions),
  ].join('\n');
}
