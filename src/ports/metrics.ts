import type { Board } from './runs/board.ts';

/** What a request over HTTP came to. `route` is its pattern, such as `/api/v1/runs/{run}`, never the address. */
export type RequestSeen = {
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly durationMs: number;
};

/** Numbers about this engine and what it sees, for programs that watch it. */
export interface Metrics {
  request(seen: RequestSeen): void;
  /** A client of the event stream came (1) or went (-1). */
  streamClients(change: 1 | -1): void;
  /** All numbers as they are now, in the text format of Prometheus; `type` is its media type. */
  text(): Promise<MetricsText>;
  /** The numbers of some runs and their approvals alone; `approvalsSince`: since when each of these waits. */
  textOf(some: {
    readonly board: Pick<Board, 'counts'>;
    readonly approvalsSince: () => Promise<readonly string[]>;
  }): Promise<MetricsText>;
}

type MetricsText = { readonly type: string; readonly body: string };
