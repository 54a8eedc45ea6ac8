// The figures of a course, as they are printed at its end.
import type { Kill } from './killer.ts';
import type { Observer } from './observer.ts';

export function tableOf(course: {
  readonly kills: readonly Kill[];
  readonly observer: Observer;
  readonly effects: ReadonlyMap<string, readonly number[]>;
  readonly settledMs: number;
  readonly events: number;
}): string {
  const { kills, observer, effects, settledMs, events } = course;
  const victims = [...new Set(kills.map(({ victim }) => victim))];
  const times = [...effects.values()];
  const lines = victims.map((victim) => {
    const gaps = kills.flatMap((kill, index) => {
      const untilMs = kills[index + 1]?.atMs ?? kill.atMs + settledMs;
      return kill.victim === victim ? [observer.standstillMs(kill.atMs, untilMs)] : [];
    });
    const sorted = gaps.sort((a, b) => a - b);
    const [median = 0, longest = 0] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
    return row([victim, String(gaps.length), `${median} ms`, `${longest} ms`]);
  });

  return [
    '',
    row(['killed', 'times', 'standstill, median', 'longest']),
    ...lines,
    `${observer.ended.size} runs ended, ${events} events, ${times.length} attempts`,
    `${times.filter((each) => each.length > 1).length} attempts in flight were carried out again`,
    `all ended ${(settledMs / 1_000).toFixed(1)} s after the last kill`,
    '',
  ].join('\n');
}

function row([first = '', ...others]: readonly string[]): string {
  return first.padEnd(10) + others.map((text) => text.padStart(20)).join('');
}
