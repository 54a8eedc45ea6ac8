import { z } from 'zod';
import { siriusTime } from '../../machines/sirius-time.ts';
import { appendLinesOnce } from '../files/append-line.ts';
import { defineAction } from './action.ts';

const Input = z.strictObject({
  message: z.string().min(1).max(10_000),
  level: z.enum(['info', 'warning', 'error']).default('info'),
  to: z.string().optional(),
  data: z.json().optional(),
});

const logPath = '.3ox/notifications.log';

/** `notify`: one JSON line in the project's notification log; none more when the same attempt is carried out again. */
export const notify = defineAction(
  'notify',
  { input: Input, outputs: { notified: 'boolean' }, errors: [] },
  async (attempt, { message, level, to, data }) => {
    const { key, run, task, projectDir } = attempt;
    const time = new Date().toISOString();
    // The key comes first, so that the start of a line tells whose it is.
    const text = JSON.stringify({
      key,
      time,
      sirius_time: siriusTime(time),
      run,
      task,
      level,
      to,
      message,
      data,
    });
    const mark = `{"key":${JSON.stringify(key)},`;
    await appendLinesOnce({ projectDir, path: logPath, lines: [{ text, mark }] });

    return { notified: true };
  },
);
