import type { Context } from 'hono';
import { html } from 'hono/html';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Json } from '../../../events/canonical-json.ts';
import { parseInputText } from '../../../machines/language/check-input.ts';
import { defined } from '../../../machines/language/defined.ts';
import type { ApprovalPage, FormField } from '../../api/people.ts';
import { createRateLimit, type Rate } from '../../lib/rate-limit.ts';
import { valueText } from '../../lib/text.ts';
import { approvalUseCases } from '../../operations/approvals/use-cases.ts';
import { RequestRefused } from '../../operations/use-case.ts';
import type { AnswerLink } from '../../ports/access/answer-links.ts';
import { RunQuarantined } from '../../ports/runs/journal.ts';
import { type RunCommand, RunNotFound } from '../../ports/runs/workflows.ts';
import type { Api, ApiDeps, ApiEnv } from '../api.ts';
import { askingAs, type ReadScope } from '../authorized-ports.ts';
import { TooManyRequests } from '../too-many-requests.ts';
import { addressOf } from '../visitor.ts';

type Deps = Pick<ApiDeps, 'answerLinks' | 'clock' | 'readOnly'> & Pick<ReadScope, 'portsOf'>;
type Html = ReturnType<typeof html>;

/** As for tokens: a link is too long to be guessed, and whoever has one is let in whatever others try. */
const failuresOfAddress: Rate = { burst: 10, perSecond: 1 / 6 };
const commentMax = 2_000;
const path = '/answer/:link';

/**
 * What the links of mails lead to: the page shows what is asked, and its form answers it as the person whom the link
 * was made for. Programs that look at mails open every link in them, so opening one answers nothing.
 */
export function addAnswerRoutes(api: Api, deps: Deps): void {
  const failures = createRateLimit(deps.clock, failuresOfAddress);
  const linkOf = async (c: Context<ApiEnv>): Promise<AnswerLink | undefined> => {
    const link = await deps.answerLinks.open(c.req.param('link') ?? '');
    const waitS = link === undefined ? failures.take(addressOf(c)) : undefined;
    if (waitS !== undefined)
      throw new TooManyRequests('too many links that open nothing were tried from here', waitS);

    return link;
  };
  api.get(path, async (c) => {
    const link = await linkOf(c);
    if (link === undefined) return answered(c, 404, unknown);
    const asked = await askedBy(deps, link);

    return asked === undefined ? answered(c, 410, over) : answered(c, 200, question(asked, link, deps));
  });
  api.post(path, async (c) => {
    const link = await linkOf(c);
    if (link === undefined) return answered(c, 404, unknown);
    const asked = await askedBy(deps, link);
    if (asked === undefined) return answered(c, 410, over);
    if (!/^application\/x-www-form-urlencoded\b/i.test(c.req.header('content-type') ?? ''))
      throw new RequestRefused({ code: 'http.media-type', message: 'the form of the page has to be sent' });
    const read = commandOf(link, asked, new URLSearchParams(await c.req.text()));
    if (typeof read === 'string') return answered(c, 422, said('Not answered', read));
    const { workflows } = deps.portsOf(undefined);
    const answer = await askingAs(link.by, () => workflows.command(link.run, read, link.by));
    if (!answer.ok) return answered(c, 409, said('Not answered', answer.refusal.message));

    return answered(c, 200, said('Answered', `${done[read.kind]} as ${link.by}. Thank you.`));
  });
}

/** What the link asks now; undefined once that is answered, over, or asked anew, or not of this person any more. */
async function askedBy({ portsOf }: Deps, link: AnswerLink): Promise<ApprovalPage | undefined> {
  const { run, task, since, by } = link;
  try {
    const page = await askingAs(by, () =>
      approvalUseCases.show.carryOut(portsOf(undefined), { run, task }, { actor: by }),
    );
    const isOpen = page.status === 'PENDING_APPROVAL' && page.since === since && page.mayAnswer;
    return isOpen ? page : undefined;
  } catch (error) {
    const isGone = [RunNotFound, RunQuarantined, RequestRefused].some((kind) => error instanceof kind);
    if (isGone) return undefined;
    throw error;
  }
}

type Answering = Extract<RunCommand, { kind: 'approve' | 'reject' | 'requestChange' }>;

const done = { approve: 'Approved', reject: 'Rejected', requestChange: 'Sent back for a change' } as const;

