import { html, type raw } from 'hono/html';
import { knownCodes } from '../status-of.ts';
import type { OpenApiDocument, Operation } from './document.ts';

type Html = ReturnType<typeof raw>;
type Asked = { readonly method: string; readonly path: string; readonly operation: Operation };

/** A page that shows the whole document, for people; it needs no script. */
export function referencePage({ info, paths }: OpenApiDocument): string {
  const asked = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Asked => ({ method, path, operation })),
  );
  const tags = [...new Set(asked.map(tagOf))].sort();
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${info.title}: HTTP API</title>
<link rel="stylesheet" href="/reference.css">
</head>
<body>
<main>
<h1>${info.title}: HTTP API</h1>
<p>${info.description} Version ${info.version}. For programs: <a href="/openapi.json">openapi.json</a>.</p>
<nav aria-label="Groups"><ul>${tags.map((tag) => html`<li><a href="#${tag}">${tag}</a></li>`)}<li><a href="#codes">codes</a></li></ul></nav>
${tags.map((tag) =>
  section(
    tag,
    asked.filter((each) => tagOf(each) === tag),
  ),
)}
${codes()}
</main>
</body>
</html>
`;

  return String(page);
}

/** Where the `type` of a problem leads. */
function codes(): Html {
  const rows = knownCodes().map(
    ([code, status]) => html`<tr id="${code}"><td><code>${code}</code></td><td>${status}</td></tr>`,
  );

  return html`<section aria-labelledby="codes"><h2 id="codes">Codes of problems</h2>
<p>Each is stable and for programs; one that ends in * stands for all others that begin so.</p>
<table><thead><tr><th scope="col">code</th><th scope="col">status</th></tr></thead><tbody>${rows}</tbody></table>
</section>` as Html;
}

function tagOf({ operation: { tags } }: Asked): string {
  return tags[0] ?? 'other';
}

function section(tag: string, asked: readonly Asked[]): Html {
  return html`<section aria-labelledby="${tag}"><h2 id="${tag}">${tag}</h2>${asked.map(entry)}</section>` as Html;
}

function entry({ method, path, operation }: Asked): Html {
  const { summary, description, parameters = [], requestBody, responses } = operation;

  return html`<article>
<h3><code>${method.toUpperCase()} ${path}</code></h3>
<p>${summary}${description === undefined ? '' : html`<br>${description}`}</p>
${parameters.length === 0 ? '' : parameterTable(parameters)}
${requestBody === undefined ? '' : shown('Body', requestBody.content)}
${Object.entries(responses)
  .filter(([status]) => status !== 'default')
  .map(([status, answer]) => shown(`${status}: ${answer.description}`, answer.content))}
</article>` as Html;
}

function parameterTable(parameters: NonNullable<Operation['parameters']>): Html {
  return html`<table>
<thead><tr><th scope="col">name</th><th scope="col">in</th><th scope="col">what it is</th></tr></thead>
<tbody>${parameters.map(
    ({ name, in: place, required, schema }) =>
      html`<tr><td><code>${name}</code>${required ? '' : ' (optional)'}</td><td>${place}</td>
<td><code>${JSON.stringify(schema)}</code></td></tr>`,
  )}</tbody>
</table>` as Html;
}

function shown(title: string, content: object | undefined): Html {
  if (content === undefined) return html`<p>${title}</p>` as Html;

  return html`<details><summary>${title}</summary><pre tabindex="0">${JSON.stringify(content, null, 2)}</pre></details>` as Html;
}

/** The style of the page, in a file of its own: the content security policy allows none in it. */
export const referenceStyle = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; background: Canvas; color: CanvasText; }
main { max-width: 72rem; margin: 0 auto; padding: 1rem; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; padding: 0; list-style: none; }
nav a { display: inline-block; padding: 0.25rem 0; }
article { border-top: 1px solid GrayText; padding: 0.5rem 0; }
h3 { margin: 0.5rem 0; font-size: 1rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 0.5rem; border-bottom: 1px solid GrayText; }
td code { overflow-wrap: anywhere; }
pre { overflow: auto; max-height: 24rem; padding: 0.5rem; border: 1px solid GrayText; }
summary { padding: 0.25rem 0; cursor: pointer; }
`;
