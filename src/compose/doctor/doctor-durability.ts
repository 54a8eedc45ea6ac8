import type { DoctorLine } from '../../cli/app.ts';
import { readServerInfo } from '../../nats-server/launch-server.ts';
import { askSyncsAlways, type Login } from '../../stores/jetstream/connection/dial.ts';

type Address = { readonly host: string; readonly port: number };
/** A server that clients connect to; without an id it did not answer. */
type Found = {
  readonly address: string;
  readonly host: string;
  readonly id?: string;
  readonly name?: string;
};
/** What the monitor of a server says. */
type Shown = { readonly id: string; readonly syncsAlways: boolean };

const name = 'durability';
const clientPort = 4222;
const monitorPort = 8222;
const monitorMsMax = 2_000;

/**
 * Whether every server syncs every write, one line for each: without it an acknowledged event may be lost with the
 * power, also on a cluster whose servers lose it together. The project's own server tells its system account, others
 * tell their monitor.
 */
export async function durabilityLines(
  {
    url,
    monitorUrl,
    monitorLogin,
  }: { readonly url: string; readonly monitorUrl?: string; readonly monitorLogin?: Login },
  namedMonitors = '',
): Promise<readonly DoctorLine[]> {
  const servers = await findServers(url);
  const monitors = namedMonitors === '' ? defaultMonitors(servers, monitorUrl) : namedMonitors.split(',');
  const shown =
    monitorLogin === undefined
      ? await Promise.all([...new Set(monitors)].map(askMonitor))
      : [await askSyncsAlways({ url, login: monitorLogin })];
  const syncs = new Map(
    shown.flatMap((one) => (one === undefined ? [] : [[one.id, one.syncsAlways] as const])),
  );
  // One that does not answer was told already, unless others do.
  if (servers.length === 1 && servers[0]?.id === undefined) return [];

  return servers.map((server) => lineOf(server, syncs.get(server.id ?? ''), servers.length > 1));
}

/** The servers that the addresses name, and those that they know of their cluster. */
async function findServers(url: string): Promise<readonly Found[]> {
  const named = await Promise.all(url.split(',').flatMap(addressOf).map(meet));
  const known = named.flatMap(({ clusterUrls }) => clusterUrls);
  const met = new Set(named.map(({ found }) => found.address));
  const others = [...new Set(known)].flatMap(addressOf).filter((address) => !met.has(textOf(address)));
  const found = [...named, ...(await Promise.all(others.map(meet)))].map((one) => one.found);

  // One server may have several addresses.
  return found.filter(
    ({ id }, index) => id === undefined || found.findIndex((one) => one.id === id) === index,
  );
}

async function meet({ host, port }: Address): Promise<{
  readonly found: Found;
  readonly clusterUrls: readonly string[];
}> {
  const address = textOf({ host, port });
  const info = await readServerInfo({ host, port });
  if (info === undefined) return { found: { address, host }, clusterUrls: [] };

  return { found: { address, host, id: info.id, name: info.name }, clusterUrls: info.clusterUrls };
}

/** An address as a client takes it, perhaps without scheme or port; none for what is no address. */
function addressOf(text: string): readonly Address[] {
  const url = text.includes('://') ? text.trim() : `nats://${text.trim()}`;
  if (!URL.canParse(url)) return [];
  const { hostname, port } = new URL(url);

  return [{ host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? clientPort : Number(port) }];
}

function textOf({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function defaultMonitors(servers: readonly Found[], monitorUrl: string | undefined): readonly string[] {
  if (monitorUrl !== undefined) return [monitorUrl];

  return servers.map(({ host }) => `http://${textOf({ host, port: monitorPort })}`);
}

async function askMonitor(monitorUrl: string): Promise<Shown | undefined> {
  try {
    const url = new URL('/varz', monitorUrl.trim());
    const response = await fetch(url, { signal: AbortSignal.timeout(monitorMsMax) });
    const shown = (await response.json()) as {
      readonly server_id?: string;
      readonly jetstream?: { readonly config?: { readonly sync_always?: boolean } };
    };

    return { id: shown.server_id ?? '', syncsAlways: shown.jetstream?.config?.sync_always === true };
  } catch {
    // Not every server has a monitor, or lets us near it: the line of the server says so.
    return undefined;
  }
}

function lineOf(server: Found, syncsAlways: boolean | undefined, isOneOfMany: boolean): DoctorLine {
  const { address, host, id } = server;
  const who = isOneOfMany ? `${server.name ?? 'server'} (${address}): ` : '';
  if (id === undefined) {
    return { name, status: 'warn', detail: `${who}does not answer`, fix: `start the server at ${address}` };
  }
  if (syncsAlways === undefined) {
    return {
      name,
      status: 'warn',
      detail: `${who}the server does not show whether it syncs every write`,
      fix: `set NATS_MONITOR_URL to its monitor, such as http://${textOf({ host, port: monitorPort })} (\`http:\` in its configuration)`,
    };
  }
  if (syncsAlways) {
    return {
      name,
      status: 'ok',
      detail: `${who}every acknowledged event is on disk (sync_interval: always)`,
    };
  }

  return {
    name,
    status: 'fail',
    detail: `${who}acknowledged events may be lost with the power`,
    fix: 'set jetstream { sync_interval: always } in the configuration of the server',
  };
}
