import { z } from 'zod';
import { writeAtomically } from '../files/write-atomically.ts';
import { TaskError } from '../ports/work/handler.ts';
import { defineAction } from './action.ts';
import { ReportSection, runReportText } from './report/report-text.ts';

const Input = z.strictObject({
  path: z.string().min(1),
  title: z.string().min(1).max(500),
  summary: z.string().optional(),
  sections: z.array(ReportSection).max(1000).default([]),
});

/**
 * `report.write`: what was found, as a page of Markdown for people. It depends on its input and run alone, so that
 * writing it again after a crash changes nothing.
 */
export const reportWrite = defineAction(
  'report.write',
  { input: Input, outputs: { report_file: 'text', report_sha256: 'text' }, errors: [] },
  async ({ projectDir, run }, input) => {
    if (!input.path.toLowerCase().endsWith('.md')) {
      throw new TaskError('file.unknown-format', `${input.path}: a report is written as .md`);
    }
    const written = await writeAtomically({ projectDir, path: input.path, text: runReportText(input, run) });

    return { report_file: written.path, report_sha256: written.sha256 };
  },
);
