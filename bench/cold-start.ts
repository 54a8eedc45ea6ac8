import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { median } from './statistics.ts';

const main = fileURLToPath(new URL('../src/main.js', import.meta.url));
/** Tells the CPU time of the process when it ends. */
const probe =
  'data:text/javascript,process.on("exit",()=>{const c=process.cpuUsage();process.stderr.write("cpu "+(c.user+c.system))})';

/** CPU of `workflow --help` in ms, the median of some starts. The budget is 250 ms. */
export async function helpCpuMs(): Promise<number> {
  const times: number[] = [];
  for (let start = 0; start < 5; start += 1) {
    const { stderr } = await promisify(execFile)(process.execPath, ['--import', probe, main, '--help']);
    times.push(Number(/cpu (\d+)/.exec(stderr)?.[1]) / 1000);
  }

  return median(times);
}
