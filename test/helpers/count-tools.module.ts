import { Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import { Tool, type ToolOutput } from '../../src/tools/tool.decorator.js';

const Input = z.strictObject({ id: z.number().int() });
const Output = z.object({ id: z.number() });

/** What has run in any server of this process, in order. */
export const runs: number[] = [];
const held: (() => void)[] = [];

/** Lets every call of `count_held` finish. */
export const releaseCounted = (): void => held.splice(0).forEach((finish) => finish());

/** Tools that leave a trace of each run. */
@Injectable()
export class CountTools {
  @Tool({ name: 'count', title: 'Count', description: 'Notes its number.', input: Input, output: Output })
  async count({ id }: z.output<typeof Input>): Promise<ToolOutput<z.input<typeof Output>>> {
    runs.push(id);
    return { text: String(id), structured: { id } };
  }

  @Tool({ name: 'count_held', title: 'Hold', description: 'Waits, too.', input: Input, output: Output })
  async hold({ id }: z.output<typeof Input>): Promise<ToolOutput<z.input<typeof Output>>> {
    runs.push(id);
    await new Promise<void>((resolve) => held.push(resolve));
    return { text: String(id), structured: { id } };
  }
}

@Module({ providers: [CountTools] })
export class CountToolsModule {}
