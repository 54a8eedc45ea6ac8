import type { Context } from 'hono';
import { didYouMean } from '../../../machines/language/suggest.ts';
import type { Api, ApiEnv } from './api.ts';
import { answerProblem, problemOf } from './problem.ts';

type Route = { readonly method: string; readonly path: string };

/** Answers what no route is for: the path may have others, or may be nearly one. */
export function answerNoRoute(api: Api): (c: Context<ApiEnv>) => Response {
  let known: readonly Route[] | undefined;

  return (c) => {
    known ??= api.routes.filter(({ method }) => method !== 'ALL');
    const { method, path } = c.req;
    const methods = methodsOf(known, path);
    if (methods.length === 0) return answerProblem(c, unknown(known, { method, path }));
    const allowed = methods.join(', ');
    c.header('Allow', allowed);
    if (method === 'OPTIONS') return c.body(null, 204);
    const message = `${path} takes ${allowed}, and not ${method}`;

    return answerProblem(c, problemOf({ code: 'http.method', message }));
  };
}

function methodsOf(known: readonly Route[], path: string): readonly string[] {
  const methods = known.filter((route) => isPattern(route.path, path)).map(({ method }) => method);
  const all = methods.includes('GET') ? [...methods, 'HEAD'] : methods;

  return all.length === 0 ? [] : [...new Set([...all, 'OPTIONS'])].sort();
}

/** Whether the path fits a pattern such as `/api/v1/runs/:run`. */
function isPattern(pattern: string, path: string): boolean {
  const expected = pattern.split('/');
  const found = path.split('/');

  return (
    expected.length === found.length &&
    expected.every((part, at) => part.startsWith(':') || part === found[at])
  );
}

function unknown(known: readonly Route[], { method, path }: Route) {
  const paths = new Set(known.map((route) => route.path.replaceAll(/:(\w+)(\{[^/]*\})?/g, '{$1}')));
  const message = `nothing answers ${method} ${path}${didYouMean(path, paths)}`;

  return problemOf({ code: 'http.no-route', message, fix: 'GET /reference shows what there is' });
}
