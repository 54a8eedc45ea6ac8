import type { HttpOptions } from '../app.ts';
import { CliFailure } from '../cli-failure.ts';

export type HttpFlags = {
  /** False for `--no-http`, true where nothing is said. */
  readonly http?: string | boolean;
  readonly readOnly?: boolean;
  readonly allowHost?: readonly string[];
  readonly trustProxy?: boolean;
};

const portMax = 65_535;
const hostDefault = '127.0.0.1';

/** Where and how the dashboard is served; undefined where it is not. Throws CliFailure. */
export function httpOf(flags: HttpFlags, actor: string): HttpOptions | undefined {
  const { http = true, readOnly = false, allowHost = [], trustProxy = false } = flags;
  if (http === false) return undefined;
  const address = http === true ? { host: hostDefault, port: undefined } : addressOf(http);

  return { ...address, readOnly, allowHosts: allowHost.map((name) => name.toLowerCase()), trustProxy, actor };
}

/** `7420`, `0.0.0.0:7420`, `[::1]:7420`. */
function addressOf(text: string): { readonly host: string; readonly port: number } {
  const [, bracketed, name, digits] =
    /^(?:(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+)):)?(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > portMax)
    throw new CliFailure(
      'usage.http',
      `--http ${JSON.stringify(text)} is no address: expected [host:]port, with a port from 0 to ${portMax}`,
      'workflow serve --http 127.0.0.1:7420',
    );

  return { host: bracketed ?? name ?? hostDefault, port };
}
