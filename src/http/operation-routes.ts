import { createRoute, z } from '@hono/zod-openapi';
import type { HttpPlace } from '../api/operations/operation.ts';
import type { LoadedOperation } from '../operations/load-operations.ts';
import { StoreRefuses } from '../ports/runs/journal.ts';
import type { Api, ApiDeps } from './api.ts';
import type { ReadScope } from './authorized-ports.ts';

type Place = LoadedOperation & { readonly http: HttpPlace };
type Shape = Readonly<Record<string, z.ZodType>>;

const lookEveryMs = 1_000;

type Asked = Pick<ReadScope, 'portsOf'> & Pick<ApiDeps, 'storeTrouble'>;

/** A route for every operation that is asked for over HTTP. */
export function addOperationRoutes(api: Api, asked: Asked, operations: readonly LoadedOperation[]): void {
  for (const each of operations)
    if (each.http !== undefined) addRoute(api, asked, { ...each, http: each.http });
}

function addRoute(api: Api, { portsOf, storeTrouble }: Asked, operation: Place): void {
  const { useCase, http, changes } = operation;
  const status = http.status ?? 200;
  api.openapi(routeOf(operation), async ({ req, get, json }) => {
    const valid = (target: 'param' | 'query' | 'json'): object => req.valid(target as never) ?? {};
    const body = http.method === 'get' ? valid('query') : valid('json');
    const input = { ...(http.body === undefined ? body : { [http.body]: body }), ...valid('param') };

    const caller = get('caller');
    const asking = {
      ...caller,
      // Only what waits looks at it: making the signal costs as much as a small request.
      get gone() {
        return req.raw.signal;
      },
    };
    const carryOut = () => useCase.carryOut(portsOf(caller), input, asking);

    return json(await (changes ? whileStoring(storeTrouble, carryOut) : carryOut()), status) as never;
  });
}

/**
 * Nothing that changes something is begun while nothing can be stored, and what was begun before is not waited for: it
 * would look for definitions and runs first, on a server that may not answer at all.
 */
export async function whileStoring<T>(
  storeTrouble: Asked['storeTrouble'],
  carryOut: () => Promise<T>,
): Promise<T> {
  if (storeTrouble === undefined) return carryOut();
  const trouble = storeTrouble();
  if (trouble !== undefined) throw new StoreRefuses(trouble);
  let timer: NodeJS.Timeout | undefined;
  const troubled = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      const arisen = storeTrouble();
      if (arisen !== undefined) reject(new StoreRefuses(arisen, { isPending: true }));
    }, lookEveryMs);
  });
  try {
    return await Promise.race([carryOut(), troubled]);
  } finally {
    clearInterval(timer);
  }
}

function routeOf({ noun, summary, members = {}, http, useCase }: Place) {
  const { method, path, answer, body: whole, status = 200, tag = noun } = http;
  const inPath = new Set([...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name));
  const described = Object.entries(useCase.input.shape as Shape).map(
    ([name, schema]): [string, z.ZodType] => {
      const says = members[name];
      return [name, says === undefined ? schema : schema.describe(says)];
    },
  );
  const params = Object.fromEntries(described.filter(([name]) => inPath.has(name)));
  const rest = Object.fromEntries(described.filter(([name]) => !inPath.has(name)));
  const hasRest = Object.keys(rest).length > 0;

  return createRoute({
    method,
    path,
    tags: [tag],
    summary,
    request: {
      ...(inPath.size === 0 ? {} : { params: z.object(params) }),
      ...(hasRest && method === 'get' ? { query: z.object(rest) } : {}),
      ...(hasRest && method !== 'get' ? { body: bodyOf(rest, whole) } : {}),
    },
    responses: {
      [status]: { description: answer, content: { 'application/json': { schema: useCase.output } } },
    },
  });
}

/** A body may be left out where all its members may. */
function bodyOf(members: Shape, whole: string | undefined) {
  const schema = (whole === undefined ? undefined : members[whole]) ?? z.strictObject(members);

  return {
    required: !schema.safeParse({}).success,
    content: { 'application/json': { schema } },
  };
}
