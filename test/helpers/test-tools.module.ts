import { Injectable, Module } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { z } from 'zod';
import type { CallContext } from '../../src/core/call-context.js';
import { Tool, type ToolOutput } from '../../src/tools/tool.decorator.js';
import { ToolError } from '../../src/tools/tool-error.js';

const Nothing = z.strictObject({});
const Echo = z.strictObject({
  text: z.string().max(100),
  count: z.int().min(1).max(10).default(1),
  mode: z.enum(['plain', 'loud']).optional(),
});
const Echoed = z.object({ text: z.string(), count: z.int() });
const Region = z.strictObject({ region: z.string().meta({ 'x-mcp-header': 'Region' }).optional() });
const Done = z.object({ done: z.boolean() });

const done = (text: string): ToolOutput<z.input<typeof Done>> => ({ text, structured: { done: true } });

/** Tools that a test brings, made with the same decorator as those of the product. */
@Injectable()
export class TestTools {
  private waiting: (() => void)[] = [];

  constructor(private readonly logger: PinoLogger) {}

  /** How many calls of `test_wait` are held. */
  get held(): number {
    return this.waiting.length;
  }

  /** Lets every held call of `test_wait` finish. */
  release(): void {
    for (const finish of this.waiting.splice(0)) finish();
  }

  @Tool({ name: 'test_echo', title: 'Echo', description: 'Answers its input.', input: Echo, output: Echoed })
  async echo({ text, count }: z.output<typeof Echo>): Promise<ToolOutput<z.input<typeof Echoed>>> {
    return { text: text.repeat(count), structured: { text, count } };
  }

  @Tool({ name: 'test_log', title: 'Log', description: 'Logs twice.', input: Nothing, output: Done })
  async log(): Promise<ToolOutput<z.input<typeof Done>>> {
    this.logger.info('The tool begins');
    await new Promise((resolve) => setImmediate(resolve));
    this.logger.warn({ step: 2 }, 'The tool ends');
    return done('logged');
  }

  /** Heeds neither the deadline nor a cancellation. */
  @Tool({
    name: 'test_wait',
    title: 'Wait',
    description: 'Waits for the test.',
    input: Nothing,
    output: Done,
  })
  async wait(): Promise<ToolOutput<z.input<typeof Done>>> {
    await new Promise<void>((resolve) => this.waiting.push(resolve));
    return done('released');
  }

  @Tool({ name: 'test_abort', title: 'Abort', description: 'Ends on abort.', input: Nothing, output: Done })
  async abort(_args: z.output<typeof Nothing>, { signal }: CallContext): Promise<ToolOutput<{ done: true }>> {
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  }

  @Tool({ name: 'test_break', title: 'Break', description: 'Throws.', input: Nothing, output: Done })
  async break(): Promise<ToolOutput<z.input<typeof Done>>> {
    return Promise.reject(new Error('secret detail of /etc/passwd'));
  }

  @Tool({ name: 'test_fail', title: 'Fail', description: 'Reports.', input: Nothing, output: Done })
  async fail(): Promise<ToolOutput<z.input<typeof Done>>> {
    return Promise.reject(
      new ToolError('host_not_found', 'There is no such host.', 'Check the name.', { host: 'nowhere' }),
    );
  }

  @Tool({ name: 'test_lie', title: 'Lie', description: 'Breaks its schema.', input: Nothing, output: Done })
  async lie(): Promise<ToolOutput<z.input<typeof Done>>> {
    return { text: 'lie', structured: { done: 'perhaps' as unknown as boolean } };
  }
}

/** Tools that need something of their client. */
@Injectable()
export class DemandingTestTools {
  @Tool({ name: 'test_region', title: 'Region', description: 'Mirrors.', input: Region, output: Done })
  async region({ region }: z.output<typeof Region>): Promise<ToolOutput<z.input<typeof Done>>> {
    return done(region ?? 'nowhere');
  }

  @Tool({
    name: 'test_ask',
    title: 'Ask',
    description: 'Asks first.',
    input: Nothing,
    output: Done,
    inputs: {
      name: {
        method: 'elicitation/create',
        params: { message: 'Who?', requestedSchema: { type: 'object', properties: {} } },
      },
    },
  })
  async ask(): Promise<ToolOutput<z.input<typeof Done>>> {
    return done('asked');
  }

  @Tool({
    name: 'test_task',
    title: 'Task',
    description: 'Runs as a task only.',
    input: Nothing,
    output: Done,
    duration: 'long',
    task: 'required',
  })
  async task(): Promise<ToolOutput<z.input<typeof Done>>> {
    return done('ran');
  }
}

@Module({ providers: [TestTools, DemandingTestTools] })
export class TestToolsModule {}
