import { Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import type { CallContext } from '../../src/core/call-context.js';
import { ResourceRegistry } from '../../src/tools/resources/resource.registry.js';
import { Tool, type ToolOutput } from '../../src/tools/tool.decorator.js';
import { ToolRegistry } from '../../src/tools/tool.registry.js';
import { ToolsModule } from '../../src/tools/tools.module.js';

const Nothing = z.strictObject({});
const Uri = z.strictObject({ uri: z.string() });
const Said = z.object({ said: z.string() });

const said = (text: string): ToolOutput<z.input<typeof Said>> => ({ text, structured: { said: text } });

/** Tools that do what no tool of the product does: ask whoever calls, and change what the server has. */
@Injectable()
export class InteractiveTools {
  private grown = 0;
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly tools: ToolRegistry,
    private readonly resources: ResourceRegistry,
  ) {}

  @Tool({ name: 'test_greet', title: 'Greet', description: 'Asks for a name.', input: Nothing, output: Said })
  async greet(_args: object, { client }: CallContext): Promise<ToolOutput<z.input<typeof Said>>> {
    const requestedSchema = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
    const answers = await client.ask({
      who: { method: 'elicitation/create', params: { message: 'Who are you?', requestedSchema } },
    });
    const { action, content } = answers['who'] as { action: string; content?: { name: string } };
    return said(action === 'accept' ? `Hello ${content?.name}` : action);
  }

  @Tool({ name: 'test_steps', title: 'Steps', description: 'Waits.', input: Nothing, output: Said })
  async steps(_args: object, { reportProgress }: CallContext): Promise<ToolOutput<z.input<typeof Said>>> {
    const mayGoOn = new Promise<void>((resolve) => this.waiting.add(resolve));
    reportProgress({ progress: 1, total: 2, message: 'waiting' });
    await mayGoOn;
    return said('went on');
  }

  @Tool({ name: 'test_go_on', title: 'Go on', description: 'Ends waits.', input: Nothing, output: Said })
  async goOn(): Promise<ToolOutput<z.input<typeof Said>>> {
    for (const goOn of this.waiting) goOn();
    this.waiting.clear();
    return said('go on');
  }

  @Tool({ name: 'test_grow', title: 'Grow', description: 'Adds a tool.', input: Nothing, output: Said })
  async grow(): Promise<ToolOutput<z.input<typeof Said>>> {
    const name = `test_grown_${(this.grown += 1)}`;
    this.tools.register({
      name,
      description: 'Was not there before.',
      inputSchema: { type: 'object' },
      duration: 'quick',
      task: 'forbidden',
      handler: () => Promise.resolve({ content: [] }),
    });
    return said(name);
  }

  @Tool({ name: 'test_touch', title: 'Touch', description: 'Updates.', input: Uri, output: Said })
  async touch({ uri }: z.output<typeof Uri>): Promise<ToolOutput<z.input<typeof Said>>> {
    this.resources.updated(uri);
    return said(uri);
  }
}

@Module({ imports: [ToolsModule], providers: [InteractiveTools] })
export class InteractiveToolsModule {}
