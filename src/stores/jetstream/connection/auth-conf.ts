import { inboxPrefixOf, type Names, namesOf } from './names.ts';
import { markSubjects, type Permissions, permissionsOf, type Role } from './permissions.ts';

/** A user of the server, and what it is for. */
export type AuthUser = Role & { readonly user: string; readonly password: string };

/**
 * The text of a configuration that is included from that of the server: one account for engines and their streams, one
 * for everybody else.
 *
 * Two accounts, because permissions alone do not keep anybody from writing: they do not look at the subject that an
 * answer is asked to. Whoever may ask JetStream for anything could have the answer sent to the subject of a run, where
 * it would be stored. Across accounts answers reach nobody but those who asked.
 */
export function authConf({
  namespace,
  users,
}: {
  readonly namespace: string;
  readonly users: readonly AuthUser[];
}): string {
  const names = namesOf(namespace);
  const account = `WF_${namespace.toUpperCase()}`;

  return `# Written by \`workflow nats-config\`: who may do what with the namespace "${namespace}" on this server.
# Include it in the configuration of the server: include "nats-auth.conf"
# It holds passwords. Only the user that the server runs as should be able to read it.
accounts {
  # Engines and all that they keep.
${enginesAccount(names, account, users)}
  # Workers, operators and observers.
${othersAccount(names, account, users)}
}
`;
}

function enginesAccount(names: Names, account: string, users: readonly AuthUser[]): string {
  const engines = users.filter(({ role }) => role === 'engine');

  return `  ${quoted(account)} {
    jetstream: enabled
    users = [
${lines(6, engines.map(userLine))}
    ]
    exports = [
${lines(6, [...askable(names).map(exported), ...heard(names).map((subject) => `{ stream: ${quoted(subject)} }`)])}
    ]
  }`;
}

function othersAccount(names: Names, account: string, users: readonly AuthUser[]): string {
  const others = users.filter(({ role }) => role !== 'engine');

  return `  ${quoted(`${account}_USERS`)} {
    users = [
${lines(
  6,
  others.flatMap((user) => userBlock(user, permissionsOf(names, user))),
)}
    ]
    imports = [
${lines(6, imports(names, account, others))}
    ]
  }`;
}

type Askable = { readonly subject: string; readonly to?: string; readonly many?: true };

/** What the other account asks of the engines and of their streams. Permissions say who may ask for what. */
function askable(names: Names): readonly Askable[] {
  const { namespace, apiPrefix, workStream } = names;

  return [
    // By another name, because the other account has a JetStream of its own by this one, which answers, too.
    { subject: '$JS.API.>', to: `${apiPrefix}.>` },
    { subject: `$JS.API.CONSUMER.MSG.NEXT.${workStream}.*`, many: true },
    { subject: `$JS.ACK.${workStream}.>` },
    { subject: '$JS.FC.>' },
    { subject: `wf.${namespace}.command.*.*` },
    { subject: `wf.${namespace}.report.*.*` },
    { subject: names.helloSubjects },
    { subject: names.definitionSubjects },
    { subject: `$KV.${names.secretsBucket}.>` },
    { subject: `$KV.${names.agentsBucket}.drain.*` },
    { subject: `$KV.${names.agentsBucket}.team.*` },
    { subject: names.eventSubjects },
    ...markSubjects(names).map((subject) => ({ subject })),
  ];
}

/** What the other account hears of the engines. */
function heard({ namespace, rollCallSubject }: Names): readonly string[] {
  return [`wf.${namespace}.stop.*`, rollCallSubject, `wf.${namespace}.live.*`, '_INBOX.>'];
}

function exported({ subject, many }: Askable): string {
  return `{ service: ${quoted(subject)}${many === true ? ', response_type: stream' : ''} }`;
}

function imports(names: Names, account: string, users: readonly AuthUser[]): readonly string[] {
  const from = (subject: string) => `{ account: ${quoted(account)}, subject: ${quoted(subject)} }`;
  const asked = askable(names).map(
    ({ subject, to }) => `{ service: ${from(subject)}${to === undefined ? '' : `, to: ${quoted(to)}`} }`,
  );
  // What is read on and on is not an answer: the server sends it to the inbox that was named.
  const readers = users.filter(({ role }) => role !== 'worker').map(({ user }) => `${inboxPrefixOf(user)}.>`);
  const subjects = [...heard(names).filter((subject) => !subject.startsWith('_INBOX')), ...readers];

  return [...asked, ...subjects.map((subject) => `{ stream: ${from(subject)} }`)];
}

function userLine({ user, password }: AuthUser): string {
  return `{ user: ${quoted(user)}, password: ${quoted(password)} }`;
}

function userBlock(
  { user, password }: AuthUser,
  { publish, neverPublish = [], subscribe }: Permissions,
): readonly string[] {
  const denied = neverPublish.map((subject) => `      ${quoted(subject)}`);
  return [
    '{',
    `  user: ${quoted(user)}, password: ${quoted(password)}`,
    '  permissions {',
    '    publish { allow = [',
    ...publish.map((subject) => `      ${quoted(subject)}`),
    ...(denied.length === 0 ? [] : ['    ], deny = [', ...denied]),
    '    ] }',
    '    subscribe { allow = [',
    ...subscribe.map((subject) => `      ${quoted(subject)}`),
    '    ] }',
    '  }',
    '}',
  ];
}

function lines(indent: number, texts: readonly string[]): string {
  return texts.map((text) => `${' '.repeat(indent)}${text}`).join('\n');
}

/** No subject, user or password of ours holds what would end the quotes. */
function quoted(text: string): string {
  if (/["\\\n\r]/.test(text)) throw new RangeError(`${JSON.stringify(text)} cannot stand in a configuration`);

  return `"${text}"`;
}