/** The answer that a form says, or in words what is wrong with it. */
function commandOf(
  { task, by, since }: AnswerLink,
  { fields }: ApprovalPage,
  form: URLSearchParams,
): Answering | string {
  const comment = (form.get('comment') ?? '').trim().slice(0, commentMax);
  const of = { task, by, via: 'link', askedSince: since } as const;
  const note = comment === '' ? {} : { comment };
  switch (form.get('decision')) {
    case 'approve': {
      const data = dataOf(fields, form);
      return typeof data === 'string' ? data : { kind: 'approve', ...of, ...note, ...data };
    }
    case 'reject':
      return { kind: 'reject', ...of, ...note };
    case 'change':
      return { kind: 'requestChange', ...of, comment };
    default:
      return 'Say whether you approve or reject.';
  }
}

/** What was filled in, by the types of the fields; what was left empty is not there. */
function dataOf(fields: readonly FormField[], form: URLSearchParams): { readonly data?: Json } | string {
  const values: [string, Json][] = [];
  for (const field of fields) {
    const text = form.get(`field.${field.name}`) ?? '';
    if (text === '') continue;
    const parsed = parseInputText(defined({ ...field, secret: field.secret === true }), text);
    if (!parsed.ok) return `${field.name}: ${parsed.reason}`;
    values.push([field.name, parsed.value]);
  }

  return values.length === 0 ? {} : { data: Object.fromEntries(values) };
}

const unknown = said('Not a link of ours', 'It was cut off on the way, or made with another key.');
const over = said(
  'Nothing is asked here any more',
  'It was answered with this link or in another way, its time is over, or it is asked anew with another link.',
);

function said(title: string, text: string): Page {
  return { title, body: html`<p>${text}</p>` };
}

function question(asked: ApprovalPage, { by }: AnswerLink, { readOnly }: Deps): Page {
  const { name, task, description, subject = {}, definition, shortId, approvers, dueAt, fields } = asked;
  const rows = [
    ...Object.entries(subject).map(([label, value]) => [label, valueText(value)] as const),
    ['asked by', `${definition.id}, run ${shortId}`] as const,
    ['asked of', approvers] as const,
    ...(dueAt === undefined ? [] : [['due', dueAt] as const]),
  ];
  const change =
    asked.changesLeft > 0 ? html`<button name="decision" value="change">Ask for a change</button>` : html``;
  const form = html`<form method="post">
${fields.map(fieldOf)}
<p><label>Comment<br><textarea name="comment" rows="3" cols="40" maxlength="${commentMax}"></textarea></label></p>
<p><button name="decision" value="approve">Approve</button>
<button name="decision" value="reject">Reject</button>
${change}</p>
</form>`;

  return {
    title: name ?? task,
    body: html`${description === undefined ? html`` : html`<p>${description}</p>`}
<table>${rows.map(([label, value]) => html`<tr><th align="left">${label}</th><td>${value}</td></tr>`)}</table>
<p>You answer as <strong>${by}</strong>. It is written into the journal, and counts once.</p>
${readOnly ? html`<p>Nothing can be answered here: this server only shows.</p>` : form}`,
  };
}

function fieldOf({ name, description, required, enum: choices, default: preset }: FormField): Html {
  const label = `${name}${required ? '' : ' (optional)'}${description === undefined ? '' : `: ${description}`}`;
  const value = preset === undefined ? '' : valueText(preset);
  const input =
    choices === undefined
      ? html`<input name="field.${name}" value="${value}">`
      : html`<select name="field.${name}"><option></option>${choices.map((each) =>
          optionOf(valueText(each), value),
        )}</select>`;

  return html`<p><label>${label}<br>${input}</label></p>`;
}

function optionOf(text: string, preset: string): Html {
  return text === preset ? html`<option selected>${text}</option>` : html`<option>${text}</option>`;
}

type Page = { readonly title: string; readonly body: Html };

/** A page without any script; the address is told to nobody else, and kept in no cache. */
async function answered(c: Context<ApiEnv>, status: ContentfulStatusCode, { title, body }: Page) {
  c.header('Referrer-Policy', 'same-origin');
  c.header('Cache-Control', 'no-store');
  c.header('X-Robots-Tag', 'noindex');

  return c.html(
    html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`,
    status,
  );
}
