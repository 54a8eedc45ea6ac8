import type { Api } from '../api.ts';
import { type OpenApiDocument, openApiDocument } from './document.ts';
import { referencePage, referenceStyle } from './reference-page.ts';

/** What can be asked here: for programs under `/openapi.json`, for people under `/reference`. */
export function addReference(api: Api, version: string): void {
  let known: OpenApiDocument | undefined;
  // Made when it is first asked for: by then every route is there.
  const document = (): OpenApiDocument => (known ??= openApiDocument(api, version));
  api.get('/openapi.json', (c) => c.json(document()));
  api.get('/reference', (c) => c.html(referencePage(document())));
  api.get('/reference.css', (c) =>
    c.body(referenceStyle, 200, { 'Content-Type': 'text/css; charset=utf-8' }),
  );
}
